//! Words that mark unfinished work. The tree holds finished work only.

use super::finding::Finding;
use super::tree::Tree;

const RULE: &str = "words";

/// Each word with its remedy. The words are glued together here, because this file is judged like any other.
const BANNED: &[(&str, &str)] = &[
    (concat!("TO", "DO"), PLAN),
    (concat!("FIX", "ME"), "fix it, or write the test that fails"),
    (concat!("XX", "X"), "say what is wrong, in a sentence"),
    (concat!("HA", "CK"), "say why it is needed, or do it well"),
    (concat!("todo", "!("), UNBUILT),
    (concat!("unimplemented", "!("), UNBUILT),
];

const PLAN: &str = "do it, or plan it outside the tree";
const UNBUILT: &str = "leave the item out until it is built";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let files = tree.texts.iter();
    files
        .flat_map(|file| {
            let lines = (1..).zip(file.text.lines());
            lines.flat_map(|(line, text)| judge(&file.path, line, text))
        })
        .collect()
}

fn judge(path: &str, line: usize, text: &str) -> Vec<Finding> {
    let banned = BANNED.iter().filter(|(word, _)| has_word(text, word));
    let findings = banned.map(|(word, fix)| Finding::error(path, RULE, format!("`{word}` is banned"), fix).at(line));
    findings.collect()
}

/// Whole words only, so that a longer name which happens to contain one passes.
fn has_word(text: &str, word: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        let call = word.ends_with('(');
        !before.is_some_and(letter) && (call || !after.is_some_and(letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_banned_word_is_found_in_every_kind_of_text() {
        for (word, _) in BANNED {
            let text = format!("one line\n  // {word}: x\n");
            for path in ["a.rs", "docs/a.md", "scenarios/a.toml"] {
                let findings = check(&Tree::of(&[(path, &text)]));
                assert_eq!(findings.len(), 1, "{word} in {path}");
                assert_eq!(findings[0].line, 2);
            }
        }
    }

    #[test]
    fn a_longer_word_and_another_case_pass() {
        for (word, _) in BANNED {
            assert!(!has_word(&format!("A_{word}"), word));
            assert!(word.ends_with('(') || !has_word(&format!("{word}S"), word));
        }
        assert!(!has_word("nothing to do, mastodon", BANNED[0].0));
    }

    #[test]
    fn a_macro_is_found_with_and_without_an_argument() {
        let (word, _) = BANNED[4];
        assert!(has_word(&format!("    {word})"), word));
        assert!(has_word(&format!("    {word}later)"), word));
    }
}
