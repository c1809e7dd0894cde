//! `quorate history` and `quorate conflicts`: the changes of a document, and its concurrent writes.

use serde_json::Value;

use super::args::{ConflictsArgs, HistoryArgs};
use super::error::CliError;
use super::http::escaped;
use super::output::Printer;
use super::token::ClientOptions;
use super::view::{NodeNames, inline, list, number, plain, short_id, shortened, table, text};
use crate::exit::Exit;

/// `history`.
pub(crate) fn history(args: &HistoryArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let after = args.after.as_deref().map(|after| format!("&after={}", escaped(after)));
    let path = format!("/v1/docs/{}/history?limit={}{}", escaped(&args.doc), args.limit, after.unwrap_or_default());
    let answer = access.reader()?.get(&path)?;
    let names = NodeNames::new(access.network()?);
    output.answer(&answer, || {
        let mut report: String = list(&answer, "/events").iter().map(|event| event_text(event, &names)).collect();
        match text(&answer, "/next") {
            "" => report.push_str("that is all\n"),
            next => report.push_str(&format!("earlier ones: quorate history {} --after {next}\n", plain(&args.doc))),
        }
        report
    })?;
    Ok(Exit::Done)
}

/// An event, then one line for each of its changes.
fn event_text(event: &Value, names: &NodeNames) -> String {
    let covered = match (event["void"] == Value::Bool(true), number(event, "/covered_at")) {
        (true, _) => "void".to_owned(),
        (_, Some(height)) => format!("M{height}"),
        (_, None) => "not final yet".to_owned(),
    };
    let (id, author) = (short_id(text(event, "/id")), names.of(text(event, "/author")));
    let mut report = format!("{id}  {author}  {covered}  {} ms\n", inline(&event["time_ms"]));
    list(event, "/changes").iter().flat_map(change_lines).for_each(|line| report.push_str(&format!("    {line}\n")));
    report
}

/// A change of a text holds several edits, each with its own outcome.
fn change_lines(change: &Value) -> Vec<String> {
    let path = change["path"].as_str().map_or_else(|| "somewhere".to_owned(), place);
    match list(change, "/changes") {
        [] => vec![change_line(change, &path)],
        changes => changes.iter().map(|change| change_line(change, &path)).collect(),
    }
}

fn change_line(change: &Value, path: &str) -> String {
    let said = ["value", "values", "text", "amount", "count"].iter().find_map(|key| change.get(*key));
    let said = said.map(|said| format!(" {}", shortened(said))).unwrap_or_default();
    let ignored = match text(change, "/outcome") {
        "ignored" => format!("  (ignored: {})", plain(text(change, "/reason"))),
        _ => String::new(),
    };
    format!("{} {path}{said}{ignored}", text(change, "/op"))
}

/// A pointer as text; the pointer to the whole document is empty.
fn place(pointer: &str) -> String {
    if pointer.is_empty() { "the whole".to_owned() } else { plain(pointer) }
}

/// `conflicts`.
pub(crate) fn conflicts(args: &ConflictsArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let pointer = args.pointer.as_deref().map(|pointer| format!("&pointer={}", escaped(pointer)));
    let path = format!("/v1/docs/{}/conflicts?{}{}", escaped(&args.doc), args.at.query, pointer.unwrap_or_default());
    let answer = access.reader()?.get(&path)?;
    let names = NodeNames::new(access.network()?);
    output.answer(&answer, || match args.pointer {
        Some(_) => values_text(list(&answer, "/values"), &names),
        None => places_text(&answer),
    })?;
    Ok(Exit::Done)
}

fn values_text(values: &[Value], names: &NodeNames) -> String {
    let rows = values.iter().enumerate().map(|(place, written)| {
        let shows = if place == 0 { "shows" } else { "" };
        let (author, event) = (names.of(text(written, "/author")), short_id(text(written, "/event")));
        vec![shows.to_owned(), author, event, shortened(&written["value"])]
    });
    match &rows.collect::<Vec<_>>()[..] {
        [] => "nothing was written there".to_owned(),
        rows => table(&["", "author", "event", "value"], rows),
    }
}

fn places_text(answer: &Value) -> String {
    let mut report: String =
        list(answer, "/pointers").iter().map(|pointer| format!("{}\n", place(&inline(pointer)))).collect();
    if report.is_empty() {
        report.push_str("no place has several values\n");
    }
    if answer["more"] == Value::Bool(true) {
        report.push_str("and more\n");
    }
    report
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_tells_its_changes_and_those_that_were_ignored() {
        let event = json!({
            "id": "e", "author": "a", "covered_at": 3, "void": false, "time_ms": 5,
            "changes": [
                {"op": "set", "path": "/k", "value": 1, "outcome": "applied"},
                {"op": "splice", "path": "/text", "changes": [
                    {"op": "insert", "text": "hi\n", "outcome": "applied"},
                    {"op": "remove", "count": 2, "outcome": "ignored", "reason": "it is unknown"},
                ]},
                {"op": "insert", "path": null, "values": [1]},
                {"op": "assign", "path": "", "value": null},
            ],
        });
        let expected = "e  a  M3  5 ms\n    set /k 1\n    insert /text \"hi\\n\"\n    \
            remove /text 2  (ignored: it is unknown)\n    insert somewhere [1]\n    assign the whole null\n";
        assert_eq!(event_text(&event, &NodeNames::default()), expected);
        let covered = |event: Value| event_text(&event, &NodeNames::default());
        assert!(covered(json!({"covered_at": null})).contains("not final yet"));
        assert!(covered(json!({"covered_at": 3, "void": true})).contains("void"));
    }

    #[test]
    fn the_value_that_shows_is_marked() {
        let values = json!([{"author": "a", "event": "e", "value": 1}, {"author": "b", "event": "f", "value": 2}]);
        let report = values_text(values.as_array().unwrap(), &NodeNames::default());
        assert_eq!(report, "       author  event  value\nshows  a       e      1\n       b       f      2\n");
        assert_eq!(values_text(&[], &NodeNames::default()), "nothing was written there");
        assert_eq!(places_text(&json!({"pointers": ["", "/a"], "more": true})), "the whole\n/a\nand more\n");
    }
}
