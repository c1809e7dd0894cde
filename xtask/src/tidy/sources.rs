//! Every dependency comes from the registry, where a published version never changes.

use super::finding::Finding;
use super::tree::Tree;

const RULE: &str = "sources";
const LOCK: &str = "Cargo.lock";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let lock = tree.text(LOCK).unwrap_or_default();
    let lines = (1..).zip(lock.lines());
    let git = lines.filter(|(_, line)| line.trim_start().starts_with("source = \"git+"));
    let findings = git.map(|(line, source)| {
        let message = format!("a dependency from git: {}", source.trim());
        let fix = "depend on a published version";
        Finding::error(LOCK, RULE, message, fix).at(line)
    });
    findings.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_git_source_is_found_with_its_line() {
        let lock = "[[package]]\nname = \"a\"\nsource = \"git+https://example.org/a#1\"\n";
        let findings = check(&Tree::of(&[(LOCK, lock)]));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].line, 3);
    }

    #[test]
    fn registry_sources_pass() {
        let lock = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
        assert_eq!(check(&Tree::of(&[(LOCK, lock)])), []);
    }
}
