//! Limits on the length of files and functions.

use syn::visit::{self, Visit};

use super::finding::Finding;
use super::test_code::{lines, test_lines};
use super::tree::RustFile;

const RULE: &str = "length";
const FILE_WARNING: usize = 400;
const FILE_ERROR: usize = 800;
pub(crate) const FUNCTION_ERROR: usize = 70;

pub(crate) fn check(rust: &[RustFile]) -> Vec<Finding> {
    let findings = rust.iter();
    findings.flat_map(|file| functions(file).into_iter().chain(whole(file))).collect()
}

fn whole(file: &RustFile) -> Option<Finding> {
    let lines = file.lines - test_lines(file);
    if lines <= FILE_WARNING {
        return None;
    }
    let message = format!("{lines} lines without tests, over {FILE_WARNING}");
    let finding = Finding::error(&file.path, RULE, message, "split it by the nouns it holds");
    if lines > FILE_ERROR {
        let message = format!("{lines} lines without tests, over {FILE_ERROR}");
        Some(Finding { message, ..finding })
    } else {
        Some(finding.warning())
    }
}

fn functions(file: &RustFile) -> Vec<Finding> {
    let long = functions_of(file).into_iter().filter(|f| f.lines > FUNCTION_ERROR);
    let findings = long.map(|Function { name, line, lines }| {
        let message = format!("fn {name} has {lines} lines, over {FUNCTION_ERROR}");
        let fix = "keep the control flow here and give each leaf a name";
        Finding::error(&file.path, RULE, message, fix).at(line)
    });
    findings.collect()
}

/// Every function of a file that has a body.
pub(crate) fn functions_of(file: &RustFile) -> Vec<Function> {
    let mut found = Functions(Vec::new());
    found.visit_file(&file.syntax);
    found.0
}

pub(crate) struct Function {
    name: String,
    line: usize,
    pub(crate) lines: usize,
}

/// Every function with a body, nested ones too; attributes and docs are not counted.
struct Functions(Vec<Function>);

impl Functions {
    fn push(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let start = signature.fn_token.span;
        self.0.push(Function {
            name: signature.ident.to_string(),
            line: start.start().line,
            lines: lines(start, body.brace_token.span.close()),
        });
    }
}

impl Visit<'_> for Functions {
    fn visit_item_fn(&mut self, item: &syn::ItemFn) {
        self.push(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &syn::ImplItemFn) {
        self.push(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.push(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::finding::Severity;
    use crate::tidy::tree::Tree;

    fn found(path: &str, text: &str) -> Vec<(usize, Severity)> {
        let findings = check(&Tree::rust(path, text));
        findings.into_iter().map(|f| (f.line, f.severity)).collect()
    }

    /// A function of exactly `lines` lines.
    fn function(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    step();\n".repeat(lines - 2))
    }

    #[test]
    fn a_file_over_400_lines_is_a_warning_and_over_800_an_error() {
        let consts = |count: usize| "const A: u8 = 1;\n".repeat(count);
        assert_eq!(found("a.rs", &consts(400)), []);
        assert_eq!(found("a.rs", &consts(401)), [(1, Severity::Warning)]);
        assert_eq!(found("a.rs", &consts(800)), [(1, Severity::Warning)]);
        assert_eq!(found("a.rs", &consts(801)), [(1, Severity::Error)]);
    }

    #[test]
    fn tests_are_not_counted() {
        let tests = "const A: u8 = 1;\n".repeat(900);
        let inside = |cfg: &str| format!("const B: u8 = 1;\n\n#[cfg({cfg})]\nmod tests {{\n{tests}}}\n");
        assert_eq!(found("src/a.rs", &inside("test")), []);
        assert_eq!(found("src/a.rs", &inside("all(test, unix)")), []);
        assert_eq!(found("src/a.rs", &inside("not(test)")), [(1, Severity::Error)]);
        assert_eq!(found("crates/a/tests/b.rs", &tests), []);
        assert_eq!(found("crates/a/src/b/tests.rs", &tests), []);
    }

    #[test]
    fn a_function_over_70_lines_is_an_error_wherever_it_stands() {
        let long = function(71);
        assert_eq!(found("a.rs", &function(70)), []);
        assert_eq!(found("a.rs", &format!("\n\n{long}")), [(3, Severity::Error)]);
        for around in ["impl A", "trait A", "mod a", "fn b()", "const _: () ="] {
            let end = if around.ends_with('=') { "};" } else { "}" };
            let found = found("a.rs", &format!("{around} {{\n{long}{end}\n"));
            assert!(found.contains(&(2, Severity::Error)), "{around}: {found:?}");
        }
    }

    #[test]
    fn attributes_and_docs_do_not_lengthen_a_function() {
        let docs = "/// A line.\n".repeat(70);
        assert_eq!(found("a.rs", &format!("{docs}#[inline]\n{}", function(70))), []);
    }
}
