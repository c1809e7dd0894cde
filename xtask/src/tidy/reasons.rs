//! An attribute that silences the compiler or a test gives its reason.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::finding::Finding;
use super::tree::RustFile;

const RULE: &str = "reasons";

pub(crate) fn check(rust: &[RustFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in rust {
        walk(file.tokens.clone(), &mut |line, silenced| {
            findings.push(finding(&file.path, line, silenced));
        });
    }
    findings
}

#[derive(Clone, Copy)]
enum Silenced {
    Allow,
    Expect,
    Ignore,
}

fn finding(path: &str, line: usize, silenced: Silenced) -> Finding {
    let (name, fix) = match silenced {
        Silenced::Allow => ("allow", "write #[expect(lint, reason = \"why\")]"),
        Silenced::Expect => ("expect", "add reason = \"why\""),
        Silenced::Ignore => ("ignore", "write #[ignore = \"why\"], or repair the test"),
    };
    let message = format!("`#[{name}]` without a reason");
    Finding::error(path, RULE, message, fix).at(line)
}

/// Tokens rather than syntax: attributes inside macro calls count, those in strings and comments do not.
fn walk(tokens: TokenStream, report: &mut impl FnMut(usize, Silenced)) {
    let mut after_hash = false;
    for token in tokens {
        match token {
            TokenTree::Punct(punct) => {
                after_hash = punct.as_char() == '#' || (after_hash && punct.as_char() == '!');
            }
            TokenTree::Group(group) if after_hash && group.delimiter() == Delimiter::Bracket => {
                attribute(group.stream(), report);
                after_hash = false;
            }
            TokenTree::Group(group) => {
                after_hash = false;
                walk(group.stream(), report);
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => after_hash = false,
        }
    }
}

fn attribute(tokens: TokenStream, report: &mut impl FnMut(usize, Silenced)) {
    let mut tokens = tokens.into_iter();
    let Some(TokenTree::Ident(name)) = tokens.next() else {
        return;
    };
    let line = name.span().start().line;
    match (name.to_string().as_str(), tokens.next()) {
        ("allow", Some(TokenTree::Group(lints))) if !has_reason(&lints) => {
            report(line, Silenced::Allow);
        }
        ("expect", Some(TokenTree::Group(lints))) if !has_reason(&lints) => {
            report(line, Silenced::Expect);
        }
        ("ignore", None) => report(line, Silenced::Ignore),
        ("cfg_attr", Some(TokenTree::Group(conditional))) => {
            for attribute_tokens in split_at_commas(conditional.stream()) {
                attribute(attribute_tokens, report);
            }
        }
        _ => {}
    }
}

fn has_reason(lints: &Group) -> bool {
    let parts = split_at_commas(lints.stream());
    parts.into_iter().any(|part| {
        let mut tokens = part.into_iter();
        let name = matches!(tokens.next(), Some(TokenTree::Ident(name)) if name == "reason");
        let equals = matches!(tokens.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '=');
        name && equals
    })
}

fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![Vec::new()];
    for token in tokens {
        match (token, parts.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => parts.push(Vec::new()),
            (token, Some(part)) => part.push(token),
            (_, None) => {}
        }
    }
    parts.into_iter().map(TokenStream::from_iter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::Tree;

    fn lines(text: &str) -> Vec<usize> {
        let findings = check(&Tree::rust("a.rs", text));
        findings.into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn silence_without_a_reason_is_found() {
        assert_eq!(lines("#[allow(dead_code)]\nfn a() {}"), [1]);
        assert_eq!(lines("#![allow(dead_code, unused)]"), [1]);
        assert_eq!(lines("fn a() {\n    #[expect(unused)]\n    let b = 1;\n}"), [2]);
        assert_eq!(lines("#[test]\n#[ignore]\nfn a() {}"), [2]);
        assert_eq!(lines("#[cfg_attr(unix, ignore)]\nfn a() {}"), [1]);
        assert_eq!(lines("#[cfg_attr(all(unix, test), allow(dead_code))]\nfn a() {}"), [1]);
    }

    #[test]
    fn silence_inside_a_macro_call_is_found() {
        assert_eq!(lines("proptest! {\n    #[test]\n    #[ignore]\n    fn a() {}\n}"), [3]);
    }

    #[test]
    fn silence_with_a_reason_passes() {
        assert_eq!(lines("#[allow(dead_code, reason = \"a\")]\nfn a() {}"), [0; 0]);
        assert_eq!(lines("#[expect(\n    unused,\n    reason = \"a\",\n)]\nfn a() {}"), [0; 0]);
        assert_eq!(lines("#[ignore = \"slow\"]\nfn a() {}"), [0; 0]);
    }

    #[test]
    fn words_in_strings_and_comments_are_not_attributes() {
        let text = "//! #[ignore]\nconst A: &str = \"#[allow(a)]\"; // #[allow(b)]\nfn ignore() { allow(1) }";
        assert_eq!(lines(text), [0; 0]);
    }
}
