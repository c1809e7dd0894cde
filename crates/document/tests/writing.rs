//! From wanted values to edits.

mod history;

use history::EventHistory;
use quorate_document::{Document, EDIT_BYTES, Everything, WriteError};
use quorate_event::Edit;
use serde_json::{Value as Json, json};

/// A document that shows `value`.
fn showing(value: &Json) -> (EventHistory, Document) {
    let mut history = EventHistory::default();
    let edits = Document::default().put(&Everything, &history, value).unwrap();
    history.write(1, &[], edits);
    let document = history.document();
    assert_eq!(document.value(&Everything, &history), *value);
    (history, document)
}

/// The value after `edits` are folded.
fn after(history: &mut EventHistory, edits: Vec<Edit>) -> Json {
    history.write(1, &[history.events.len() - 1], edits);
    history.document().value(&Everything, history)
}

#[test]
fn d6_a_put_writes_no_more_than_what_differs() {
    let rich = json!({"a": 1, "b": {"c": [1, {"d": 2}, 3], "e": null}, "f": "x"});
    for (before, wanted, edits) in [
        (rich.clone(), rich.clone(), 0),
        (rich.clone(), json!({"a": 2, "b": {"c": [1, {"d": 2}, 3], "e": null}, "f": "x"}), 1),
        (rich.clone(), json!({"a": 1, "b": {"c": [1, {"d": 5}, 3], "e": null}, "f": "x"}), 1),
        (rich.clone(), json!({"a": 1, "b": {"c": [{"d": 2}, 3], "e": null}}), 2),
        (rich.clone(), json!({"a": 1, "b": {"c": [0, 1, 7, 8, {"d": 2}, 3, 9], "e": null}, "f": "x"}), 3),
        (json!({}), json!({"a": [1, 2, 3]}), 2),
        (json!({"n": 1}), json!({"n": 1.0}), 0),
        (json!({"n": 0.5}), json!({"n": 0.5}), 0),
        (json!({}), json!([]), 1),
        (json!([1]), json!("scalar"), 1),
        (json!([[1], [2]]), json!([[1, 1], [2, 2]]), 2),
    ] {
        let (mut history, document) = showing(&before);
        let written = document.put(&Everything, &history, &wanted).unwrap();
        assert_eq!(written.len(), edits, "{before} to {wanted}: {written:?}");
        let (shown, wanted) = (after(&mut history, written), wanted);
        assert_eq!(quorate_document::canonical_json(&shown), quorate_document::canonical_json(&wanted));
    }
}

#[test]
fn two_authors_who_change_different_parts_both_succeed() {
    let (mut history, _) = showing(&json!({"people": [{"name": "Ann"}, {"name": "Bob"}], "open": true}));
    history.wish(1, &[0], |document, view, past| {
        document.put(view, past, &json!({"people": [{"name": "Anna"}, {"name": "Bob"}], "open": true})).unwrap()
    });
    history.wish(2, &[0], |document, view, past| {
        document
            .put(view, past, &json!({"people": [{"name": "Ann"}, {"name": "Bob", "age": 7}], "open": false}))
            .unwrap()
    });
    let merged = json!({"people": [{"name": "Anna"}, {"name": "Bob", "age": 7}], "open": false});
    assert_eq!(history.document().value(&Everything, &history), merged);
}

#[test]
fn a_long_string_is_a_text_whatever_its_length_and_keeps_what_two_authors_change() {
    let lines: Vec<_> = (0..5_000).map(|number| format!("line {number} é🦀\n")).collect();
    let (mut history, document) = showing(&json!({"k": "short", "t": lines.concat()}));
    let edit = |from: usize, to: &str| {
        let mut lines = lines.clone();
        to.clone_into(&mut lines[from]);
        json!(lines.concat())
    };
    for (author, (line, to)) in (1..).zip([(10, "ten\n"), (4_000, "four thousand\n")]) {
        let edits = document.set(&Everything, &history, "/t", &edit(line, to)).unwrap();
        assert!(edits.iter().map(Edit::count).sum::<usize>() <= 8, "{edits:?}");
        history.write(author, &[0], edits);
    }
    let mut both = lines;
    (both[10], both[4_000]) = ("ten\n".to_owned(), "four thousand\n".to_owned());
    let merged = history.document().value(&Everything, &history);
    assert_eq!(merged, json!({"k": "short", "t": both.concat()}));
}

#[test]
fn a_set_makes_missing_parents_and_finds_places_in_lists() {
    let before = json!({"l": [1, {"x": 1}], "s": "scalar"});
    for (pointer, value, wanted) in [
        ("/a/b/c", json!(1), json!({"a": {"b": {"c": 1}}, "l": [1, {"x": 1}], "s": "scalar"})),
        ("/l/0", json!([2]), json!({"l": [[2], {"x": 1}], "s": "scalar"})),
        ("/l/0", json!(1), before.clone()),
        ("/l/1/y", json!(2), json!({"l": [1, {"x": 1, "y": 2}], "s": "scalar"})),
        ("/l/1", json!({"y": 2}), json!({"l": [1, {"y": 2}], "s": "scalar"})),
        ("/l/2", json!(3), json!({"l": [1, {"x": 1}, 3], "s": "scalar"})),
        ("/l/-", json!(3), json!({"l": [1, {"x": 1}, 3], "s": "scalar"})),
        ("/l/-/k/m", json!(3), json!({"l": [1, {"x": 1}, {"k": {"m": 3}}], "s": "scalar"})),
        ("/s", json!({"now": "object"}), json!({"l": [1, {"x": 1}], "s": {"now": "object"}})),
        ("", json!(7), json!(7)),
    ] {
        let (mut history, document) = showing(&before);
        let edits = document.set(&Everything, &history, pointer, &value).unwrap();
        assert_eq!(after(&mut history, edits), wanted, "{pointer} {value}");
    }
    let (history, document) = showing(&before);
    let set = |pointer| document.set(&Everything, &history, pointer, &json!(0)).unwrap_err();
    assert!(matches!(set("/l/3"), WriteError::NoSuchPlace { length: 2, .. }));
    assert!(matches!(set("/l/01"), WriteError::NoSuchPlace { .. }));
    assert_eq!(
        set("/s/t").to_string(),
        r#"the value at "/s" is neither an object nor a list: write a whole value there first"#
    );
    assert!(matches!(set("l"), WriteError::Pointer(_)));
}

#[test]
fn a_delete_takes_a_key_or_an_item_that_is_there() {
    let (mut history, document) = showing(&json!({"k": 1, "l": [1, 2, 3]}));
    let delete = |pointer| document.delete(&Everything, &history, pointer);
    assert!(matches!(delete("/none"), Err(WriteError::NothingThere { .. })));
    assert!(matches!(delete("/l/3"), Err(WriteError::NothingThere { .. })));
    assert!(matches!(delete("/k/1"), Err(WriteError::NothingThere { .. })));
    assert_eq!(delete(""), Err(WriteError::DeletesTheRoot));
    let edits = [delete("/k").unwrap(), delete("/l/1").unwrap()].concat();
    assert_eq!(after(&mut history, edits), json!({"l": [1, 3]}));
}

#[test]
fn a_merge_patch_does_what_rfc_7386_lists() {
    for (before, patch, wanted) in [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
        (json!({"a": "b"}), json!({"a": null}), json!({})),
        (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
        (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
        (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
        (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
        (json!({"a": "b"}), json!(["c"]), json!(["c"])),
        (json!({"a": "foo"}), json!(null), json!(null)),
        (json!({"a": "foo"}), json!("bar"), json!("bar")),
        (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
        (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
        (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
    ] {
        let (mut history, document) = showing(&before);
        let edits = document.merge_patch(&Everything, &history, "", &patch).unwrap();
        assert_eq!(after(&mut history, edits), wanted, "{before} and {patch}");
    }
    let (mut history, document) = showing(&json!({"l": [{"a": 1}]}));
    let edits = document.merge_patch(&Everything, &history, "/l/0", &json!({"a": null, "b": 2})).unwrap();
    assert_eq!(after(&mut history, edits), json!({"l": [{"b": 2}]}));
}

#[test]
fn what_no_event_or_document_can_hold_is_refused_by_name() {
    let (history, document) = showing(&json!({"a": {}}));
    let set = |pointer: &str, value| document.set(&Everything, &history, pointer, &value);
    let fits = "x".repeat(EDIT_BYTES - 100);
    assert!(set(&format!("/a/{fits}"), json!(1)).is_ok());
    assert!(set("/a/b", json!({"k": [fits, fits, 1, {fits.clone(): fits}]})).is_ok());
    let error = set(&format!("/a/{}", "x".repeat(EDIT_BYTES)), json!(1)).unwrap_err();
    assert!(matches!(&error, WriteError::TooLong { pointer, .. } if pointer.starts_with("/a/x")), "{error}");
    assert!(error.to_string().contains(&EDIT_BYTES.to_string()), "{error}");
    let nest = |depth: usize| (0..depth).fold(json!(1), |value, _| json!([value]));
    assert!(document.put(&Everything, &history, &nest(31)).is_ok());
    assert!(document.put(&Everything, &history, &nest(32)).is_ok());
    assert!(matches!(document.put(&Everything, &history, &nest(33)), Err(WriteError::TooDeep { limit: 32 })));
    assert!(set(&"/x".repeat(32), json!(1)).is_ok());
    for depth in [33, 200_000] {
        let error = set(&"/x".repeat(depth), json!(1));
        assert!(matches!(error, Err(WriteError::TooDeep { .. })), "{depth}");
    }
    assert!(set("/a/b", nest(30)).is_ok());
    assert!(matches!(set("/a/b", nest(31)), Err(WriteError::TooDeep { .. })));
    assert!(matches!(document.merge_patch(&Everything, &history, "", &nest(33)), Err(WriteError::TooDeep { .. })));
}
