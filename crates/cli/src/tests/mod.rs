//! What is typed, and what becomes of it.

mod commands;
mod looking_back;
mod nodes;
mod server;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use clap::Parser;

use super::args::Cli;

/// A directory of one test, removed afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("quorate-cli-{}-{count}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _left = fs::remove_dir_all(&self.0);
    }
}

/// The words of a command line, `HOME` standing for the scratch directory.
fn parse(line: &str, home: &Path) -> Result<Cli, clap::Error> {
    let home = home.display().to_string();
    let words = line.split_whitespace().map(|word| word.replace("HOME", &home));
    Cli::try_parse_from(std::iter::once("quorate".to_owned()).chain(words))
}

/// Runs a command line as the binary does, and returns its exit code.
fn run(line: &str, home: &Path) -> u8 {
    let home = home.display().to_string();
    let words = line.split_whitespace().map(|word| word.replace("HOME", &home).into());
    crate::dispatch::run(std::iter::once("quorate".into()).chain(words).collect())
}
