//! Comments are sentences about code with a real subject. A few words show where they are not.

use super::finding::Finding;
use super::tree::{TextFile, Tree};

const RULE: &str = "comments";

/// Words of a story about persons. Codebases of this field use them in at most 1.6 of 1,000 comment lines.
const WORDS: [&str; 6] = ["tell", "tells", "telling", "told", "nobody", "whoever"];

/// Of 1,000 comment lines fewer than this may hold one of the words.
const LINES_IN_A_THOUSAND: usize = 5;

/// Files that are named when there are too many such lines.
const WORST: usize = 10;

/// Comment lines, and those among them that hold one of the words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) lines: usize,
    pub(crate) with_a_word: usize,
    /// Those that begin with two slashes only.
    pub(crate) in_code: usize,
}

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let total = count(tree);
    if total.with_a_word * 1_000 < total.lines * LINES_IN_A_THOUSAND || total.with_a_word == 0 {
        return Vec::new();
    }
    let mut worst: Vec<_> = rust_files(tree).map(|file| (lines_with_a_word(file), file)).collect();
    worst.sort_by_key(|(lines, _)| std::cmp::Reverse(lines.len()));
    let worst = worst.into_iter().take(WORST).filter(|(lines, _)| !lines.is_empty());
    let findings = worst.map(|(lines, file)| {
        let numbers: Vec<String> = lines.iter().map(usize::to_string).collect();
        let message = format!(
            "{} of {} comment lines hold one of `{}`; in this file lines {}",
            total.with_a_word,
            total.lines,
            WORDS.join(", "),
            numbers.join(", ")
        );
        Finding::error(&file.path, RULE, message, "write what the code does, with the thing as the subject")
            .at(lines[0])
    });
    findings.collect()
}

pub(crate) fn count(tree: &Tree) -> Count {
    let mut count = Count::default();
    for file in rust_files(tree) {
        count.lines += comment_lines(file).count();
        count.in_code +=
            comment_lines(file).filter(|(_, line)| !line.starts_with("///") && !line.starts_with("//!")).count();
        count.with_a_word += lines_with_a_word(file).len();
    }
    count
}

fn rust_files(tree: &Tree) -> impl Iterator<Item = &TextFile> {
    tree.texts.iter().filter(|file| file.path.ends_with(".rs"))
}

/// Lines that hold a comment and no code, with their numbers.
fn comment_lines(file: &TextFile) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(file.text.lines().map(str::trim_start));
    lines.filter(|(_, line)| line.starts_with("//"))
}

fn lines_with_a_word(file: &TextFile) -> Vec<usize> {
    comment_lines(file).filter(|(_, line)| has_word(line)).map(|(number, _)| number).collect()
}

fn has_word(line: &str) -> bool {
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|word| WORDS.iter().any(|banned| word.eq_ignore_ascii_case(banned)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(with_a_word: usize, without: usize) -> Tree {
        let text = format!("{}{}", "/// It is Told.\n".repeat(with_a_word), "// A reason.\n".repeat(without));
        Tree::of(&[("a.rs", &text), ("b.rs", "fn told() {}"), ("c.md", "// told")])
    }

    #[test]
    fn comment_lines_alone_are_counted_and_whole_words() {
        assert_eq!(count(&tree(2, 3)), Count { lines: 5, with_a_word: 2, in_code: 3 });
        for line in ["//! Nobody", "/// so tells", "// (told)"] {
            assert!(has_word(line), "{line}");
        }
        for line in ["// a foretold teller", "// untold", "// a `told_peers`"] {
            assert!(!has_word(line), "{line}");
        }
    }

    #[test]
    fn as_many_in_a_thousand_as_the_limit_are_too_many_and_the_file_is_named() {
        let limit = LINES_IN_A_THOUSAND;
        assert_eq!(check(&tree(limit - 1, 1_001 - limit)), []);
        let findings = check(&tree(limit, 1_000 - limit));
        assert_eq!((findings.len(), findings[0].path.as_str(), findings[0].line), (1, "a.rs", 1));
        let message = format!("{limit} of 1000 comment lines hold one of");
        assert!(findings[0].message.starts_with(&message), "{}", findings[0].message);
    }
}
