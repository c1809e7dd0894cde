//! Modules and the files that they stand in.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::test_code::is_test_file;
use super::tree::{RustFile, Tree};

const RULE: &str = "modules";

/// Modules with children that do not stand in `mod.rs`.
const OTHER_STYLE: usize = 0;

/// A module with children stands in `foo/mod.rs`, and never in `foo.rs` beside a folder `foo`.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    Finding::over(OTHER_STYLE, beside_folders(tree))
}

fn beside_folders(tree: &Tree) -> Vec<Finding> {
    let sources = tree.paths.iter().filter(|path| path.contains("src/") && path.ends_with(".rs"));
    let beside_folder = sources.filter(|path| {
        let folder = format!("{}/", path.trim_end_matches(".rs"));
        tree.paths.iter().any(|other| other.starts_with(&folder) && other.ends_with(".rs"))
    });
    let findings = beside_folder.map(|path| {
        let message = "a module with children stands beside its folder".to_owned();
        Finding::error(path, RULE, message, "move it to mod.rs in the folder")
    });
    findings.collect()
}

/// A module's path from the root of its crate: `["net", "relay"]`.
pub(crate) type ModulePath = Vec<String>;

/// The files of one crate's library, or of its program if it has no library, by their modules. Test code is left out.
pub(crate) struct CrateFiles<'a> {
    pub(crate) files: BTreeMap<ModulePath, &'a RustFile>,
}

impl<'a> CrateFiles<'a> {
    /// The files of every crate.
    pub(crate) fn all(rust: &'a [RustFile]) -> Vec<Self> {
        let sources: BTreeSet<&str> = rust.iter().filter_map(|file| Some(split(&file.path)?.0)).collect();
        sources.into_iter().map(|source| Self::of(source, rust)).collect()
    }

    /// The files in a folder `src`.
    fn of(source: &str, rust: &'a [RustFile]) -> Self {
        let inside = rust.iter().filter_map(|file| {
            let (folder, path) = split(&file.path)?;
            (folder == source && !is_test_file(file)).then_some((path, file))
        });
        let mut files: BTreeMap<ModulePath, &RustFile> = BTreeMap::new();
        for (path, file) in inside {
            match path {
                "lib.rs" => drop(files.insert(Vec::new(), file)),
                // Beside a library, a program is a crate of its own.
                "main.rs" => drop(files.entry(Vec::new()).or_insert(file)),
                _ if path.starts_with("bin/") => {}
                _ => drop(files.insert(module(path), file)),
            }
        }
        Self { files }
    }

    /// The file that the longest beginning of a path leads to, and the rest of the path.
    pub(crate) fn resolve<'p>(&self, path: &'p [String]) -> Option<(&ModulePath, &'p [String])> {
        let splits = (0..=path.len()).rev().map(|at| path.split_at(at));
        let mut known = splits.filter_map(|(start, rest)| Some((self.files.get_key_value(start)?.0, rest)));
        known.next()
    }
}

/// The folder `src` of a path and the part below it.
fn split(path: &str) -> Option<(&str, &str)> {
    let at = if path.starts_with("src/") { 0 } else { path.find("/src/")? + 1 };
    let end = at + "src".len();
    Some((&path[..end], &path[end + 1..]))
}

fn module(path: &str) -> ModulePath {
    let mut parts: ModulePath = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    parts.pop_if(|last| last == "mod");
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_beside_its_folder_is_found() {
        let found = |paths: &[&str]| {
            let files: Vec<_> = paths.iter().map(|path| (*path, "")).collect();
            beside_folders(&Tree::of(&files)).into_iter().map(|f| f.path).collect::<Vec<_>>()
        };
        assert_eq!(found(&["crates/a/src/b.rs", "crates/a/src/b/c.rs"]), ["crates/a/src/b.rs"]);
        assert_eq!(found(&["crates/a/src/b/mod.rs", "crates/a/src/b/c.rs", "crates/a/src/bc.rs"]), [""; 0]);
        // Each file of integration tests is the root of a crate.
        assert_eq!(found(&["crates/a/tests/b.rs", "crates/a/tests/b/c.rs"]), [""; 0]);
    }

    #[test]
    fn files_are_known_by_their_modules() {
        let paths = ["crates/a/src/lib.rs", "crates/a/src/b/mod.rs", "crates/a/src/b/c.rs", "crates/a/src/b/tests.rs"];
        let files: Vec<_> = paths.iter().map(|path| (*path, "")).collect();
        let (rust, _) = Tree::of(&files).parse_rust();
        let crates = CrateFiles::all(&rust);
        let modules: Vec<String> = crates[0].files.keys().map(|module| module.join("::")).collect();
        assert_eq!(modules, ["", "b", "b::c"]);
        let path = ["b", "c", "D"].map(str::to_owned);
        let (module, rest) = crates[0].resolve(&path).unwrap();
        assert_eq!((module.join("::"), rest.join("::")), ("b::c".to_owned(), "D".to_owned()));
    }
}
