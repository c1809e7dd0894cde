//! The files that the rules judge: those that git tracks, and those that it would track after `git add`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use proc_macro2::TokenStream;

use super::finding::Finding;

/// Paths are relative to the root, with `/` between the parts.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Every file, text or not.
    pub(crate) paths: BTreeSet<String>,
    pub(crate) texts: Vec<TextFile>,
}

#[derive(Debug)]
pub(crate) struct TextFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A Rust file that parses, as tokens (which also show the inside of macro calls) and as syntax.
pub(crate) struct RustFile {
    pub(crate) path: String,
    pub(crate) lines: usize,
    pub(crate) tokens: TokenStream,
    pub(crate) syntax: syn::File,
}

impl Tree {
    /// Files not yet added count too, so that a finding comes before the commit and not after it.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let args = ["ls-files", "-z", "--cached", "--others"];
        let output = Command::new("git")
            .args(args)
            .arg("--exclude-standard")
            .current_dir(root)
            .output()
            .context("git ls-files")?;
        ensure!(output.status.success(), "git ls-files: {}", output.status);
        let listed = String::from_utf8(output.stdout).context("a path is not UTF-8")?;
        let mut tree = Self::default();
        for path in listed.split_terminator('\0') {
            tree.read_file(root, path)?;
        }
        Ok(tree)
    }

    fn read_file(&mut self, root: &Path, path: &str) -> Result<()> {
        let on_disk = root.join(path);
        // Deleted but not yet committed as deleted.
        if !on_disk.exists() || !self.paths.insert(path.to_owned()) {
            return Ok(());
        }
        if on_disk.is_file() {
            let bytes = fs::read(&on_disk).with_context(|| path.to_owned())?;
            self.add(path, bytes);
        }
        Ok(())
    }

    fn add(&mut self, path: &str, bytes: Vec<u8>) {
        if let Ok(text) = String::from_utf8(bytes)
            && !text.contains('\0')
        {
            let path = path.to_owned();
            self.texts.push(TextFile { path, text });
        }
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        let file = self.texts.iter().find(|file| file.path == path)?;
        Some(&file.text)
    }

    pub(crate) fn parse_rust(&self) -> (Vec<RustFile>, Vec<Finding>) {
        let (mut parsed, mut findings) = (Vec::new(), Vec::new());
        for file in self.texts.iter().filter(|file| file.path.ends_with(".rs")) {
            match RustFile::parse(file) {
                Ok(rust) => parsed.push(rust),
                Err(error) => findings.push(unparsable(file, &error)),
            }
        }
        (parsed, findings)
    }
}

impl RustFile {
    fn parse(file: &TextFile) -> syn::Result<Self> {
        let tokens: TokenStream = file.text.parse()?;
        Ok(Self {
            path: file.path.clone(),
            lines: file.text.lines().count(),
            syntax: syn::parse2(tokens.clone())?,
            tokens,
        })
    }
}

fn unparsable(file: &TextFile, error: &syn::Error) -> Finding {
    let message = format!("does not parse: {error}");
    Finding::error(&file.path, "syntax", message, "make it compile").at(error.span().start().line)
}

#[cfg(test)]
impl Tree {
    /// A tree out of (path, text) pairs.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.paths.insert((*path).to_owned());
            tree.add(path, text.as_bytes().to_vec());
        }
        tree
    }

    /// The parsed form of a tree that holds one Rust file.
    pub(crate) fn rust(path: &str, text: &str) -> Vec<RustFile> {
        let (rust, findings) = Self::of(&[(path, text)]).parse_rust();
        assert_eq!(findings, []);
        rust
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_does_not_parse_is_found_with_its_line() {
        let (rust, findings) = Tree::of(&[("a.rs", "fn a() {}\nfn fn b() {}\n")]).parse_rust();
        assert!(rust.is_empty());
        assert_eq!((findings[0].rule, findings[0].line), ("syntax", 2));
    }

    #[test]
    fn binary_files_have_a_path_but_no_text() {
        let tree = Tree::of(&[("logo.png", "\u{0}PNG")]);
        assert!(tree.paths.contains("logo.png"));
        assert_eq!(tree.text("logo.png"), None);
    }
}
