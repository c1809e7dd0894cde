//! Which names a file imports with `use`, and the file in its crate that defines each.

use std::collections::BTreeSet;

use super::modules::{CrateFiles, ModulePath};
use super::test_code::{is_cfg_test, is_test_item};
use super::tree::RustFile;
use syn::visit::{self, Visit};

/// One name of a `use` declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Import {
    /// The module in which the declaration stands, from the root of the crate.
    scope: ModulePath,
    path: Vec<String>,
    /// The name that it has here; `*` for all names.
    name: String,
    is_public: bool,
}

/// The files that the file of `module` imports from. A name that another module only re-exports counts for the file that
/// defines it; a module that re-exports its own children does not import from them.
pub(crate) fn imported(files: &CrateFiles, module: &ModulePath) -> BTreeSet<ModulePath> {
    let imports = imports(files, module).into_iter();
    let targets = imports.filter_map(|import| {
        let target = definition(files, &import, STEPS)?;
        let re_exports_child = import.is_public && target.starts_with(module);
        (target != *module && !re_exports_child).then_some(target)
    });
    targets.collect()
}

/// How many re-exports are followed: an end for those that lead to each other.
const STEPS: usize = 8;

/// The file that defines what is imported.
fn definition(files: &CrateFiles, import: &Import, steps: usize) -> Option<ModulePath> {
    let path = absolute(files, import)?;
    let (module, rest) = files.resolve(&path)?;
    let Some(name) = rest.first().filter(|name| steps > 0 && *name != "*") else {
        return Some(module.clone());
    };
    let re_exports = imports(files, module).into_iter();
    let mut re_exports = re_exports.filter(|other| other.scope == *module && other != import);
    let named = re_exports.clone().find(|other| other.name == *name);
    let through = named.or_else(|| {
        re_exports.find(|other| {
            let target = definition(files, other, 0);
            other.name == "*" && target.is_some_and(|target| defines(files.files[&target], name))
        })
    });
    let through = through.and_then(|other| definition(files, &other, steps - 1));
    Some(through.unwrap_or_else(|| module.clone()))
}

/// The path from the root of the crate; none for names of other crates.
fn absolute(files: &CrateFiles, import: &Import) -> Option<Vec<String>> {
    let mut base = import.scope.clone();
    let mut rest = import.path.as_slice();
    match rest.split_first()? {
        (first, after) if first == "crate" => (base, rest) = (Vec::new(), after),
        (first, after) if first == "self" => rest = after,
        (first, _) if first == "super" => {
            while let Some((_, after)) = rest.split_first().filter(|(first, _)| *first == "super") {
                base.pop()?;
                rest = after;
            }
        }
        (first, _) => {
            let child: Vec<_> = base.iter().chain([first]).cloned().collect();
            files.files.contains_key(&child).then_some(())?;
        }
    }
    Some(base.into_iter().chain(rest.iter().cloned()).collect())
}

fn defines(file: &RustFile, name: &str) -> bool {
    file.syntax.items.iter().any(|item| match item {
        syn::Item::Const(item) => item.ident == name,
        syn::Item::Enum(item) => item.ident == name,
        syn::Item::Fn(item) => item.sig.ident == name,
        syn::Item::Static(item) => item.ident == name,
        syn::Item::Struct(item) => item.ident == name,
        syn::Item::Trait(item) => item.ident == name,
        syn::Item::Type(item) => item.ident == name,
        _ => false,
    })
}

fn imports(files: &CrateFiles, module: &ModulePath) -> Vec<Import> {
    let mut found = Uses { scope: module.clone(), imports: Vec::new() };
    if let Some(file) = files.files.get(module) {
        found.visit_file(&file.syntax);
    }
    found.imports
}

/// All `use` declarations outside tests, those in functions too.
struct Uses {
    scope: ModulePath,
    imports: Vec<Import>,
}

impl Visit<'_> for Uses {
    fn visit_item(&mut self, item: &syn::Item) {
        if !is_test_item(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &syn::ImplItemFn) {
        if !item.attrs.iter().any(is_cfg_test) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        self.scope.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.scope.pop();
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        let is_public = !matches!(item.vis, syn::Visibility::Inherited);
        let mut leaves = Vec::new();
        flatten(&item.tree, &mut Vec::new(), &mut leaves);
        let scope = &self.scope;
        let imports = leaves.into_iter().map(|(path, name)| Import { scope: scope.clone(), path, name, is_public });
        self.imports.extend(imports);
    }
}

/// The paths of a tree such as `a::{b, c as d}`, each with the name that it gets.
fn flatten(tree: &syn::UseTree, start: &mut Vec<String>, leaves: &mut Vec<(Vec<String>, String)>) {
    let mut leaf = |last: &str, name: String| {
        let path = start.iter().cloned().chain((last != "self").then(|| last.to_owned()));
        leaves.push((path.collect(), name));
    };
    match tree {
        syn::UseTree::Path(path) => {
            start.push(path.ident.to_string());
            flatten(&path.tree, start, leaves);
            start.pop();
        }
        syn::UseTree::Name(name) => leaf(&name.ident.to_string(), name.ident.to_string()),
        syn::UseTree::Rename(name) => leaf(&name.ident.to_string(), name.rename.to_string()),
        syn::UseTree::Glob(_) => leaf("*", "*".to_owned()),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, start, leaves)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::Tree;

    /// The modules that `module` imports from, in a crate of these files and texts.
    fn arrows(module: &str, files: &[(&str, &str)]) -> Vec<String> {
        let paths: Vec<_> = files.iter().map(|(path, text)| (format!("crates/a/src/{path}"), *text)).collect();
        let files: Vec<_> = paths.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        let (rust, findings) = Tree::of(&files).parse_rust();
        assert_eq!(findings, []);
        let crates = CrateFiles::all(&rust);
        let module: ModulePath = module.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
        imported(&crates[0], &module).into_iter().map(|module| module.join("::")).collect()
    }

    #[test]
    fn every_form_of_a_path_is_an_arrow() {
        let others = [("b/mod.rs", "pub struct B;"), ("b/c.rs", "pub struct C;"), ("d.rs", ""), ("lib.rs", "")];
        let with = |text| arrows("b::e", &[&others[..], &[("b/e.rs", text)]].concat());
        assert_eq!(with("use crate::{b::{B, c::C}, d::f};"), ["b", "b::c", "d"]);
        assert_eq!(with("use super::c; use super::super::d::{self, g};"), ["b::c", "d"]);
        assert_eq!(with("fn f() { use crate::d::g as h; }"), ["d"]);
        assert_eq!(with("mod inside { use super::super::c::*; }"), ["b::c"]);
        assert_eq!(with("use std::fmt; use other::d;"), [""; 0]);
    }

    #[test]
    fn tests_declarations_and_a_parent_that_re_exports_are_no_arrows() {
        let c = ("b/c.rs", "pub struct C;");
        assert_eq!(arrows("b", &[("b/mod.rs", "mod c; pub use c::C; pub(crate) use self::c::*;"), c]), [""; 0]);
        assert_eq!(arrows("b", &[("b/mod.rs", "mod c; use c::C;"), c]), ["b::c"]);
        let tested = "#[cfg(test)] use crate::b::c::C; #[cfg(test)] mod tests { use crate::b::c::C; }";
        assert_eq!(arrows("d", &[("d.rs", tested), c]), [""; 0]);
    }

    #[test]
    fn a_name_that_is_re_exported_leads_to_its_definition() {
        let c = ("b/c.rs", "pub struct C;");
        for parent in ["mod c; pub use c::C;", "mod c; pub use c::*;", "mod c; use c::C;"] {
            assert_eq!(arrows("d", &[("d.rs", "use crate::b::C;"), ("b/mod.rs", parent), c]), ["b::c"], "{parent}");
        }
    }

    #[test]
    fn re_exports_that_lead_to_each_other_come_to_an_end() {
        let files = [("b.rs", "pub use crate::c::X;"), ("c.rs", "pub use crate::b::X;"), ("d.rs", "use crate::b::X;")];
        assert_eq!(arrows("d", &files).len(), 1);
    }
}
