//! A test that a page names exists: pages that cite tests are lists of evidence.

use std::collections::BTreeSet;

use super::finding::Finding;
use super::tree::{TextFile, Tree};

const RULE: &str = "cited tests";
/// The pages, and front pages of tests, that cite tests by name.
const PAGES: [&str; 3] = ["docs/threat-coverage.md", "docs/simulation.md", "crates/document/tests/threats.rs"];
/// A name with so many underscores is a sentence, and so a test.
const UNDERSCORES: usize = 3;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let code = tree.texts.iter().filter(|file| file.path.ends_with(".rs"));
    let words: BTreeSet<&str> = code.flat_map(words).collect();
    let pages = tree.texts.iter().filter(|file| PAGES.contains(&file.path.as_str()));
    pages.flat_map(|page| of_page(page, &words)).collect()
}

fn of_page(page: &TextFile, words: &BTreeSet<&str>) -> Vec<Finding> {
    let lines = (1..).zip(page.text.lines());
    let cited = lines.flat_map(|(line, text)| text.split('`').skip(1).step_by(2).map(move |name| (line, name)));
    let missing = cited.filter(|(_, name)| is_sentence(name) && !words.contains(name));
    let findings = missing.map(|(line, name)| {
        let fix = "correct the name, or cite another test";
        Finding::error(&page.path, RULE, format!("there is no test `{name}`"), fix).at(line)
    });
    findings.collect()
}

fn is_sentence(name: &str) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.chars().all(letters) && name.matches('_').count() >= UNDERSCORES
}

/// Words in code; comments may cite a test as a page does.
fn words(file: &TextFile) -> impl Iterator<Item = &str> {
    let code = file.text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_is_cited_and_missing_is_found() {
        let page = "| T-A1 | `it_does_not_exist` |\n| T-A2 | `this_one_is_there`, `by_words` |\n";
        let tree =
            Tree::of(&[(PAGES[0], page), ("crates/a/src/a.rs", "// it_does_not_exist\nfn this_one_is_there() {}\n")]);
        let found: Vec<_> = check(&tree).into_iter().map(|finding| (finding.line, finding.message)).collect();
        assert_eq!(found, [(1, "there is no test `it_does_not_exist`".to_owned())]);
    }
}
