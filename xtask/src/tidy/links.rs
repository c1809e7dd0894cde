//! A link in the docs leads somewhere.

use std::collections::BTreeSet;

use super::finding::Finding;
use super::tree::{TextFile, Tree};

const RULE: &str = "links";

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let folders = folders(tree);
    let files = tree.texts.iter().filter(|file| file.path.ends_with(".md"));
    files
        .flat_map(|file| {
            let links = links(&file.text).into_iter();
            let dead = links.filter(|link| {
                let path = resolve(&file.path, &link.target);
                path.is_none_or(|path| !tree.paths.contains(&path) && !folders.contains(&path))
            });
            let findings = dead.map(|link| finding(file, &link));
            findings.collect::<Vec<_>>()
        })
        .collect()
}

fn finding(file: &TextFile, link: &Link) -> Finding {
    let message = format!("`{}` leads nowhere", link.target);
    let fix = "correct the path; ignored files do not count";
    Finding::error(&file.path, RULE, message, fix).at(link.line)
}

/// Every folder that holds a file, the root as "".
fn folders(tree: &Tree) -> BTreeSet<String> {
    let ancestors = |path: &String| {
        let slashes = path.match_indices('/');
        slashes.map(|(end, _)| path[..end].to_owned()).collect::<Vec<_>>()
    };
    let folders = tree.paths.iter().flat_map(ancestors);
    folders.chain([String::new()]).collect()
}

/// A relative link without its `#fragment`.
struct Link {
    line: usize,
    target: String,
}

/// Links outside code, inline (`[a](b)`) and by reference (`[a]: b`).
fn links(text: &str) -> Vec<Link> {
    let mut found = Vec::new();
    let mut fence = None;
    for (line, text) in (1..).zip(text.lines()) {
        let trimmed = text.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (fence, mark) {
            (None, None) => {
                let targets = targets(&without_code(text));
                found.extend(targets.into_iter().map(|target| Link { line, target }));
            }
            (None, Some(_)) => fence = mark,
            (Some(_), _) if fence == mark => fence = None,
            (Some(_), _) => {}
        }
    }
    found
}

/// The line without its `code spans`.
fn without_code(line: &str) -> String {
    let pieces: Vec<&str> = line.split('`').collect();
    // An unpaired backtick opens nothing.
    let open = pieces.len().is_multiple_of(2);
    let last = pieces.len() - 1;
    let outside = pieces.iter().enumerate();
    let outside = outside.filter(|(index, _)| index.is_multiple_of(2) || (open && *index == last));
    outside.map(|(_, piece)| *piece).collect()
}

fn targets(line: &str) -> Vec<String> {
    let inline = line.split("](").skip(1).map(until_closed);
    let reference = line.trim_start().strip_prefix('[');
    let reference = reference.and_then(|rest| Some(rest.split_once("]:")?.1));
    let all = inline.chain(reference);
    all.filter_map(relative).collect()
}

/// Up to the parenthesis that closes the one before the text.
fn until_closed(text: &str) -> &str {
    let mut depth = 1;
    let end = text.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    });
    &text[..end.unwrap_or(text.len())]
}

fn relative(target: &str) -> Option<String> {
    let target = target.trim();
    let path = match target.strip_prefix('<') {
        Some(bracketed) => bracketed.split('>').next()?,
        None => target.split_whitespace().next()?,
    };
    let path = path.split(['#', '?']).next()?;
    let elsewhere = path.contains("://") || path.starts_with("mailto:");
    (!path.is_empty() && !elsewhere).then(|| path.replace("%20", " "))
}

/// The path from the root; none if it leaves the tree. A leading slash means the root.
fn resolve(file: &str, target: &str) -> Option<String> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = if target.starts_with('/') { "" } else { folder };
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dead(markdown: &str) -> Vec<usize> {
        let tree = Tree::of(&[
            ("docs/wire.md", markdown),
            ("docs/a (1).md", ""),
            ("docs/decisions/0001.md", ""),
            ("README.md", "[wire](docs/wire.md)"),
        ]);
        check(&tree).into_iter().map(|f| f.line).collect()
    }

    #[test]
    fn a_link_to_nothing_is_found_with_its_line() {
        assert_eq!(dead("a\n[b](gone.md)"), [2]);
        assert_eq!(dead("[b](decisions/0002.md#why) and ![c](c.png \"C\")"), [1, 1]);
        assert_eq!(dead("[b]: ../gone.md"), [1]);
        assert_eq!(dead("[b](../../README.md)"), [1]);
        assert_eq!(dead("```\ncode\n```\n[b](gone.md)"), [4]);
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        assert_eq!(dead("[a](decisions/0001.md#x) [b](../README.md) [c](/README.md)"), [0; 0]);
        assert_eq!(dead("[a](decisions) [b](decisions/) [c](..) [d](<a (1).md>)"), [0; 0]);
        assert_eq!(dead("[a](a%20(1).md) [b](#here) [c](https://example.org/(x)) "), [0; 0]);
        assert_eq!(dead("[a]: decisions/0001.md \"A\"\n[m](mailto:a@example.org)"), [0; 0]);
    }

    #[test]
    fn links_in_code_are_not_links() {
        assert_eq!(dead("`[a](gone.md)` and\n~~~\n```\n[b](gone.md)\n~~~\n"), [0; 0]);
    }

    #[test]
    fn an_unpaired_backtick_hides_nothing() {
        assert_eq!(dead("a ` [b](gone.md)"), [1]);
    }
}
