//! A reader of recorded editing sessions in the format of github.com/josephg/editing-traces, plain or compressed with gzip.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::GzDecoder;
use quorate_cli::error::file_error;
use serde::Deserialize;

use super::error::TraceError;
use crate::error::LabError;

/// Most bytes of a decompressed trace: the longest published one has 30 MB.
const TRACE_BYTES: u64 = 256 << 20;
/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A recorded editing session.
#[derive(Debug)]
pub(super) struct RecordedTrace {
    /// The initial text.
    pub(super) start: String,
    /// The recorded final text; `None` if only the first transactions are read.
    pub(super) end: Option<String>,
    pub(super) transactions: Vec<RecordedTransaction>,
}

/// Changes that one agent made together.
#[derive(Debug)]
pub(super) struct RecordedTransaction {
    pub(super) agent: usize,
    /// Indices of its parents, all smaller than its own.
    pub(super) parents: Vec<usize>,
    pub(super) patches: Vec<RecordedPatch>,
}

/// A change of the text of the agent. Positions and counts are in Unicode scalar values.
#[derive(Debug, Deserialize)]
#[serde(from = "(u32, u32, String)")]
pub(super) struct RecordedPatch {
    pub(super) at: u32,
    pub(super) removed: u32,
    pub(super) inserted: String,
}

impl From<(u32, u32, String)> for RecordedPatch {
    fn from((at, removed, inserted): (u32, u32, String)) -> Self {
        Self { at, removed, inserted }
    }
}

/// The file. Without `kind` it is sequential: each transaction follows the one before.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TraceFile {
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    start_content: String,
    end_content: String,
    txns: Vec<TransactionEntry>,
}

#[derive(Deserialize)]
struct TransactionEntry {
    #[serde(default)]
    agent: usize,
    #[serde(default)]
    parents: Vec<usize>,
    patches: Vec<RecordedPatch>,
}

/// Reads a trace, or its first `limit` transactions.
pub(super) fn read(path: &Path, limit: Option<usize>) -> Result<RecordedTrace, LabError> {
    let mut file = BufReader::new(File::open(path).map_err(file_error(path))?);
    let mut first = Vec::new();
    file.by_ref().take(2).read_to_end(&mut first).map_err(file_error(path))?;
    let compressed = first == GZIP;
    let whole = first.as_slice().chain(file);
    let mut text = Vec::new();
    let read = if compressed {
        GzDecoder::new(whole).take(TRACE_BYTES).read_to_end(&mut text)
    } else {
        whole.take(TRACE_BYTES).read_to_end(&mut text)
    };
    read.map_err(file_error(path))?;
    Ok(parse(&text, path, limit)?)
}

pub(super) fn parse(text: &[u8], path: &Path, limit: Option<usize>) -> Result<RecordedTrace, TraceError> {
    let recorded: Result<TraceFile, _> = serde_json::from_slice(text);
    let recorded = recorded.map_err(|source| TraceError::Syntax { path: path.to_owned(), source })?;
    let concurrent = match recorded.kind.as_deref() {
        None | Some("sequential") => false,
        Some("concurrent") => true,
        Some(kind) => return Err(TraceError::Kind { path: path.to_owned(), kind: kind.to_owned() }),
    };
    let all = recorded.txns.len();
    let limit = limit.unwrap_or(all);
    let transactions = recorded.txns.into_iter().take(limit).enumerate().map(|(place, recorded)| {
        let before = || place.checked_sub(1).into_iter().collect();
        let parents: Vec<usize> = if concurrent { recorded.parents } else { before() };
        if let Some(&parent) = parents.iter().find(|parent| **parent >= place) {
            return Err(TraceError::Parent { transaction: place, parent });
        }
        Ok(RecordedTransaction { agent: recorded.agent, parents, patches: recorded.patches })
    });
    Ok(RecordedTrace {
        start: recorded.start_content,
        end: (limit >= all).then_some(recorded.end_content),
        transactions: transactions.collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, limit: Option<usize>) -> Result<RecordedTrace, String> {
        parse(text.as_bytes(), "t.json".as_ref(), limit).map_err(|error| error.to_string())
    }

    #[test]
    fn a_sequential_trace_is_one_agent_s_and_its_beginning_has_no_end() {
        let text = r#"{"startContent": "s", "endContent": "sab", "using": 1,
            "txns": [{"time": "t", "patches": [[1, 0, "a"]]}, {"patches": [[2, 0, "b"], [0, 1, ""]]}]}"#;
        let trace = parsed(text, None).unwrap();
        assert_eq!((trace.start.as_str(), trace.end.as_deref()), ("s", Some("sab")));
        let parents: Vec<_> = trace.transactions.iter().map(|one| (one.agent, one.parents.clone())).collect();
        assert_eq!(parents, [(0, vec![]), (0, vec![0])]);
        let patch = &trace.transactions[1].patches[1];
        assert_eq!((patch.at, patch.removed, patch.inserted.as_str()), (0, 1, ""));
        let beginning = parsed(text, Some(1)).unwrap();
        assert_eq!((beginning.transactions.len(), beginning.end), (1, None));
    }

    #[test]
    fn what_is_no_trace_is_told() {
        let with = |kind: &str, parents: &str| {
            format!(
                r#"{{"kind": "{kind}", "endContent": "", "txns": [{{"agent": 0, "parents": {parents}, "patches": []}}]}}"#
            )
        };
        assert!(parsed(&with("concurrent", "[]"), None).is_ok());
        assert_eq!(
            parsed(&with("concurrent", "[0]"), None).unwrap_err(),
            "transaction 0 has the parent 0, which does not precede it"
        );
        assert!(parsed(&with("other", "[]"), None).unwrap_err().contains("\"other\""));
        assert!(parsed("{}", None).unwrap_err().contains("endContent"));
    }
}
