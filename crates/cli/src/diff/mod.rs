//! `quorate diff`: the differences between two states of a document.

mod compare;
mod lines;

use serde_json::{Value, json};

use self::compare::{Difference, differences};
use super::args::DiffArgs;
use super::documents::read_at;
use super::error::CliError;
use super::http::{Client, HttpError};
use super::output::Printer;
use super::token::ClientOptions;
use crate::exit::Exit;

/// `diff`.
pub(crate) fn diff(args: &DiffArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let client = access.reader()?;
    let from = value(&client, &args.doc, &args.from.query)?;
    let to = value(&client, &args.doc, &args.to.query)?;
    let found = differences(&from, &to);
    let report = json!({ "document": args.doc, "from": args.from.name, "to": args.to.name, "changes": found });
    output.answer(&report, || match &found[..] {
        [] => format!("nothing differs between {} and {}", args.from.name, args.to.name),
        found => found.iter().map(Difference::show).collect(),
    })?;
    Ok(Exit::Done)
}

/// A document without writes at that moment is the empty object. A moment that the node does not know is an error.
fn value(client: &Client, document: &str, query: &str) -> Result<Value, HttpError> {
    match read_at(client, document, query) {
        Ok(mut answer) => Ok(answer["value"].take()),
        Err(HttpError::Refused { status: 404, code, .. }) if code == "unknown_document" => Ok(json!({})),
        Err(error) => Err(error),
    }
}
