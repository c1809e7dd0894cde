//! A type's name means one thing in the whole workspace: a reader who knows it once knows it everywhere.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};

use super::finding::Finding;
use super::test_code::{is_test_file, is_test_item};
use super::tree::RustFile;

const RULE: &str = "type-names";

/// Names that several public types may have, with the reason.
const SHARED: &[(&str, &str)] = &[
    ("Input", "the input of a state machine without I/O; each crate with such a machine has one"),
    ("Output", "the output of a state machine without I/O; each crate with such a machine has one"),
];

/// Public names with several meanings beside [`SHARED`].
const PUBLIC_DUPLICATES: usize = 0;

/// Names with several meanings, private ones included: a word such as `Step` inside two small files harms no reader.
const DUPLICATES: usize = 20;

/// The benches against other programs are a workspace of their own.
const OTHER_WORKSPACE: &str = "bench/";

/// The place where a type is defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Definition {
    path: String,
    line: usize,
    is_public: bool,
}

/// The types of the workspace outside tests, by their names.
pub(crate) type Definitions = BTreeMap<String, Vec<Definition>>;

pub(crate) fn check(rust: &[RustFile]) -> Vec<Finding> {
    let all = definitions(rust);
    let public = public(&all);
    let public_duplicates = duplicates(&public).map(|(name, places)| finding("public type", name, places));
    let mut findings = Finding::over(PUBLIC_DUPLICATES, public_duplicates.collect());
    let duplicates = duplicates(&all).map(|(name, places)| finding("type", name, places));
    findings.extend(Finding::over(DUPLICATES, duplicates.collect()));
    findings
}

fn finding(kind: &str, name: &str, places: &[Definition]) -> Finding {
    let all: Vec<String> = places.iter().map(|place| format!("{}:{}", place.path, place.line)).collect();
    let message = format!("{kind} `{name}` is defined {} times: {}", places.len(), all.join(", "));
    Finding::error(&places[0].path, RULE, message, "give each a name that says which one it is").at(places[0].line)
}

/// Names with more than one definition.
pub(crate) fn duplicates(definitions: &Definitions) -> impl Iterator<Item = (&str, &[Definition])> {
    let several = definitions.iter().filter(|(_, places)| places.len() > 1);
    several.map(|(name, places)| (name.as_str(), places.as_slice()))
}

/// The public ones, except the names that may be shared.
pub(crate) fn public(definitions: &Definitions) -> Definitions {
    let judged = definitions.iter().filter(|(name, _)| !SHARED.iter().any(|(shared, _)| shared == name));
    let public = judged.map(|(name, places)| {
        (name.clone(), places.iter().filter(|place| place.is_public).cloned().collect::<Vec<_>>())
    });
    public.filter(|(_, places)| !places.is_empty()).collect()
}

/// Every struct, enum, union, trait and alias outside tests. Versions of one type for different platforms or features
/// stand in one file and count once.
pub(crate) fn definitions(rust: &[RustFile]) -> Definitions {
    let mut all = Definitions::new();
    for file in rust.iter().filter(|file| !is_test_file(file) && !file.path.starts_with(OTHER_WORKSPACE)) {
        let mut found = Types(Vec::new());
        found.visit_file(&file.syntax);
        for (name, line, is_public) in found.0 {
            let places = all.entry(name).or_default();
            if places.last().is_none_or(|last| last.path != file.path) {
                places.push(Definition { path: file.path.clone(), line, is_public });
            }
        }
    }
    all
}

/// Name, line, and whether it is public.
struct Types(Vec<(String, usize, bool)>);

impl Types {
    fn push(&mut self, name: &syn::Ident, visibility: &syn::Visibility) {
        let is_public = matches!(visibility, syn::Visibility::Public(_));
        self.0.push((name.to_string(), name.span().start().line, is_public));
    }
}

impl Visit<'_> for Types {
    fn visit_item(&mut self, item: &syn::Item) {
        if is_test_item(item) {
            return;
        }
        match item {
            syn::Item::Struct(item) => self.push(&item.ident, &item.vis),
            syn::Item::Enum(item) => self.push(&item.ident, &item.vis),
            syn::Item::Union(item) => self.push(&item.ident, &item.vis),
            syn::Item::Trait(item) => self.push(&item.ident, &item.vis),
            syn::Item::Type(item) => self.push(&item.ident, &item.vis),
            _ => {}
        }
        visit::visit_item(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::Tree;

    fn names(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let (rust, _) = Tree::of(files).parse_rust();
        let all = definitions(&rust);
        let names = |definitions| duplicates(definitions).map(|(name, _)| name.to_owned()).collect();
        (names(&public(&all)), names(&all))
    }

    #[test]
    fn a_name_of_two_files_is_found_and_is_public_if_both_are() {
        let a =
            ("crates/a/src/lib.rs", "pub struct Both; pub(crate) enum Half {} type Own = u8; fn f() { struct Deep; }");
        let b = ("crates/b/src/lib.rs", "pub trait Both {} pub struct Half; struct Other; mod m { struct Deep; }");
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&[a, b]), (own(&["Both"]), own(&["Both", "Deep", "Half"])));
    }

    #[test]
    fn tests_methods_platforms_and_shared_names_do_not_count() {
        let a = "struct A; pub enum Input {} #[cfg(unix)] struct B; #[cfg(windows)] struct B;";
        let b = "#[cfg(test)] mod tests { struct A; } pub struct Input; impl Iterator for C { type Item = u8; }";
        let c = ("crates/c/tests/a.rs", "struct A;");
        let (public, all) = names(&[("a/src/a.rs", a), ("a/src/b.rs", b), c]);
        assert_eq!((public, all), (vec![], vec!["Input".to_owned()]));
    }

    #[test]
    fn the_finding_names_every_place() {
        let (rust, _) = Tree::of(&[("a.rs", "\npub struct A;"), ("b.rs", "pub struct A;")]).parse_rust();
        let finding = finding("type", "A", &definitions(&rust)["A"]);
        assert_eq!(finding.message, "type `A` is defined 2 times: a.rs:2, b.rs:1");
        assert_eq!((finding.path.as_str(), finding.line), ("a.rs", 2));
    }
}
