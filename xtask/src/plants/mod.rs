//! `cargo xtask plants`: bugs are planted in a copy of production code, one after the other, and the simulator must find
//! each. See `docs/decisions/0022-planted-bugs-are-patches.md`.

mod copy;
mod patch;
mod slice;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::tidy::Tree;
use copy::Copy;
pub(crate) use patch::{FOLDER, Patch, name};
use slice::Slice;

/// The seeds that a bug may take. Each of today's shows within three hundred.
const SEEDS: u64 = 2_000;

/// `plants [NAME...] [--slice K/N]`: true if each of the chosen bugs was found.
pub(crate) fn run(root: &Path, words: &[&str]) -> Result<bool> {
    let tree = Tree::read(root)?;
    let chosen = choose(patches(&tree)?, words)?;
    let copy = Copy::of(root, &tree.paths)?;
    let found = chosen.iter().filter(|patch| is_found(&copy, patch, root)).count();
    eprintln!("plants: {found} of {} bugs found", chosen.len());
    Ok(found == chosen.len())
}

/// All planted bugs in the order of the files that they change, so that few crates are built between two of them.
fn patches(tree: &Tree) -> Result<Vec<Patch>> {
    let files = tree.texts.iter().filter_map(|file| Some((name(&file.path)?, file)));
    let patches = files.map(|(name, file)| Patch::parse(name, &file.text).with_context(|| file.path.clone()));
    let mut patches = patches.collect::<Result<Vec<_>>>()?;
    patches.sort_by(|a, b| a.hunks[0].file.cmp(&b.hunks[0].file));
    Ok(patches)
}

/// Those that are named, or the K-th of N slices, or all.
fn choose(patches: Vec<Patch>, words: &[&str]) -> Result<Vec<Patch>> {
    match words {
        [] => Ok(patches),
        ["--slice", slice] => Ok(Slice::parse(slice)?.of(patches)),
        names => {
            let unknown = names.iter().find(|name| !patches.iter().any(|patch| patch.name == **name));
            ensure!(unknown.is_none(), "no planted bug has the name `{}`", unknown.unwrap_or(&""));
            Ok(patches.into_iter().filter(|patch| names.contains(&patch.name.as_str())).collect())
        }
    }
}

/// Plants a bug, searches for it, and prints the outcome in a line.
fn is_found(copy: &Copy, patch: &Patch, root: &Path) -> bool {
    let outcome = plant(copy, patch, root);
    match &outcome {
        Ok(Some(how)) => println!("{}: {how}", patch.name),
        Ok(None) => println!("{}: NOT FOUND in {SEEDS} seeds of {}: {}", patch.name, patch.series, patch.bug),
        Err(error) => println!("{}: {error:#}", patch.name),
    }
    matches!(outcome, Ok(Some(_)))
}

/// The first seed that shows the bug, if there is one, and the failure.
fn plant(copy: &Copy, patch: &Patch, root: &Path) -> Result<Option<String>> {
    let changed = patch.apply(|path| fs::read_to_string(root.join(path)).ok())?;
    copy.with(&changed, |folder| {
        build(folder, root)?;
        search(patch, root)
    })
}

/// The simulator's program that runs seeds until one fails.
const SEARCH: &str = "first_failure";

/// Builds the search in the copy. The target folder is the root's: dependencies from the registry are built there already.
fn build(folder: &Path, root: &Path) -> Result<()> {
    let mut command = crate::cargo_command();
    command.args(["build", "--quiet", "--locked", "--package", "quorate-simulator", "--example", SEARCH]);
    command.current_dir(folder).env("CARGO_TARGET_DIR", root.join("target")).env("CARGO_INCREMENTAL", "1");
    let output = command.output().context("cargo does not start")?;
    // Warnings are not shown: a bug may leave code that nothing reaches.
    ensure!(output.status.success(), "does not build:\n{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn search(patch: &Patch, root: &Path) -> Result<Option<String>> {
    let program = root.join("target/debug/examples").join(SEARCH);
    let mut command = Command::new(&program);
    command.args([patch.series.as_str(), &SEEDS.to_string()]);
    let output = command.output().with_context(|| program.display().to_string())?;
    match output.status.code() {
        Some(0) => Ok(Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())),
        Some(1) => Ok(None),
        _ => bail!("the search ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Vec<Patch> {
        let text = "Bug: b\nThreats: T-A1\nSeries: full\n\n+++ b/a.rs\n@@ -1 +1 @@\n-a\n+b\n";
        names.iter().map(|name| Patch::parse(name, text).unwrap()).collect()
    }

    fn chosen(words: &[&str]) -> Vec<String> {
        let chosen = choose(named(&["a", "b", "c", "d", "e"]), words).unwrap();
        chosen.into_iter().map(|patch| patch.name).collect()
    }

    #[test]
    fn all_are_tried_or_a_slice_or_those_named() {
        assert_eq!(chosen(&[]), ["a", "b", "c", "d", "e"]);
        assert_eq!(chosen(&["d", "a"]), ["a", "d"]);
        assert_eq!(chosen(&["--slice", "1/2"]), ["a", "b"]);
    }

    #[test]
    fn a_name_that_no_bug_has_is_refused() {
        assert!(choose(named(&["a"]), &["a", "b"]).is_err());
    }
}
