//! `cargo xtask house`: the figures by which the rules are judged, as a table with a column for each checkout.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::tidy::{
    FUNCTION_ERROR, RustFile, Tree, circles, comments, functions_of, public_items, test_lines, type_names,
};

/// The program whose size is shown, if it was built.
const PROGRAM: &str = "target/release/quorate";

/// A figure of a checkout.
struct Figure {
    name: &'static str,
    value: String,
}

/// `house [DIR...]`: prints a table for these checkouts, or for this one.
pub(crate) fn run(root: &Path, folders: &[&str]) -> Result<bool> {
    let roots: Vec<&Path> = if folders.is_empty() { vec![root] } else { folders.iter().map(Path::new).collect() };
    let columns = roots.iter().map(|root| figures(root)).collect::<Result<Vec<_>>>()?;
    let heads: Vec<String> = roots.iter().map(|root| root.display().to_string()).collect();
    println!("| | {} |\n|---|{}", heads.join(" | "), "---|".repeat(columns.len()));
    for (row, figure) in columns[0].iter().enumerate() {
        let values: Vec<&str> = columns.iter().map(|column| column[row].value.as_str()).collect();
        println!("| {} | {} |", figure.name, values.join(" | "));
    }
    Ok(true)
}

fn figures(root: &Path) -> Result<Vec<Figure>> {
    let tree = Tree::read(root)?;
    let (rust, findings) = tree.parse_rust();
    ensure!(findings.is_empty(), "{}", findings[0]);
    Ok([sizes(&rust), names(&rust), words(&tree), program(root)].into_iter().flatten().collect())
}

fn sizes(rust: &[RustFile]) -> Vec<Figure> {
    let files: Vec<usize> = rust.iter().map(|file| file.lines).collect();
    let lines: usize = files.iter().sum();
    let tests: usize = rust.iter().map(test_lines).sum();
    let functions: Vec<usize> = rust.iter().flat_map(functions_of).map(|function| function.lines).collect();
    let long = functions.iter().filter(|lines| **lines > FUNCTION_ERROR).count();
    vec![
        figure("Rust files", files.len()),
        figure("lines of Rust", lines),
        figure("of these, lines of tests", tests),
        figure("median file, lines", median(files)),
        figure("functions", functions.len()),
        figure("median function, lines", median(functions)),
        figure("functions over 70 lines", long),
    ]
}

fn names(rust: &[RustFile]) -> Vec<Figure> {
    let circles = circles::circles(rust);
    let across = circles.iter().filter(|circle| circle.is_across_folders()).count();
    let in_circles = circles.iter().map(circles::Circle::files).sum::<usize>();
    let all = type_names::definitions(rust);
    let public = type_names::public(&all);
    vec![
        figure("circles of files that import each other", circles.len()),
        figure("of these, across folders", across),
        figure("files in circles", in_circles),
        figure("type names", all.len()),
        figure("type names with several definitions", type_names::duplicates(&all).count()),
        figure("public type names with several definitions", type_names::duplicates(&public).count()),
        figure("public items", rust.iter().map(public_items).sum::<usize>()),
    ]
}

fn words(tree: &Tree) -> Vec<Figure> {
    let count = comments::count(tree);
    let tenths = count.with_a_word * 10_000 / count.lines.max(1);
    let value = format!("{}.{}", tenths / 10, tenths % 10);
    vec![
        figure("comment lines", count.lines),
        figure("of these, comments inside code", count.in_code),
        Figure { name: "comment lines of 1,000 with tell, told, nobody, whoever", value },
    ]
}

fn program(root: &Path) -> Vec<Figure> {
    let bytes = fs::metadata(root.join(PROGRAM)).map(|file| file.len().to_string());
    vec![Figure { name: "bytes of target/release/quorate", value: bytes.unwrap_or_else(|_| "not built".to_owned()) }]
}

fn figure(name: &'static str, value: usize) -> Figure {
    Figure { name, value: value.to_string() }
}

/// The one in the middle; of two, the lesser.
fn median(mut values: Vec<usize>) -> usize {
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_a_value_of_the_list() {
        assert_eq!(median(vec![9, 1, 5]), 5);
        assert_eq!(median(vec![9, 1]), 1);
        assert_eq!(median(vec![]), 0);
    }

    #[test]
    fn every_checkout_has_the_same_rows() {
        let text = "/// It is told.\n/// A.\npub struct A;\n#[cfg(test)]\nmod tests {\n    fn a() {}\n}\n";
        let tree = Tree::of(&[("crates/a/src/a.rs", text), ("crates/b/src/a.rs", "pub enum A {}\n")]);
        let (rust, _) = tree.parse_rust();
        let rows: Vec<_> = [sizes(&rust), names(&rust), words(&tree)].into_iter().flatten().collect();
        let value = |name: &str| rows.iter().find(|row| row.name == name).map(|row| row.value.as_str());
        assert_eq!(value("lines of Rust"), Some("8"));
        assert_eq!(value("of these, lines of tests"), Some("4"));
        assert_eq!(value("public type names with several definitions"), Some("1"));
        assert_eq!(value("public items"), Some("2"));
        assert_eq!(value("comment lines of 1,000 with tell, told, nobody, whoever"), Some("500.0"));
    }
}
