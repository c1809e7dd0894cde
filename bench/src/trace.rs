//! Recorded editing sessions in the format of <https://github.com/josephg/editing-traces>.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde::Deserialize;

/// The traces that are measured if the command line names none.
pub const TRACES: [&str; 5] =
    ["automerge-paper", "automerge-paper*10", "sveltecomponent", "friendsforever_flat", "friendsforever"];

/// A replacement: the position, the number of removed characters, and the inserted ones. Positions count Unicode scalar
/// values.
#[derive(Debug, Clone, Deserialize)]
pub struct Patch(pub usize, pub usize, pub String);

/// The changes that one writer made at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// The transactions that its writer had seen last; absent in a trace of one writer.
    #[serde(default)]
    pub parents: Vec<usize>,
    #[serde(default)]
    pub agent: usize,
    pub patches: Vec<Patch>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    #[serde(default)]
    start_content: String,
    pub end_content: String,
    #[serde(default)]
    kind: String,
    pub txns: Vec<Transaction>,
}

impl Trace {
    /// Reads a trace by name from `$QUORATE_DATA`, or from `shared/data` beside the checkout; `NAME*10` is one of a single
    /// writer, typed ten times over.
    pub fn read(name: &str) -> Result<Self, Box<dyn Error>> {
        match name.split_once('*') {
            Some((name, times)) => Ok(Self::read_once(name)?.repeated(times.parse()?)),
            None => Self::read_once(name),
        }
    }

    fn read_once(name: &str) -> Result<Self, Box<dyn Error>> {
        let path = folder().join("editing-traces").join(format!("{name}.json.gz"));
        let file = File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let trace: Self = serde_json::from_reader(std::io::BufReader::new(GzDecoder::new(file)))?;
        if trace.start_content.is_empty() { Ok(trace) } else { Err(format!("{name} starts with a text").into()) }
    }

    /// The same typing over and over, each time at the end of the text.
    fn repeated(mut self, times: usize) -> Self {
        let len = self.end_content.chars().count();
        let moved = |txn: &Transaction, by| {
            let patches = txn.patches.iter().map(|Patch(at, gone, come)| Patch(at + by, *gone, come.clone()));
            Transaction { patches: patches.collect(), ..txn.clone() }
        };
        let txns = (0..times).flat_map(|time| self.txns.iter().map(move |txn| moved(txn, time * len)));
        self.txns = txns.collect();
        self.end_content = self.end_content.repeat(times);
        self
    }

    /// Whether several people wrote concurrently.
    pub fn is_concurrent(&self) -> bool {
        self.kind == "concurrent"
    }

    pub fn agents(&self) -> usize {
        self.txns.iter().map(|txn| txn.agent).max().map_or(0, |last| last + 1)
    }

    /// All patches of a trace of one writer, in order.
    pub fn patches(&self) -> Vec<Patch> {
        self.txns.iter().flat_map(|txn| txn.patches.iter().cloned()).collect()
    }

    /// For each transaction, the earlier ones that its writer had seen and its replica does not hold yet, in order.
    pub fn deliveries(&self) -> Vec<Vec<usize>> {
        let mut known = vec![vec![false; self.txns.len()]; self.agents()];
        let mut deliveries = Vec::with_capacity(self.txns.len());
        for (number, txn) in self.txns.iter().enumerate() {
            let known = &mut known[txn.agent];
            let (mut fresh, mut pending) = (BTreeSet::new(), txn.parents.clone());
            while let Some(seen) = pending.pop() {
                if !known[seen] && fresh.insert(seen) {
                    pending.extend(&self.txns[seen].parents);
                }
            }
            fresh.iter().for_each(|seen| known[*seen] = true);
            known[number] = true;
            deliveries.push(fresh.into_iter().collect());
        }
        deliveries
    }
}

/// Patches of one writer's text, with positions in UTF-8 bytes.
pub fn in_bytes(start: &str, patches: &[Patch]) -> Vec<Patch> {
    let mut text: Vec<char> = start.chars().collect();
    if text.iter().all(char::is_ascii) && patches.iter().all(|patch| patch.2.is_ascii()) {
        return patches.to_vec();
    }
    let bytes = |chars: &[char]| chars.iter().map(|char| char.len_utf8()).sum::<usize>();
    let convert = |Patch(at, removed, inserted): &Patch| {
        let patch = Patch(bytes(&text[..*at]), bytes(&text[*at..at + removed]), inserted.clone());
        text.splice(*at..at + removed, inserted.chars());
        patch
    };
    patches.iter().map(convert).collect()
}

fn folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    std::env::var_os("QUORATE_DATA").map_or_else(beside, PathBuf::from)
}
