//! `quorate put`, `get`, `docs` and `watch`.

use std::io::{self, Read};

use serde_json::{Value, json};

use super::Exit;
use super::args::{DocsArgs, GetArgs, LevelArg, PutArgs, WaitArg, WatchArgs};
use super::error::{CliError, file_error};
use super::http::{Answer, Change, Client, HttpError, escaped};
use super::output::Output;
use super::stream::Events;
use super::token::Access;
use super::view::{inline, list, number, short_ids, table, text};
use super::wait::Deadline;

/// The longest that a node waits for one request.
pub(crate) const TIMEOUT_MS: u64 = 300_000;

/// `put`.
pub(crate) fn put(args: &PutArgs, access: &Access, output: &Output) -> Result<Exit, CliError> {
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
    let answer = access.writer()?.change(&Change {
        method: "PUT",
        path: &path,
        content_type: "application/json",
        body: value.to_string().as_bytes(),
        timeout_ms: args.wait.timeout_ms,
    })?;
    tell_write(&answer, output)
}

/// What a write has become, and whether that is what was waited for.
pub(crate) fn tell_write(answer: &Answer, output: &Output) -> Result<Exit, CliError> {
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

/// Where a write of `document` goes.
pub(crate) fn write_path(document: &str, more: Option<(&str, &str)>, wait: &str, timeout_ms: u64) -> String {
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
pub(crate) fn get(args: &GetArgs, access: &Access, output: &Output) -> Result<Exit, CliError> {
    let answer = read(&access.reader()?, &args.doc, args.level)?;
    let Some(pointer) = &args.pointer else {
        output.answer(&answer, || pretty(&answer["value"]))?;
        return Ok(Exit::Done);
    };
    let missing = || CliError::NothingThere { document: args.doc.clone(), pointer: pointer.clone() };
    let value = answer["value"].pointer(pointer).ok_or_else(missing)?;
    let mut told = answer.clone();
    told["value"] = value.clone();
    told["pointer"] = json!(pointer);
    output.answer(&told, || pretty(value))?;
    Ok(Exit::Done)
}

/// A document at a level.
pub(crate) fn read(client: &Client, document: &str, level: LevelArg) -> Result<Value, HttpError> {
    let level = level_word(level);
    client.get(&format!("/v1/docs/{}?level={level}", escaped(document)))
}

const fn level_word(level: LevelArg) -> &'static str {
    match level {
        LevelArg::Merged => "merged",
        LevelArg::Final => "final",
    }
}

/// `docs`.
pub(crate) fn docs(args: &DocsArgs, access: &Access, output: &Output) -> Result<Exit, CliError> {
    let documents = documents(&access.reader()?, args.level)?;
    let told = json!({ "level": level_word(args.level), "documents": documents });
    output.answer(&told, || {
        let rows = documents.iter().map(|found| vec![text(found, "/name").to_owned(), inline(&found["digest"])]);
        match &rows.collect::<Vec<_>>()[..] {
            [] => format!("no document is {} yet", level_word(args.level)),
            rows => table(&["document", "digest"], rows),
        }
    })?;
    Ok(Exit::Done)
}

/// Names and digests of all documents of a node; a list of many comes in pages.
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

/// `watch`: the document now, and whenever its digest is another one, until nobody reads.
pub(crate) fn watch(args: &WatchArgs, access: &Access, output: &Output) -> Result<Exit, CliError> {
    let client = access.reader()?;
    let path = format!("/v1/stream?doc={}", escaped(&args.doc));
    let mut shown = None;
    let mut last: Option<String> = None;
    // A node that is away comes back, or a person ends this.
    let mut forever = Deadline::after_ms(u64::MAX);
    // Told at once when the node was never there.
    client.get("/v1/status")?;
    loop {
        let stream = match client.open(&path, last.as_deref()) {
            Ok(stream) => stream,
            Err(error) if error.may_pass() => {
                forever.pause();
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        show_change(args, &client, &mut shown, output)?;
        // A stream that breaks off is opened again where it was.
        for sent in Events::new(stream).map_while(Result::ok) {
            last = sent.id.clone().or(last);
            show_change(args, &client, &mut shown, output)?;
        }
        forever.pause();
    }
}

fn show_change(args: &WatchArgs, client: &Client, shown: &mut Option<String>, output: &Output) -> Result<(), CliError> {
    let answer = match read(client, &args.doc, args.level) {
        Ok(answer) => answer,
        Err(HttpError::Refused { status: 404, .. }) if shown.is_none() => {
            *shown = Some(String::new());
            return output.say(&format!("{} is not written yet", args.doc));
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
    output.answer(&answer, || format!("M{milestone} {}", answer["value"]))
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
