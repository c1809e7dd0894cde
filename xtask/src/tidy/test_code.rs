//! Test code, which several rules leave out.

use proc_macro2::Span;

use super::tree::RustFile;

/// Whether the attribute is `#[cfg(test)]`, alone or with further conditions.
pub(crate) fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else {
        return false;
    };
    let condition = list.tokens.to_string();
    list.path.is_ident("cfg") && (condition == "test" || condition.starts_with("all (test"))
}

/// Whether all of the file is test code: by its place, or by an attribute at its top.
pub(crate) fn is_test_file(file: &RustFile) -> bool {
    let path = &file.path;
    let in_tests = path.split('/').any(|part| part == "tests") || path.ends_with("/tests.rs");
    in_tests || file.syntax.attrs.iter().any(is_cfg_test)
}

/// Lines of a file that are test code.
pub(crate) fn test_lines(file: &RustFile) -> usize {
    if is_test_file(file) {
        return file.lines;
    }
    let items = file.syntax.items.iter();
    items.filter_map(test_module).map(|(from, to)| lines(from, to)).sum()
}

/// From its first attribute to its closing brace.
fn test_module(item: &syn::Item) -> Option<(Span, Span)> {
    let syn::Item::Mod(module) = item else {
        return None;
    };
    let (brace, _) = module.content.as_ref()?;
    let first = module.attrs.first()?;
    let tests = module.attrs.iter().any(is_cfg_test);
    tests.then(|| (first.pound_token.span, brace.span.close()))
}

pub(crate) fn lines(from: Span, to: Span) -> usize {
    to.end().line + 1 - from.start().line
}

/// The attributes of an item.
pub(crate) fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Union(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether the item is compiled for tests alone.
pub(crate) fn is_test_item(item: &syn::Item) -> bool {
    attributes(item).iter().any(is_cfg_test)
}
