//! `quorate put`, `get`, `docs` and `watch`.

use std::io::{self, Read};
use std::ops::ControlFlow;

use serde_json::{Value, json};

use super::args::{DocsArgs, GetArgs, LevelArg, PutArgs, WaitArg, WatchArgs};
use super::error::{CliError, file_error};
use super::follow::{DocumentUpdate, follow};
use super::http::{Client, HttpAnswer, HttpError, WriteRequest, escaped};
use super::output::Printer;
use super::patches::patch_text;
use super::token::ClientOptions;
use super::view::{NodeNames, inline, list, number, plain, short_ids, table, text};
use crate::exit::Exit;

/// The longest timeout that a node accepts.
pub(crate) const TIMEOUT_MS: u64 = 300_000;

/// `put`.
pub(crate) fn put(args: &PutArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let (pointer, value) = args.pointer_and_value();
    let value: Value = if value == "-" {
        let mut bytes = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut bytes);
        read.map_err(file_error("-".as_ref()))?;
        parsed(&bytes)?
    } else {
        parsed(value.as_bytes())?
    };
    let pointer = pointer.map(|pointer| ("pointer", pointer));
    let wait = wait_word(args.wait.wait);
    let path = write_path(&args.doc, pointer, wait, args.wait.timeout_ms);
    let answer = access.writer()?.change(&WriteRequest {
        method: "PUT",
        path: &path,
        content_type: "application/json",
        body: value.to_string().as_bytes(),
        if_match: None,
        timeout_ms: args.wait.timeout_ms,
    })?;
    tell_write(&answer, output)
}

/// The outcome of a write, and whether it reached the requested level.
pub(crate) fn tell_write(answer: &HttpAnswer, output: &Printer) -> Result<Exit, CliError> {
    let body = &answer.body;
    output.answer(body, || {
        let events = short_ids(list(body, "/events"));
        let events = if events.is_empty() { "nothing to change".to_owned() } else { events };
        let milestone = number(body, "/milestone").map(|height| format!(", M{height}"));
        let level = text(body, "/level");
        let late = if answer.status == 202 { "; not final yet, see `quorate status`" } else { "" };
        format!("{events}: {level}{}{late}", milestone.unwrap_or_default())
    })?;
    Ok(if answer.status == 202 { Exit::Degraded } else { Exit::Done })
}

/// The path of a write to `document`.
pub fn write_path(document: &str, more: Option<(&str, &str)>, wait: &str, timeout_ms: u64) -> String {
    let more = more.map(|(key, value)| format!("&{key}={}", escaped(value)));
    let more = more.unwrap_or_default();
    let document = escaped(document);
    let timeout_ms = timeout_ms.min(TIMEOUT_MS);
    format!("/v1/docs/{document}?wait={wait}&timeout_ms={timeout_ms}{more}")
}

pub(crate) const fn wait_word(wait: WaitArg) -> &'static str {
    match wait {
        WaitArg::Durable => "durable",
        WaitArg::Final => "final",
    }
}

fn parsed(text: &[u8]) -> Result<Value, CliError> {
    serde_json::from_slice(text).map_err(|source| CliError::Value { source })
}

/// `get`.
pub(crate) fn get(args: &GetArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let client = access.reader()?;
    let answer = match &args.at {
        Some(at) => read_at(&client, &args.doc, &at.query)?,
        None => read(&client, &args.doc, args.level)?,
    };
    let Some(pointer) = &args.pointer else {
        output.answer(&answer, || pretty(&answer["value"]))?;
        return Ok(Exit::Done);
    };
    let missing = || CliError::NothingThere { document: args.doc.clone(), pointer: pointer.clone() };
    let value = answer["value"].pointer(pointer).ok_or_else(missing)?;
    let mut report = answer.clone();
    report["value"] = value.clone();
    report["pointer"] = json!(pointer);
    output.answer(&report, || pretty(value))?;
    Ok(Exit::Done)
}

/// A document at a level.
pub fn read(client: &Client, document: &str, level: LevelArg) -> Result<Value, HttpError> {
    read_at(client, document, &format!("level={}", level_word(level)))
}

/// A document at a moment, which is given as a query.
pub(crate) fn read_at(client: &Client, document: &str, moment: &str) -> Result<Value, HttpError> {
    client.get(&format!("/v1/docs/{}?{moment}", escaped(document)))
}

const fn level_word(level: LevelArg) -> &'static str {
    match level {
        LevelArg::Merged => "merged",
        LevelArg::Final => "final",
    }
}

/// `docs`.
pub(crate) fn docs(args: &DocsArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let documents = documents(&access.reader()?, args.level)?;
    let report = json!({ "level": level_word(args.level), "documents": documents });
    output.answer(&report, || {
        let rows = documents.iter().map(|found| vec![text(found, "/name").to_owned(), inline(&found["digest"])]);
        match &rows.collect::<Vec<_>>()[..] {
            [] => format!("no document is {} yet", level_word(args.level)),
            rows => table(&["document", "digest"], rows),
        }
    })?;
    Ok(Exit::Done)
}

/// NodeNames and digests of all documents of a node, read page by page.
pub(crate) fn documents(client: &Client, level: LevelArg) -> Result<Vec<Value>, HttpError> {
    let first = format!("/v1/docs?level={}", level_word(level));
    let mut path = first.clone();
    let mut documents = Vec::new();
    loop {
        let page = client.get(&path)?;
        documents.extend_from_slice(list(&page, "/documents"));
        match text(&page, "/next") {
            "" => return Ok(documents),
            next => path = format!("{first}&after={}", escaped(next)),
        }
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

/// `watch`: at level merged the value, then each change; at level final the value, each time it differs.
pub(crate) fn watch(args: &WatchArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let client = access.reader()?;
    let names = NodeNames::new(access.network()?);
    let mut shown = None;
    follow(&client, &args.doc, |report| {
        match (args.level, report) {
            (LevelArg::Merged, DocumentUpdate::Value(value)) => {
                let milestone = inline(&value["milestone"]);
                output.answer(&value, || format!("M{milestone} {}", plain(&value["value"].to_string())))?;
            }
            (LevelArg::Merged, DocumentUpdate::Patch(patch)) => {
                output.answer(&patch, || change_text(&patch, &names))?
            }
            (LevelArg::Merged, DocumentUpdate::Milestone(_)) | (LevelArg::Final, DocumentUpdate::Patch(_)) => {}
            (LevelArg::Final, _) => show_final(args, &client, &mut shown, output)?,
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(Exit::Done)
}

/// One line for each change, with its author.
fn change_text(patch: &Value, names: &NodeNames) -> String {
    let who = names.of(text(patch, "/author"));
    list(patch, "/patches").iter().map(|patch| format!("{who}: {}\n", patch_text(patch))).collect()
}

fn show_final(args: &WatchArgs, client: &Client, shown: &mut Option<String>, output: &Printer) -> Result<(), CliError> {
    let answer = match read(client, &args.doc, LevelArg::Final) {
        Ok(answer) => answer,
        Err(HttpError::Refused { status: 404, .. }) if shown.is_none() => {
            *shown = Some(String::new());
            return output.say(&format!("{} is not final yet", args.doc));
        }
        Err(HttpError::Refused { status: 404, .. }) => return Ok(()),
        Err(error) if error.may_pass() => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let digest = text(&answer, "/digest").to_owned();
    if shown.as_ref() == Some(&digest) {
        return Ok(());
    }
    *shown = Some(digest);
    let milestone = inline(&answer["milestone"]);
    output.answer(&answer, || format!("M{milestone} {}", plain(&answer["value"].to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_escapes_what_people_name() {
        let pointer = Some(("pointer", "/a b/1"));
        assert_eq!(
            write_path("my doc/é", pointer, "final", 5),
            "/v1/docs/my%20doc%2F%C3%A9?wait=final&timeout_ms=5&pointer=%2Fa%20b%2F1"
        );
    }
}
