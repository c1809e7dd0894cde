//! Keys, the root's value, deletions and conflicts.

mod history;

use std::collections::BTreeSet;

use history::{EventHistory, payload, say};
use proptest::prelude::*;
use quorate_document::{Document, Documents, EditOutcome, Everything, IgnoredReason};
use quorate_event::{Address, Container, Edit, ElementRef, Target, Value, limits};
use serde_json::json;

fn set(key: &str, value: &str) -> Edit {
    Edit::Set { target: Target::Root, key: key.to_owned(), value: Value::String(value.into()) }
}

fn delete(key: &str) -> Edit {
    Edit::Delete { target: Target::Root, key: key.to_owned() }
}

#[test]
fn an_untouched_document_is_an_empty_object_and_unknown() {
    let (document, history) = (Document::default(), EventHistory::default());
    assert_eq!(document.value(&Everything, &history), json!({}));
    assert!(!document.known(&Everything));
}

#[test]
fn thirty_keys_written_round_robin_by_four_authors_merge() {
    let mut history = EventHistory::default();
    let mut last = [None; 4];
    for step in 1..=30 {
        let author = (step - 1) % 4;
        let parents: Vec<_> = last[author].into_iter().collect();
        let edits = vec![set(&format!("k{step}"), &format!("v{step}"))];
        last[author] = Some(history.write(author as u8, &parents, edits));
    }
    let all = (1..=30).map(|step| (format!("k{step}"), json!(format!("v{step}")))).collect();
    let value = history.document().value(&Everything, &history);
    assert_eq!(value, serde_json::Value::Object(all));
    let backwards = history.order(|ready| ready - 1);
    assert_eq!(history.folded(&backwards).0.value(&Everything, &history), value);
}

#[test]
fn a_write_replaces_its_past_and_conflicts_tell_the_rest() {
    let mut history = EventHistory::default();
    let a1 = history.write(1, &[], vec![set("k", "first")]);
    let a2 = history.write(1, &[a1], vec![set("k", "early"), set("k", "a")]);
    let b1 = history.write(2, &[a1], vec![set("k", "b")]);
    let b2 = history.write(2, &[b1], vec![set("other", "deeper")]);
    let c1 = history.write(3, &[b2, a1], vec![set("k", "c")]);
    let document = history.document();
    let conflicts = document.conflicts("/k", &Everything, &history).unwrap();
    let told: Vec<_> = conflicts.iter().map(|it| (it.author.unwrap(), it.id.index, it.value.clone())).collect();
    assert_eq!(told, [(Address::new([3; 20]), 0, json!("c")), (Address::new([1; 20]), 1, json!("a"))]);
    assert_eq!(document.conflicted(&Everything, &history), ["/k"]);
    assert_eq!(document.value(&Everything, &history)["k"], json!("c"));

    let before = history.view(&BTreeSet::from([a1, a2, b1]));
    let showing = document.value(&before, &history)["k"].clone();
    let greatest = if EventHistory::id(a2) > EventHistory::id(b1) { "a" } else { "b" };
    assert_eq!(showing, json!(greatest), "of equal depth the greater event shows");

    history.write(1, &[a2, c1], vec![set("k", "settled")]);
    assert_eq!(history.document().conflicted(&Everything, &history), Vec::<String>::new());
    assert!(document.conflicts("k", &Everything, &history).is_err());
    assert_eq!(document.conflicts("/none/where", &Everything, &history), Ok(Vec::new()));
}

#[test]
fn d4_a_delete_removes_what_its_author_saw_and_no_more() {
    let mut history = EventHistory::default();
    let a1 = history.write(1, &[], vec![set("k", "seen"), set("l", "seen")]);
    let b1 = history.write(2, &[a1], vec![set("k", "concurrent")]);
    let a2 = history.write(1, &[a1], vec![]);
    let a3 = history.write(1, &[a2], vec![delete("k"), delete("l")]);
    let document = history.document();
    assert_eq!(document.value(&Everything, &history), json!({"k": "concurrent"}));
    let without = history.view(&BTreeSet::from([a1, a2, a3]));
    assert_eq!(document.value(&without, &history), json!({}));
    let voided = history.view(&BTreeSet::from([a1, b1]));
    assert_eq!(document.value(&voided, &history), json!({"k": "concurrent", "l": "seen"}));
    let neither = history.view(&BTreeSet::from([a1]));
    assert_eq!(document.value(&neither, &history), json!({"k": "seen", "l": "seen"}));
}

#[test]
fn what_is_assigned_shows_instead_of_the_first_object() {
    let mut history = EventHistory::default();
    let a1 = history.write(1, &[], vec![set("k", "v")]);
    let list = vec![Edit::Assign { target: Target::Root, value: Value::New(Container::List) }];
    let b1 = history.write(2, &[], list);
    assert_eq!(history.document().value(&Everything, &history), json!([]));
    let c1 = history.write(3, &[a1, b1], vec![Edit::Assign { target: Target::Root, value: Value::Null }]);
    assert_eq!(history.document().value(&Everything, &history), json!(null));
    let only_a = history.view(&BTreeSet::from([a1]));
    assert_eq!(history.document().value(&only_a, &history), json!({"k": "v"}));
    history.wish(3, &[c1], |document, view, past| document.put(view, past, &json!({"n": 1})).unwrap());
    assert_eq!(history.document().value(&Everything, &history), json!({"n": 1}));
}

#[test]
fn containers_nest_to_the_limit_and_no_deeper() {
    let mut history = EventHistory::default();
    let nest = |levels: u32| -> Vec<Edit> {
        let target = |level: u32| match level.checked_sub(1) {
            None => Target::Root,
            Some(above) => Target::Made(ElementRef::Here(above)),
        };
        let set =
            |level| Edit::Set { target: target(level), key: "a".to_owned(), value: Value::New(Container::Object) };
        (0..levels).map(set).collect()
    };
    history.write(1, &[], nest(limits::DOCUMENT_DEPTH as u32));
    let (document, outcomes) = history.folded(&[0]);
    let (last, others) = outcomes[0].1.split_last().unwrap();
    assert!(others.iter().all(|outcome| matches!(outcome, EditOutcome::Applied)));
    assert_eq!(*last, EditOutcome::Ignored(IgnoredReason::TooDeep));
    let deepest = document.value(&Everything, &history).to_string();
    assert_eq!(deepest.matches('{').count(), limits::DOCUMENT_DEPTH);
}

#[test]
fn an_event_folds_once() {
    let mut history = EventHistory::default();
    let mut documents = Documents::default();
    let id = say(&mut history, &mut documents, &payload("d", vec![set("k", "v")]));
    let before = documents.get("d").unwrap().digest(&Everything, &history);
    let repeated = payload("d", vec![set("k", "v")]);
    let again = documents.fold_event(id, &repeated, &history);
    assert_eq!(again[0].outcomes, [EditOutcome::Ignored(IgnoredReason::Repeated)]);
    assert_eq!(documents.get("d").unwrap().digest(&Everything, &history), before);
}

/// Strings and keys whose order differs between UTF-16 and UTF-8, and all escaped characters.
fn any_text() -> impl Strategy<Value = String> {
    "[a\"\\\\/\u{0}\u{8}\n\u{1f}\u{7f}\u{7ff}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}]{0,4}"
}

fn any_scalar() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<i64>().prop_map(|value| json!(value)),
        any::<u64>().prop_map(|value| json!(value)),
        any::<f64>().prop_map(|value| json!(value)),
        (-40_i32..40).prop_map(|power| json!(2_f64.powi(power * 2))),
        any_text().prop_map(|value| json!(value)),
    ]
}

fn any_value() -> impl Strategy<Value = serde_json::Value> {
    any_scalar().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(|items| json!(items)),
            proptest::collection::btree_map(any_text(), inner, 0..6).prop_map(|members| json!(members)),
        ]
    })
}

proptest! {
    #[test]
    fn d7_a_document_has_the_digest_of_its_value(value in any_value()) {
        let mut history = EventHistory::default();
        let edits = Document::default().put(&Everything, &history, &value).unwrap();
        history.write(1, &[], edits);
        let document = history.document();
        let digest = document.digest(&Everything, &history);
        prop_assert_eq!(digest, quorate_document::digest(&value));
        prop_assert_eq!(digest, quorate_document::digest(&document.value(&Everything, &history)));
    }
}
