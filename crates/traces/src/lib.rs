//! Recorded editing sessions (<https://github.com/josephg/editing-traces>), for tests and measurements alone.
//!
//! The recordings are not part of the repository. They lie below the folder that `QUORATE_DATA` names, or below
//! `../shared/data` beside the checkout. A test that does not find its recording is skipped, and [`skipped`] shows that.

use std::env;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde::Deserialize;

/// A recorded session, and the text that it ended with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// How many people typed at once; nothing if there was but one, whose transactions follow one another.
    #[serde(default)]
    pub num_agents: usize,
    /// What was typed, each after its parents.
    #[serde(rename = "txns")]
    pub transactions: Vec<Transaction>,
    /// The text when all of it was typed.
    pub end_content: String,
}

/// What one person did at once.
#[derive(Debug, Clone, Deserialize)]
pub struct Transaction {
    /// Who typed.
    #[serde(default)]
    pub agent: usize,
    /// What was seen: the numbers of the last transactions, which stand for all before them.
    #[serde(default)]
    pub parents: Vec<usize>,
    /// In order, each on the text that the one before left.
    pub patches: Vec<Patch>,
}

/// Position, characters removed, characters inserted: Unicode scalar values.
pub type Patch = (u32, u32, String);

/// The file of a trace. If there is none, the test is skipped.
#[must_use]
pub fn path(name: &str) -> Option<PathBuf> {
    data(&format!("editing-traces/{name}.json.gz"))
}

/// A file of the data folder. If there is none, the test is skipped.
#[must_use]
pub fn data(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = env::var_os("QUORATE_DATA").map_or(beside, PathBuf::from).join(name);
    if path.exists() {
        return Some(path);
    }
    skipped(&format!("there is no {}; QUORATE_DATA names the folder", path.display()));
    None
}

/// Prints `skipped: why`, also where the test harness hides the output of tests that pass: it captures the macros that print,
/// and not what is written to standard error directly.
pub fn skipped(why: &str) {
    // Without a standard error there is no reader either.
    let _unread = writeln!(std::io::stderr(), "skipped: {why}");
}

/// A trace. If there is none, the test is skipped.
///
/// # Panics
///
/// If the file is no trace.
#[must_use]
pub fn read(name: &str) -> Option<Trace> {
    let mut text = String::new();
    GzDecoder::new(File::open(path(name)?).unwrap()).read_to_string(&mut text).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}
