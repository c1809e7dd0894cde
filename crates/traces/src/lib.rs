//! Recorded editing sessions (<https://github.com/josephg/editing-traces>), for tests and measurements alone.
//!
//! Words: [glossary](../../../docs/glossary.md).
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
    /// The number of concurrent authors; 0 for a trace of one author, whose transactions are in sequence.
    #[serde(default)]
    pub num_agents: usize,
    /// The transactions, each after its parents.
    #[serde(rename = "txns")]
    pub transactions: Vec<Transaction>,
    /// The final text.
    pub end_content: String,
}

/// Changes that one author made together.
#[derive(Debug, Clone, Deserialize)]
pub struct Transaction {
    /// The number of the author, from 0.
    #[serde(default)]
    pub agent: usize,
    /// The numbers of the last transactions that the author had seen; they imply those before them.
    #[serde(default)]
    pub parents: Vec<usize>,
    /// The changes in order; positions are those after the earlier changes.
    pub patches: Vec<Replacement>,
}

/// A replacement of characters. In the file it is an array of the three.
#[derive(Debug, Clone, Deserialize)]
pub struct Replacement {
    /// The position of the first character, in Unicode scalar values.
    pub at: u32,
    /// How many characters are removed.
    pub removed: u32,
    /// The characters that are inserted instead.
    pub inserted: String,
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

/// Prints `skipped: why`, even though the test harness hides the output of tests that pass: it captures the print macros, but
/// not direct writes to standard error.
pub fn skipped(why: &str) {
    // Without a standard error there is no reader either.
    let _unread = writeln!(std::io::stderr(), "skipped: {why}");
}

/// A trace. If there is none, the test is skipped.
///
/// # Panics
///
/// If the file is not a trace.
#[must_use]
pub fn read(name: &str) -> Option<Trace> {
    let mut text = String::new();
    GzDecoder::new(File::open(path(name)?).unwrap()).read_to_string(&mut text).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}
