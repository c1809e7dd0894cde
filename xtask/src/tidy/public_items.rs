//! How much a workspace offers: public items and methods.

use syn::visit::{self, Visit};

use super::test_code::{is_test_file, is_test_item};
use super::tree::RustFile;

/// Functions, methods, types, traits, constants and modules with the word `pub` alone, outside tests. Re-exports and fields
/// do not count.
pub(crate) fn public_items(file: &RustFile) -> usize {
    let mut found = Public(0);
    if !is_test_file(file) {
        found.visit_file(&file.syntax);
    }
    found.0
}

struct Public(usize);

impl Public {
    fn count(&mut self, visibility: &syn::Visibility) {
        self.0 += usize::from(matches!(visibility, syn::Visibility::Public(_)));
    }
}

impl Visit<'_> for Public {
    fn visit_item(&mut self, item: &syn::Item) {
        if is_test_item(item) {
            return;
        }
        match item {
            syn::Item::Const(item) => self.count(&item.vis),
            syn::Item::Enum(item) => self.count(&item.vis),
            syn::Item::Fn(item) => self.count(&item.vis),
            syn::Item::Mod(item) => self.count(&item.vis),
            syn::Item::Static(item) => self.count(&item.vis),
            syn::Item::Struct(item) => self.count(&item.vis),
            syn::Item::Trait(item) => self.count(&item.vis),
            syn::Item::Type(item) => self.count(&item.vis),
            syn::Item::Union(item) => self.count(&item.vis),
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &syn::ImplItemFn) {
        self.count(&item.vis);
    }

    fn visit_impl_item_const(&mut self, item: &syn::ImplItemConst) {
        self.count(&item.vis);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::Tree;

    #[test]
    fn items_and_methods_count_and_fields_re_exports_and_tests_do_not() {
        let text = "pub mod a { pub fn f() {} } pub(crate) fn g() {} pub use a::f; pub struct S { pub n: u8 }
            impl S { pub fn m() {} fn n() {} pub const C: u8 = 1; } #[cfg(test)] mod tests { pub fn t() {} }";
        assert_eq!(Tree::rust("src/a.rs", text).iter().map(public_items).sum::<usize>(), 5);
        assert_eq!(Tree::rust("tests/a.rs", text).iter().map(public_items).sum::<usize>(), 0);
    }
}
