//! `quorate import`: writes a JSON file into a document.
//!
//! With `--array-key` the array becomes an object whose keys are the values of that key. Each record is a separate write;
//! writes go to the nodes in turn, several concurrently. A record whose answer was lost is sent again, perhaps to another
//! node. This is safe because a write sets the value of one key, so that repeating it changes nothing.

pub(crate) mod error;
mod records;
mod send;

use std::fs;

use serde_json::{Value, json};

pub use error::ImportError;
pub use records::RecordError;

use super::args::ImportArgs;
use super::documents::{tell_write, write_path};
use super::error::{CliError, file_error};
use super::http::WriteRequest;
use super::output::Printer;
use super::token::ClientOptions;
use crate::exit::Exit;

/// `import`.
pub(crate) fn import(args: &ImportArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
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
fn whole(args: &ImportArgs, clients: &[super::http::Client], text: &[u8], output: &Printer) -> Result<Exit, CliError> {
    let path = write_path(&args.doc, None, "durable", args.timeout_ms);
    let mut last = None;
    for client in clients {
        let sent = client.change(&WriteRequest {
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
