//! A file has the name of the noun that it holds. Names for leftovers, such as `utils`, are refused.

use syn::visit::{self, Visit};

use super::finding::Finding;
use super::tree::{RustFile, Tree};

const RULE: &str = "names";
const FIX: &str = "name the noun, or put the code with its only user";

const BANNED: [&str; 12] =
    ["utils", "util", "common", "helpers", "helper", "types", "misc", "manager", "v2", "new", "old", "legacy"];

pub(crate) fn check(tree: &Tree, rust: &[RustFile]) -> Vec<Finding> {
    let paths = tree.paths.iter().filter_map(|path| {
        let name = path.split('/').map(stem).find(|name| is_banned(name))?;
        let message = format!("`{name}` names no thing");
        Some(Finding::error(path, RULE, message, FIX))
    });
    paths.chain(rust.iter().flat_map(inline_modules)).collect()
}

fn stem(part: &str) -> &str {
    part.split('.').next().unwrap_or(part)
}

fn is_banned(name: &str) -> bool {
    BANNED.contains(&name)
}

fn inline_modules(file: &RustFile) -> Vec<Finding> {
    let mut found = InlineModules(Vec::new());
    found.visit_file(&file.syntax);
    let findings = found.0.into_iter().map(|(line, name)| {
        let message = format!("module `{name}` names no thing");
        Finding::error(&file.path, RULE, message, FIX).at(line)
    });
    findings.collect()
}

/// Banned modules that have no file of their own, by line.
struct InlineModules(Vec<(usize, String)>);

impl Visit<'_> for InlineModules {
    fn visit_item_mod(&mut self, module: &syn::ItemMod) {
        let name = module.ident.to_string();
        if module.content.is_some() && is_banned(&name) {
            self.0.push((module.ident.span().start().line, name));
        }
        visit::visit_item_mod(self, module);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<usize> {
        let tree = Tree::of(&[(path, text)]);
        let (rust, _) = tree.parse_rust();
        check(&tree, &rust).into_iter().map(|f| f.line).collect()
    }

    #[test]
    fn banned_files_folders_and_inline_modules_are_found() {
        assert_eq!(found("crates/graph/src/utils.rs", ""), [1]);
        assert_eq!(found("crates/graph/tests/common/mod.rs", ""), [1]);
        assert_eq!(found("explorer/helpers.test.js", ""), [1]);
        let inline = "mod graph {\n    mod misc {}\n}\n";
        assert_eq!(found("crates/graph/src/lib.rs", inline), [2]);
    }

    #[test]
    fn a_name_that_only_contains_a_banned_word_passes() {
        assert_eq!(found("crates/graph/src/news.rs", "mod newest {}"), [0; 0]);
    }
}
