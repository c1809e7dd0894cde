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

/// A recorded session, and its final text.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// The number of concurrent authors; 0 for a single author, whose transactions follow one another.
    #[serde(default)]
    pub num_agents: usize,
    /// The changes, each after its parents.
    #[serde(rename = "txns")]
    pub transactions: Vec<Transaction>,
    /// The text after all transactions.
    pub end_content: String,
}

/// The changes that one author made at once.
#[derive(Debug, Clone, Deserialize)]
pub struct Transaction {
    /// The number of the author.
    #[serde(default)]
    pub agent: usize,
    /// The version that the author saw: the numbers of its last transactions, which include all before them.
    #[serde(default)]
    pub parents: Vec<usize>,
    /// In order, each on the text after the previous one.
    pub patches: Vec<Replacement>,
}

/// One replacement in a text. Positions and lengths count Unicode scalar values.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "(u32, u32, String)")]
pub struct Replacement {
    /// Where it begins.
    pub at: u32,
    /// How many characters it removes.
    pub removed: u32,
    /// The characters that it inserts.
    pub inserted: String,
}

impl From<(u32, u32, String)> for Replacement {
    fn from((at, removed, inserted): (u32, u32, String)) -> Self {
        Self { at, removed, inserted }
    }
}

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
