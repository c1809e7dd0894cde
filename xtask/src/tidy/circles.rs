//! Files that import each other in a circle can only be read together.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::imports::imported;
use super::modules::{CrateFiles, ModulePath};
use super::tree::RustFile;

const RULE: &str = "circles";

/// Circles in the workspace. A few pairs are one thought in two files, such as a node of a tree and its walk.
const CIRCLES: usize = 2;

/// Circles between files of different folders.
const ACROSS_FOLDERS: usize = 0;

/// Files of a crate each of which imports, directly or through others, from every other one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Circle {
    /// Each file and those of the circle that it imports from.
    arrows: BTreeMap<String, Vec<String>>,
}

pub(crate) fn check(rust: &[RustFile]) -> Vec<Finding> {
    let circles = circles(rust);
    let across = circles.iter().filter(|circle| circle.is_across_folders()).map(Circle::finding).collect();
    let mut findings = Finding::over(CIRCLES, circles.iter().map(Circle::finding).collect());
    findings.extend(Finding::over(ACROSS_FOLDERS, across));
    findings.sort();
    findings.dedup();
    findings
}

impl Circle {
    pub(crate) fn is_across_folders(&self) -> bool {
        let folders: BTreeSet<_> = self.arrows.keys().map(|path| folder(path)).collect();
        folders.len() > 1
    }

    pub(crate) fn files(&self) -> usize {
        self.arrows.len()
    }

    fn finding(&self) -> Finding {
        let arrows = self.arrows.iter().map(|(from, to)| {
            let to: Vec<&str> = to.iter().map(|path| short(path)).collect();
            format!("{} -> {}", short(from), to.join(", "))
        });
        let across = if self.is_across_folders() { " across folders" } else { "" };
        let message = format!("a circle of imports{across}: {}", arrows.collect::<Vec<_>>().join("; "));
        let path = self.arrows.keys().next().map_or("", String::as_str);
        Finding::error(path, RULE, message, "move what both need to a file that imports neither")
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The path below `src`.
fn short(path: &str) -> &str {
    path.split_once("/src/").map_or(path, |(_, path)| path)
}

/// The circles of all crates.
pub(crate) fn circles(rust: &[RustFile]) -> Vec<Circle> {
    CrateFiles::all(rust).iter().flat_map(of_crate).collect()
}

fn of_crate(files: &CrateFiles) -> Vec<Circle> {
    let modules = files.files.keys();
    let arrows: BTreeMap<&ModulePath, BTreeSet<ModulePath>> = modules.map(|m| (m, imported(files, m))).collect();
    let reached: BTreeMap<&ModulePath, BTreeSet<ModulePath>> =
        arrows.keys().map(|module| (*module, reach(module, &arrows))).collect();
    let mut found = Vec::new();
    for (module, targets) in &reached {
        let members: Vec<&ModulePath> = targets.iter().filter(|target| reached[target].contains(*module)).collect();
        // A circle is noted at its first member.
        if members.len() > 1 && members.first() == Some(module) {
            found.push(circle(files, &members, &arrows));
        }
    }
    found
}

/// All files that `module` imports from, directly or through others.
fn reach(module: &ModulePath, arrows: &BTreeMap<&ModulePath, BTreeSet<ModulePath>>) -> BTreeSet<ModulePath> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![module]);
    while let Some(next) = open.pop() {
        for target in &arrows[next] {
            if reached.insert(target.clone()) {
                open.push(target);
            }
        }
    }
    reached
}

fn circle(files: &CrateFiles, members: &[&ModulePath], arrows: &BTreeMap<&ModulePath, BTreeSet<ModulePath>>) -> Circle {
    let path = |module: &ModulePath| files.files[module].path.clone();
    let inside = |module: &ModulePath| {
        let targets = arrows[module].iter().filter(|target| members.contains(target));
        targets.map(path).collect()
    };
    Circle { arrows: members.iter().map(|module| (path(module), inside(module))).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::Tree;

    fn found(files: &[(&str, &str)]) -> Vec<(Vec<String>, bool)> {
        let (rust, _) = Tree::of(files).parse_rust();
        let circles = circles(&rust).into_iter();
        circles.map(|circle| (circle.arrows.keys().cloned().collect(), circle.is_across_folders())).collect()
    }

    #[test]
    fn files_that_import_each_other_are_a_circle_whatever_its_length() {
        let (a, b) = (("x/src/a.rs", "use crate::b::B;"), ("x/src/b.rs", "use super::a::A;"));
        assert_eq!(found(&[a, b]), [(vec![a.0.to_owned(), b.0.to_owned()], false)]);
        let long = [
            ("x/src/a.rs", "use crate::b::B;"),
            ("x/src/b.rs", "use crate::c::C;"),
            ("x/src/c.rs", "use crate::a::A;"),
        ];
        assert_eq!(found(&long)[0].0.len(), 3);
        assert_eq!(found(&long[..2]), []);
    }

    #[test]
    fn a_circle_that_leaves_its_folder_is_marked() {
        let files = [("x/src/a.rs", "use crate::f::b::B;"), ("x/src/f/b.rs", "use crate::a::A;")];
        assert!(found(&files)[0].1);
    }

    #[test]
    fn two_circles_that_do_not_touch_are_two_and_two_that_share_a_file_are_one() {
        let pair = |x: &'static str, y: &'static str| [(x, y), (y, x)];
        let draw = |arrows: &[(&str, &str)]| {
            let mut texts = BTreeMap::<String, String>::new();
            for (from, to) in arrows {
                let text = texts.entry(format!("x/src/{from}.rs")).or_default();
                *text += &format!("use crate::{to}::f as {to}{from};");
            }
            let files: Vec<_> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            found(&files).len()
        };
        assert_eq!(draw(&[pair("a", "b"), pair("c", "d")].concat()), 2);
        assert_eq!(draw(&[pair("a", "b"), pair("b", "c")].concat()), 1);
    }

    #[test]
    fn the_finding_draws_the_arrows_of_its_circle() {
        let files = [("x/src/a.rs", "use crate::f::b::B;"), ("x/src/f/b.rs", "use crate::a::A;")];
        let (rust, _) = Tree::of(&files).parse_rust();
        let finding = circles(&rust)[0].finding();
        assert_eq!(finding.message, "a circle of imports across folders: a.rs -> f/b.rs; f/b.rs -> a.rs");
        assert_eq!(finding.path, "x/src/a.rs");
    }
}
