//! `quorate import`: writes a JSON file into a document.
//!
//! With `--array-key` the array becomes an object whose keys are the values of that key. Each record is a separate write;
//! writes go to the nodes in turn, several concurrently. A record whose answer was lost is sent again, perhaps to another
//! node. This is safe because a write sets the value of one key, so that repeating it changes nothing.

mod records;
mod send;

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

pub use records::RecordError;

use super::Exit;
use super::args::ImportArgs;
use super::documents::{tell_write, write_path};
use super::error::{CliError, file_error};
use super::http::{Change, HttpError};
use super::output::Output;
use super::token::Access;

/// Why an import did not finish. Sending the same file again completes it.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is not JSON.
    #[error("{} is not JSON: {source}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Where, and what was expected.
        source: serde_json::Error,
    },
    /// The file holds no records with usable keys.
    #[error("{}: {source}", path.display())]
    Records {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: RecordError,
    },
    /// A record was refused, or no node acknowledged it in time.
    #[error("{acknowledged} of {records} records are acknowledged; {key:?} is not: {source}")]
    Unacknowledged {
        /// The number of acknowledged records.
        acknowledged: usize,
        /// The number of records.
        records: usize,
        /// The key of the failed record.
        key: String,
        /// The error of the last node.
        source: Box<HttpError>,
    },
}

impl ImportError {
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Syntax { .. } => "the file must be one JSON value in UTF-8",
            Self::Records { .. } => "name a key that every record has with a different value, or leave --array-key out",
            Self::Unacknowledged { .. } => {
                "start the nodes that are offline, and import the same file again: acknowledged records are not written twice"
            }
        };
        Some(hint.to_owned())
    }
}

/// `import`.
pub(crate) fn import(args: &ImportArgs, access: &Access, output: &Output) -> Result<Exit, CliError> {
    let text = fs::read(&args.file).map_err(file_error(&args.file))?;
    let file: Value =
        serde_json::from_slice(&text).map_err(|source| ImportError::Syntax { path: args.file.clone(), source })?;
    let urls = access.urls(&args.urls);
    let clients = urls.iter().map(|url| access.writer_at(url));
    let clients = clients.collect::<Result<Vec<_>, _>>()?;
    let Some(key) = &args.array_key else {
        return whole(args, &clients, &text, output);
    };
    let records =
        records::records(file, key).map_err(|source| ImportError::Records { path: args.file.clone(), source })?;
    let sent = send::send(args, &clients, &records, *output)?;
    let report = json!({ "document": args.doc, "records": records.len(), "events": sent.events.len() });
    output.answer(&report, || {
        let (records, events) = (records.len(), sent.events.len());
        format!("{records} records acknowledged, in {events} events: {}", args.doc)
    })?;
    Ok(Exit::Done)
}

/// Writes the whole file at the first node that accepts it.
fn whole(args: &ImportArgs, clients: &[super::http::Client], text: &[u8], output: &Output) -> Result<Exit, CliError> {
    let path = write_path(&args.doc, None, "durable", args.timeout_ms);
    let mut last = None;
    for client in clients {
        let sent = client.change(&Change {
            method: "PUT",
            path: &path,
            content_type: "application/json",
            body: text,
            if_match: None,
            timeout_ms: args.timeout_ms,
        });
        match sent {
            Ok(answer) => return tell_write(&answer, output),
            Err(error) if error.may_pass() => last = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    last.map_or(Ok(Exit::Done), |error| Err(error.into()))
}
