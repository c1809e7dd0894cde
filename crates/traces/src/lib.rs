//! Typing as it was recorded (<https://github.com/josephg/editing-traces>), for tests alone.
//!
//! The traces lie in `QUORATE_DATA`, or in `../shared/data` beside the checkout, and are not copied. Where they are not,
//! a test says that it is skipped.

use std::env;
use std::fs::File;
use std::io::Read;
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

/// Where a trace lies. Without it this tells that the test is skipped, and gives nothing.
#[must_use]
pub fn path(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = env::var_os("QUORATE_DATA").map_or(beside, PathBuf::from);
    let path = data.join("editing-traces").join(format!("{name}.json.gz"));
    if path.exists() {
        return Some(path);
    }
    println!("skipped: there is no {}; set QUORATE_DATA to the folder with editing-traces", path.display());
    None
}

/// A trace, if it is there.
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
