//! A test's number leads to one page: `a4_` to an invariant of its crate, `ta4_` to the row T-A4 of the threats.

use syn::visit::{self, Visit};

use super::finding::Finding;
use super::tree::{RustFile, Tree};

const RULE: &str = "labels";
const THREATS: &str = "docs/threats.md";

/// The letters of each crate's invariants.
const INVARIANTS: &[(&str, &[char])] = &[
    ("event", &['e', 'k']),
    ("graph", &['g']),
    ("document", &['d']),
    ("agreement", &['a']),
    ("replica", &['r']),
    ("simulator", &['i']),
];

pub(crate) fn check(tree: &Tree, rust: &[RustFile]) -> Vec<Finding> {
    let threats = tree.text(THREATS).unwrap_or_default();
    rust.iter().flat_map(|file| of_file(file, threats)).collect()
}

fn of_file(file: &RustFile, threats: &str) -> Vec<Finding> {
    let mut tests = Tests(Vec::new());
    tests.visit_file(&file.syntax);
    let findings = tests.0.into_iter().filter_map(|(line, name)| {
        let label = Label::of(&name)?;
        let (message, fix) = label.judge(&file.path, threats)?;
        Some(Finding::error(&file.path, RULE, format!("`{name}`: {message}"), fix).at(line))
    });
    findings.collect()
}

/// The number at the beginning of a test's name.
#[derive(Debug, PartialEq, Eq)]
enum Label {
    Invariant(char),
    /// The row as the list of threats writes it.
    Threat(String),
}

impl Label {
    fn of(name: &str) -> Option<Self> {
        let (word, _) = name.split_once('_')?;
        let (is_threat, word) = match word.strip_prefix('t') {
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase()) => (true, rest),
            _ => (false, word),
        };
        let letter = word.chars().next()?;
        let number = word.strip_prefix(|c: char| c.is_ascii_lowercase())?;
        if number.is_empty() || !number.chars().all(|c| c.is_ascii_digit()) {
            return None;
        }
        let row = format!("T-{}{number}", letter.to_ascii_uppercase());
        Some(if is_threat { Self::Threat(row) } else { Self::Invariant(letter) })
    }

    fn judge(&self, path: &str, threats: &str) -> Option<(String, &'static str)> {
        match self {
            Self::Threat(row) if threats.contains(&format!("| {row} |")) => None,
            Self::Threat(row) => Some((format!("{THREATS} has no row {row}"), "cite a row of the list")),
            Self::Invariant(letter) => {
                let room = path.strip_prefix("crates/")?.split('/').next()?;
                let (_, letters) = INVARIANTS.iter().find(|(name, _)| *name == room).unwrap_or(&("", &[]));
                let message = format!("no invariant of `{room}` has the letter {}", letter.to_ascii_uppercase());
                (!letters.contains(letter)).then_some((message, "write ta1_ for the threat T-A1"))
            }
        }
    }
}

/// Names of tests and their lines; those inside `proptest!` are not seen.
struct Tests(Vec<(usize, String)>);

impl Visit<'_> for Tests {
    fn visit_item_fn(&mut self, item: &syn::ItemFn) {
        if item.attrs.iter().any(|attribute| attribute.path().segments.last().is_some_and(|last| last.ident == "test"))
        {
            self.0.push((item.sig.ident.span().start().line, item.sig.ident.to_string()));
        }
        visit::visit_item_fn(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, name: &str) -> Vec<String> {
        let text = format!("#[test]\nfn {name}() {{}}\n");
        let tree = Tree::of(&[(path, &text), (THREATS, "| T-A4 | a replay |\n")]);
        check(&tree, &tree.parse_rust().0).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_number_that_leads_nowhere_is_found() {
        let message = "`a4_a_replay`: no invariant of `graph` has the letter A";
        assert_eq!(found("crates/graph/src/a.rs", "a4_a_replay"), [message]);
        assert_eq!(found("crates/disk/tests/a.rs", "d1_a_crash").len(), 1);
        assert_eq!(found("crates/graph/src/a.rs", "ta5_a_replay"), ["`ta5_a_replay`: docs/threats.md has no row T-A5"]);
    }

    #[test]
    fn numbers_that_lead_somewhere_and_plain_names_pass() {
        assert_eq!(found("crates/graph/src/a.rs", "ta4_a_replay"), [""; 0]);
        assert_eq!(found("crates/agreement/tests/a.rs", "a4_a_replay"), [""; 0]);
        for name in ["a_sentence", "t_is_a_letter", "ipv4_is_no_label", "tcp_is_none"] {
            assert_eq!(found("crates/graph/src/a.rs", name), [""; 0], "{name}");
        }
    }
}
