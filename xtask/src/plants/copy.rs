//! A copy of the tree, in which a bug is planted and production code is built.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The copy's folder, relative to the root. It stays there between runs, so that cargo builds only the changed crates.
const FOLDER: &str = "target/plants/tree";

/// A folder with the same files as the root.
pub(crate) struct Copy {
    root: PathBuf,
    pub(crate) folder: PathBuf,
}

impl Copy {
    /// Brings the copy up to date. A file whose content is the same keeps its time: cargo goes by that.
    pub(crate) fn of(root: &Path, paths: &BTreeSet<String>) -> Result<Self> {
        let copy = Self { root: root.to_owned(), folder: root.join(FOLDER) };
        copy.remove_all_but(paths)?;
        let mut files = paths.iter().filter(|path| root.join(path).is_file());
        files.try_for_each(|path| copy.restore(path))?;
        Ok(copy)
    }

    /// Files that are gone from the root go from the copy: a source file that was deleted would still be built.
    fn remove_all_but(&self, paths: &BTreeSet<String>) -> Result<()> {
        let wanted: BTreeSet<PathBuf> = paths.iter().map(|path| self.folder.join(path)).collect();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            // The copy's own folder is missing before the first run.
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if !wanted.contains(&path) {
                    fs::remove_file(&path).with_context(|| path.display().to_string())?;
                }
            }
        }
        Ok(())
    }

    /// Gives a file the root's content.
    fn restore(&self, path: &str) -> Result<()> {
        let content = fs::read(self.root.join(path)).with_context(|| path.to_owned())?;
        self.write(path, &content)
    }

    fn write(&self, path: &str, content: &[u8]) -> Result<()> {
        let target = self.folder.join(path);
        if fs::read(&target).is_ok_and(|present| present == content) {
            return Ok(());
        }
        let folder = target.parent().context("a file stands in a folder")?;
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        fs::write(&target, content).with_context(|| target.display().to_string())
    }

    /// Runs `then` while these files of the copy are changed, and restores them.
    pub(crate) fn with<T>(&self, changed: &BTreeMap<&str, String>, then: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
        changed.iter().try_for_each(|(path, text)| self.write(path, text.as_bytes()))?;
        let outcome = then(&self.folder);
        changed.keys().try_for_each(|path| self.restore(path))?;
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A root with two files, in a folder of its own.
    fn root(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("quorate-plants-{name}-{}", std::process::id()));
        fs::create_dir_all(root.join("src")).unwrap();
        fs::write(root.join("a.toml"), "a").unwrap();
        fs::write(root.join("src/b.rs"), "b").unwrap();
        root
    }

    fn paths(paths: &[&str]) -> BTreeSet<String> {
        paths.iter().map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn files_that_are_the_same_are_not_written_again_and_others_go() {
        let root = root("again");
        let copy = Copy::of(&root, &paths(&["a.toml", "src/b.rs"])).unwrap();
        assert!(copy.folder.join("src/b.rs").exists());
        let time = || fs::metadata(copy.folder.join("a.toml")).unwrap().modified().unwrap();
        let before = time();
        Copy::of(&root, &paths(&["a.toml"])).unwrap();
        assert_eq!(time(), before);
        assert!(!copy.folder.join("src/b.rs").exists());
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_planted_file_is_restored_and_the_root_is_never_touched() {
        let root = root("restored");
        let copy = Copy::of(&root, &paths(&["a.toml", "src/b.rs"])).unwrap();
        let changed = BTreeMap::from([("src/b.rs", "bug".to_owned())]);
        let read = |folder: &Path| fs::read_to_string(folder.join("src/b.rs")).unwrap();
        let planted = copy.with(&changed, |folder| Ok([read(folder), read(&root)])).unwrap();
        assert_eq!(planted, ["bug", "b"]);
        assert_eq!(read(&copy.folder), "b");
        fs::remove_dir_all(root).unwrap();
    }
}
