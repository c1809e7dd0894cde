//! `quorate import`: a JSON file into a document.
//!
//! With `--array-key` the file's array becomes an object, named by that key of each record, and every record is a write of
//! its own, round robin over the nodes, several on their way at a time. A record whose answer was lost is sent again,
//! perhaps to another node: it sets a value at a name, so that twice is once.

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
    /// The file holds no records that can be named.
    #[error("{}: {source}", path.display())]
    Records {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: RecordError,
    },
    /// A record was refused, or no node took it in time.
    #[error("{acknowledged} of {records} records are acknowledged; {key:?} is not: {source}")]
    Unacknowledged {
        /// How many are written.
        acknowledged: usize,
        /// How many there are.
        records: usize,
        /// The record that is not.
        key: String,
        /// What the last node answered.
        source: Box<HttpError>,
    },
}

impl ImportError {
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Syntax { .. } => "the file must be one JSON value in UTF-8",
            Self::Records { .. } => {
                "name a key that every record has, each with another value; or leave --array-key out"
            }
            Self::Unacknowledged { .. } => {
                "start the nodes that are away, and import the same file again: what is written stays"
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
    let told = json!({ "document": args.doc, "records": records.len(), "events": sent.events.len() });
    output.answer(&told, || {
        let (records, events) = (records.len(), sent.events.len());
        format!("{records} records acknowledged, in {events} events: {}", args.doc)
    })?;
    Ok(Exit::Done)
}

/// The file as it is, at the first node that takes it.
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
