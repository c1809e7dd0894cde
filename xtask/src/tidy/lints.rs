//! Every crate takes the lints of the workspace. Protocol crates deny further lints at the top of `lib.rs`.

use proc_macro2::{TokenStream, TokenTree};
use toml::{Table, Value};

use super::finding::Finding;
use super::tree::{RustFile, Tree};
use super::workspace::{Package, Workspace};

const RULE: &str = "lints";

/// Remote input reaches these crates, and it must never reach a panic, a wrap-around or a float.
const PROTOCOL: [&str; 5] = ["event", "graph", "document", "agreement", "replica"];

const DENIES: &str = "cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, \
                      clippy::panic, clippy::float_arithmetic, clippy::arithmetic_side_effects))";

pub(crate) fn check(workspace: &Workspace, tree: &Tree, rust: &[RustFile]) -> Vec<Finding> {
    let packages = workspace.packages.iter();
    packages.flat_map(|package| [inherits(package, tree), denies(package, rust)]).flatten().collect()
}

fn inherits(package: &Package, tree: &Tree) -> Option<Finding> {
    let manifest = tree.text(&package.manifest).unwrap_or_default();
    let manifest: Table = manifest.parse().unwrap_or_default();
    let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
    if lints == Some(&Value::Boolean(true)) {
        return None;
    }
    let message = format!("`{}` does not take the workspace's lints", package.name);
    let fix = "add [lints] workspace = true";
    Some(Finding::error(&package.manifest, RULE, message, fix))
}

fn denies(package: &Package, rust: &[RustFile]) -> Option<Finding> {
    if !PROTOCOL.contains(&package.room()) {
        return None;
    }
    let front = package.manifest.replace("Cargo.toml", "src/lib.rs");
    let file = rust.iter().find(|file| file.path == front);
    let attributes = file.map(|file| front_attributes(file.tokens.clone()));
    if attributes.is_some_and(|found| found.contains(&squeeze(DENIES))) {
        return None;
    }
    let message = format!("`{}` lacks the denies of a protocol crate", package.room());
    let fix = format!("put #![{DENIES}] at the top");
    Some(Finding::error(&front, RULE, message, &fix))
}

/// The inner attributes that stand before everything else.
fn front_attributes(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if ['#', '!'].contains(&punct.as_char()) => {}
            TokenTree::Group(group) => found.push(squeeze(&group.stream().to_string())),
            _ => break,
        }
    }
    found
}

/// The text without its layout: rustfmt may break the line, and then it adds a trailing comma.
fn squeeze(attribute: &str) -> String {
    let squeezed: String = attribute.split_whitespace().collect();
    squeezed.replace(",)", ")")
}

#[cfg(test)]
mod tests {
    use super::*;

    const INHERITS: &str = "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n";

    fn found(room: &str, manifest: &str, front: &str) -> Vec<String> {
        let folder = format!("crates/{room}");
        let (toml, lib) = (format!("{folder}/Cargo.toml"), format!("{folder}/src/lib.rs"));
        let tree = Tree::of(&[(&toml, manifest), (&lib, front)]);
        let (rust, _) = tree.parse_rust();
        let findings = check(&Workspace::draw(&format!("{room}:")), &tree, &rust);
        findings.into_iter().map(|f| f.path).collect()
    }

    #[test]
    fn a_crate_without_the_workspace_lints_is_found() {
        assert_eq!(found("node", INHERITS, ""), [""; 0]);
        assert_eq!(found("node", "lints.workspace = true", ""), [""; 0]);
        for manifest in ["", "[lints]\nworkspace = false\n", "# [lints]\n# workspace = true"] {
            assert_eq!(found("node", manifest, ""), ["crates/node/Cargo.toml"]);
        }
    }

    #[test]
    fn the_denies_are_recognised_however_they_are_laid_out() {
        let one_line = format!("//! Graph.\n#![{DENIES}]\nmod a;\n");
        let broken = one_line.replace("(clippy", "(\n    clippy").replace("effects)", "effects,\n)");
        assert_eq!(found("graph", INHERITS, &one_line), [""; 0]);
        assert_eq!(found("graph", INHERITS, &broken), [""; 0]);
    }

    #[test]
    fn a_protocol_crate_without_all_the_denies_is_found() {
        let weaker = format!("#![{}]", DENIES.replace("clippy::panic,", ""));
        let comment = format!("// #![{DENIES}]\n");
        let deeper = format!("mod a {{ #![{DENIES}] }}");
        for front in ["", &weaker, &comment, &deeper] {
            assert_eq!(found("graph", INHERITS, front), ["crates/graph/src/lib.rs"], "{front}");
        }
        assert_eq!(found("scenario", INHERITS, ""), [""; 0]);
    }
}
