//! `quorate edit`: edits of texts, lists and counters, JSON Patch and merge patch.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use serde_json::Value;

use super::args::EditArgs;
use super::documents::{tell_write, wait_word, write_path};
use super::error::{CliError, file_error};
use super::http::WriteRequest;
use super::output::Printer;
use super::token::ClientOptions;
use crate::exit::Exit;

/// Media type of the edits of texts, lists and counters.
pub(crate) const EDITS: &str = "application/vnd.quorate.edits+json";
const JSON_PATCH: &str = "application/json-patch+json";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// `edit`.
pub(crate) fn edit(args: &EditArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let content_type = match (args.json_patch, args.merge_patch) {
        (true, _) => JSON_PATCH,
        (_, true) => MERGE_PATCH,
        _ => EDITS,
    };
    let body = whole(&args.edits)?;
    // A syntax error is reported with its place before the request. The node checks the edits more strictly.
    let edits: Value = serde_json::from_slice(&body).map_err(|source| CliError::Edits { source })?;
    if content_type != MERGE_PATCH && !edits.is_array() {
        return Err(CliError::NotAList);
    }
    let answer = access.writer()?.change(&WriteRequest {
        method: "PATCH",
        path: &write_path(&args.doc, None, wait_word(args.wait.wait), args.wait.timeout_ms),
        content_type,
        body: &body,
        if_match: args.if_match.as_deref(),
        timeout_ms: args.wait.timeout_ms,
    })?;
    tell_write(&answer, output)
}

/// The content of the argument, of the file that it names, or of standard input.
fn whole(argument: &str) -> Result<Vec<u8>, CliError> {
    let mut bytes = Vec::new();
    match argument.strip_prefix('@') {
        Some(file) => bytes = fs::read(file).map_err(file_error(Path::new(file)))?,
        None if argument == "-" => {
            io::stdin().lock().read_to_end(&mut bytes).map_err(file_error("-".as_ref()))?;
        }
        None => bytes.extend_from_slice(argument.as_bytes()),
    }
    Ok(bytes)
}
