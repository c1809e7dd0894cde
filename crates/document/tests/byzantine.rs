//! Byzantine authors who break each rule, and the effect on documents.
//!
//! Nine attacks, each of which made the documents of another system diverge:
//!
//! | attack | here | first checked in |
//! |---|---|---|
//! | forged author | `sc3_a_forged_author_is_refused_and_changes_nothing` | event: `ta18_an_event_of_one_author_is_not_signed_by_another` |
//! | equivocation | `sc3_the_two_sides_of_an_equivocation_are_two_events_everywhere` | graph: `ta7_both_branches_are_admitted_and_are_the_evidence` |
//! | changed path | `sc3_a_path_changed_under_a_valid_signature_is_refused` | event: `ta6_an_id_is_of_the_bytes_whatever_is_known_of_it` |
//! | unknown target | `sc3_an_unknown_target_is_ignored_everywhere` | |
//! | root deleted | `sc3_the_root_cannot_be_deleted` | |
//! | last sequence number | `sc3_the_last_sequence_number_is_a_number_like_any_other` | graph: `the_last_seq_of_all_is_refused_and_not_counted_up` |
//! | missing field | `sc3_an_edit_with_a_field_missing_is_refused` | event: `what_must_be_refused_is_refused_for_its_reason` |
//! | wrong type | `sc3_a_field_of_a_wrong_type_is_refused`, `sc3_an_edit_on_a_container_of_another_kind_is_ignored_everywhere` | |
//! | failed dependency | `sc3_what_stands_on_an_ignored_edit_is_ignored_everywhere` | graph: `a_vertex_waits_for_its_parents_and_is_released_with_them` |

mod history;
mod reference;
mod writers;

use history::EventHistory;
use history::signed::{body, key, network, sign};
use proptest::prelude::*;
use quorate_document::{Everything, IgnoredReason, WriteError};
use quorate_event::cbor::{Canonical, CborWriter};
use quorate_event::{
    Container, DecodeError, Edit, ElementRef, EventError, EventId, SignatureError, SignedEvent, Splice, Target, Value,
};
use reference::{agreed, last_verdicts};
use serde_json::json;
use writers::founding;

fn set(key: &str, value: &str) -> Edit {
    Edit::Set { target: Target::Root, key: key.to_owned(), value: Value::String(value.into()) }
}

fn there(event: EventId, index: u32) -> ElementRef {
    ElementRef::There(event, index)
}

fn typed(left: Option<ElementRef>, right: Option<ElementRef>, text: &str) -> Splice {
    let mut splice = Splice::default();
    splice.insert(left, right, text);
    splice
}

/// One honest event with a container of each kind, received.
fn founded() -> EventHistory {
    let mut history = EventHistory::default();
    history.receive(&sign(1, body(1, 1, &[], founding()))).unwrap();
    history
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<Vec<u8>> {
    let found = (0..=bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from));
    found.map(|at| [&bytes[..at], to, &bytes[at + from.len()..]].concat()).collect()
}

#[test]
fn sc3_a_forged_author_is_refused_and_changes_nothing() {
    let mut history = founded();
    let before = agreed(&history);
    let (liar, victim) = (key(2).address(), key(1).address());
    let claimed = body(1, 2, &[history.events[0].id], vec![set("k", "forged")]);
    assert!(matches!(SignedEvent::sign(claimed, network(), &key(2)), Err(EventError::NotTheAuthor { .. })));
    let own = sign(2, body(2, 1, &[history.events[0].id], vec![set("k", "forged")]));
    let forged = replaced(&own, liar.as_bytes(), victim.as_bytes());
    assert_eq!(forged.len(), 1);
    let refused = EventError::Signature(SignatureError::WrongSigner { claimed: victim });
    assert_eq!(history.receive(&forged[0]), Err(refused));
    assert_eq!(agreed(&history), before);
    history.receive(&own).unwrap();
    assert_eq!(agreed(&history)["k"], json!("forged"), "under its own name it may");
}

#[test]
fn sc3_the_two_sides_of_an_equivocation_are_two_events_everywhere() {
    let mut history = founded();
    let base = history.events[0].id;
    let text = Target::Made(there(base, writers::TEXT));
    let splice = |text: &str| typed(Some(there(base, 7)), Some(there(base, 8)), text);
    let side = |value: &str| {
        let made = Edit::Set { target: Target::Root, key: "mine".to_owned(), value: Value::New(Container::List) };
        let insert = Edit::Insert {
            target: Target::Made(ElementRef::Here(0)),
            left: None,
            right: None,
            values: vec![Value::String(value.into())],
        };
        vec![made, insert, Edit::Splice { target: text, splice: splice(value) }]
    };
    // One author, lane, sequence number and parent; the same indices on both sides.
    let one = history.receive(&sign(2, body(2, 1, &[base], side("one")))).unwrap();
    let two = history.receive(&sign(2, body(2, 1, &[base], side("two")))).unwrap();
    let merged = agreed(&history);
    let whole = merged["t"].as_str().unwrap();
    assert!(["aonetwobc", "atwoonebc"].contains(&whole), "{whole}");
    // An author who saw one side writes into it: the same indices of the other side do not change.
    let (seen, hidden) = (history.events[one].id, history.events[two].id);
    let append = |event| Edit::Insert {
        target: Target::Made(there(event, 0)),
        left: Some(there(event, 1)),
        right: None,
        values: vec![Value::Null],
    };
    history.receive(&sign(3, body(3, 1, &[seen], vec![append(seen), append(hidden)]))).unwrap();
    assert_eq!(last_verdicts(&history), [Ok(()), Err(IgnoredReason::OutsideItsPast)]);
    let document = history.document();
    for (side, list) in [(one, json!(["one", null])), (two, json!(["two"]))] {
        let voided = history.view(&history.all().into_iter().filter(|it| *it != one + two - side).collect());
        assert_eq!(document.value(&voided, &history)["mine"], list);
    }
}

#[test]
fn sc3_a_path_changed_under_a_valid_signature_is_refused() {
    let mut history = founded();
    let before = agreed(&history);
    let honest = sign(1, body(1, 2, &[history.events[0].id], vec![set("path", "value")]));
    for (from, to) in [("path", "Path"), ("value", "Value"), ("d", "e")] {
        let changed = replaced(&honest, from.as_bytes(), to.as_bytes());
        assert!(!changed.is_empty());
        for bytes in changed {
            assert!(history.receive(&bytes).is_err(), "{from}");
        }
    }
    assert_eq!(agreed(&history), before);
}

#[test]
fn sc3_an_unknown_target_is_ignored_everywhere() {
    let mut history = founded();
    let (base, never) = (history.events[0].id, EventId::new([9; 32]));
    let before = agreed(&history);
    let mut wanted = Vec::new();
    let mut edits = Vec::new();
    // The id of a scalar and of a character, an index without an edit, the edit's own index, and an unknown event.
    for (reference, reason) in [
        (there(base, 5), IgnoredReason::UnknownContainer),
        (there(base, 7), IgnoredReason::UnknownContainer),
        (there(base, u32::MAX), IgnoredReason::UnknownContainer),
        (ElementRef::Here(0), IgnoredReason::UnknownContainer),
        (ElementRef::Here(u32::MAX), IgnoredReason::ForwardReference),
        (there(never, 0), IgnoredReason::OutsideItsPast),
    ] {
        let target = Target::Made(reference);
        edits.extend([
            Edit::Set { target, key: "k".to_owned(), value: Value::Null },
            Edit::Delete { target, key: "l".to_owned() },
            Edit::Assign { target, value: Value::Null },
            Edit::Insert { target, left: None, right: None, values: vec![Value::Null] },
            Edit::Remove { target, first: there(base, 4), count: 1 },
            Edit::Splice { target, splice: typed(None, None, "lies") },
            Edit::Add { target, amount: 1 },
            Edit::Move { target, element: there(base, 4), left: None, right: None },
        ]);
        wanted.extend([Err(reason); 8]);
    }
    edits.insert(0, set("said", "first"));
    wanted.insert(0, Ok(()));
    history.receive(&sign(2, body(2, 1, &[base], edits))).unwrap();
    assert_eq!(last_verdicts(&history), wanted);
    let mut after = agreed(&history);
    after.as_object_mut().unwrap().remove("said");
    assert_eq!(after, before);
}

#[test]
fn sc3_the_root_cannot_be_deleted() {
    let mut history = founded();
    let base = history.events[0].id;
    let document = history.document();
    assert_eq!(document.delete(&Everything, &history, ""), Err(WriteError::DeletesTheRoot));
    // The closest edits: a deletion of the empty key, and a scalar as the root's value.
    let delete = Edit::Delete { target: Target::Root, key: String::new() };
    history.receive(&sign(2, body(2, 1, &[base], vec![delete]))).unwrap();
    assert_eq!(agreed(&history)["t"], json!("abc"));
    let null = Edit::Assign { target: Target::Root, value: Value::Null };
    history.receive(&sign(2, body(2, 1, &[base], vec![null]))).unwrap();
    let text = Target::Made(there(base, writers::TEXT));
    let typed = Edit::Splice { target: text, splice: typed(Some(there(base, 9)), None, "d") };
    history.receive(&sign(3, body(3, 1, &[base], vec![typed, set("k", "v")]))).unwrap();
    assert_eq!(agreed(&history), json!(null));
    let without = history.view(&history.all().into_iter().filter(|it| *it != 2).collect());
    let shown = history.document().value(&without, &history);
    assert_eq!((&shown["t"], &shown["k"]), (&json!("abcd"), &json!("v")), "what was written under it is kept");
    let heads: Vec<_> = history.events.iter().map(|event| event.id).collect();
    let edits = history.document().put(&Everything, &history, &json!({"again": true})).unwrap();
    history.receive(&sign(3, body(3, 2, &heads, edits))).unwrap();
    assert_eq!(agreed(&history), json!({"again": true}));
}

#[test]
fn sc3_the_last_sequence_number_is_a_number_like_any_other() {
    let mut history = founded();
    let base = history.events[0].id;
    for seq in [u64::MAX, u64::MAX - 1, 1] {
        let edits = vec![set("k", &seq.to_string())];
        history.receive(&sign(2, body(2, seq, &[base], edits))).unwrap();
    }
    let conflicts = history.document().conflicts("/k", &Everything, &history).unwrap();
    assert_eq!(conflicts.len(), 3);
    assert_eq!(agreed(&history)["k"], conflicts[0].value);
}

/// CBOR that is written by hand.
fn bytes(write: impl FnOnce(&mut CborWriter)) -> Vec<u8> {
    let mut writer = CborWriter::default();
    write(&mut writer);
    writer.into_bytes()
}

/// Every kind of edit by hand, each field a function that writes it.
#[expect(clippy::type_complexity, reason = "a table")]
fn by_hand() -> Vec<(u64, Vec<fn(&mut CborWriter)>)> {
    let nothing: fn(&mut CborWriter) = |to| _ = to.null();
    let one: fn(&mut CborWriter) = |to| _ = to.uint(1);
    let text: fn(&mut CborWriter) = |to| _ = to.text("k");
    let none: fn(&mut CborWriter) = |to| _ = to.array(0);
    let typed: fn(&mut CborWriter) = |to| _ = to.text("Hällo🦀");
    let values: fn(&mut CborWriter) = |to| _ = to.array(1).null();
    let changes: fn(&mut CborWriter) = |to| _ = to.bytes(&[0x20, 5, 1]);
    vec![
        (0, vec![nothing, text, nothing]),
        (1, vec![nothing, text]),
        (2, vec![nothing, nothing]),
        (3, vec![nothing, nothing, nothing, values]),
        (4, vec![one, one, one]),
        (5, vec![nothing, none, changes, typed]),
        (6, vec![one, one]),
        (7, vec![one, one, nothing, nothing]),
    ]
}

fn edit_by_hand(kind: u64, fields: &[fn(&mut CborWriter)]) -> Vec<u8> {
    bytes(|to| {
        to.array(fields.len() as u64 + 1).uint(kind);
        fields.iter().for_each(|field| field(to));
    })
}

#[test]
fn sc3_an_edit_with_a_field_missing_is_refused() {
    // Refused by the number of its fields, before they are decoded.
    let refused = Err(DecodeError::OutOfRange { what: "edit kind" });
    for (kind, fields) in by_hand() {
        assert!(Edit::from_bytes(&edit_by_hand(kind, &fields)).is_ok(), "kind {kind}");
        for missing in 0..fields.len() {
            let mut fewer = fields.clone();
            fewer.remove(missing);
            let read = Edit::from_bytes(&edit_by_hand(kind, &fewer));
            assert_eq!(read, refused, "kind {kind} without field {missing}");
        }
        let more = [fields.as_slice(), &fields[..1]].concat();
        assert_eq!(Edit::from_bytes(&edit_by_hand(kind, &more)), refused, "kind {kind} with one more");
    }
}

#[test]
fn sc3_a_field_of_a_wrong_type_is_refused() {
    let bytes: fn(&mut CborWriter) = |to| _ = to.bytes(b"k");
    let text: fn(&mut CborWriter) = |to| _ = to.text("k");
    let map: fn(&mut CborWriter) = |to| _ = to.map(0);
    let is_bytes = |place| place == (5, 2);
    for (kind, fields) in by_hand() {
        for place in 0..fields.len() {
            for wrong in [if is_bytes((kind, place)) { text } else { bytes }, map] {
                let mut fields = fields.clone();
                fields[place] = wrong;
                let read = Edit::from_bytes(&edit_by_hand(kind, &fields));
                assert!(matches!(read, Err(DecodeError::Malformed { .. })), "kind {kind}, field {place}: {read:?}");
            }
        }
    }
    for kind in [8, u64::MAX] {
        let read = Edit::from_bytes(&edit_by_hand(kind, &by_hand()[0].1));
        assert_eq!(read, Err(DecodeError::OutOfRange { what: "edit kind" }), "kind {kind}");
    }
}

#[test]
fn sc3_an_edit_on_a_container_of_another_kind_is_ignored_everywhere() {
    let mut history = founded();
    let base = history.events[0].id;
    let before = agreed(&history);
    let object = Edit::Set { target: Target::Root, key: "o".to_owned(), value: Value::New(Container::Object) };
    let (mut edits, mut wanted) = (vec![object], vec![Ok(())]);
    let made = |kind| match kind {
        Container::Object => ElementRef::Here(0),
        Container::List => there(base, writers::LIST),
        Container::Text => there(base, writers::TEXT),
        Container::Register => there(base, writers::REGISTER),
        Container::Counter => there(base, writers::COUNTER),
    };
    use Container::{Counter, List, Object, Register, Text};
    for kind in [Object, List, Text, Register, Counter] {
        let target = Target::Made(made(kind));
        let (element, character) = (there(base, 4), there(base, 7));
        let own = if kind == List { character } else { element };
        let all = [
            (Object, Edit::Set { target, key: "k".to_owned(), value: Value::New(List) }),
            (Object, Edit::Delete { target, key: "k".to_owned() }),
            (Register, Edit::Assign { target, value: Value::New(Text) }),
            (List, Edit::Insert { target, left: Some(own), right: None, values: vec![Value::Null] }),
            (List, Edit::Remove { target, first: own, count: 1 }),
            (Text, Edit::Splice { target, splice: typed(Some(character), None, "x") }),
            (Counter, Edit::Add { target, amount: i64::MAX }),
            (List, Edit::Move { target, element: own, left: None, right: None }),
        ];
        let wrong: Vec<_> = all.into_iter().filter(|(needed, _)| *needed != kind).collect();
        wanted.extend(vec![Err(IgnoredReason::WrongKind); wrong.len()]);
        edits.extend(wrong.into_iter().map(|(_, edit)| edit));
    }
    history.receive(&sign(2, body(2, 1, &[base], edits))).unwrap();
    assert_eq!(last_verdicts(&history), wanted);
    let mut after = agreed(&history);
    after.as_object_mut().unwrap().remove("o");
    assert_eq!(after, before);
}

#[test]
fn sc3_the_elements_of_one_container_are_none_of_another() {
    let mut history = founded();
    let base = history.events[0].id;
    let before = agreed(&history);
    let (list, text) = (Target::Made(there(base, writers::LIST)), Target::Made(there(base, writers::TEXT)));
    let (element, character) = (there(base, 4), there(base, 7));
    let mut splice = typed(Some(element), None, "x");
    splice.insert(None, Some(element), "y");
    splice.remove(element, 1);
    let mut crossed = vec![Edit::Splice { target: text, splice }];
    crossed.extend([
        Edit::Insert { target: list, left: Some(character), right: None, values: vec![Value::Null] },
        Edit::Insert { target: list, left: None, right: Some(character), values: vec![Value::Null] },
        Edit::Remove { target: list, first: character, count: 1 },
        Edit::Move { target: list, element: character, left: None, right: None },
        Edit::Move { target: list, element, left: Some(character), right: None },
        Edit::Move { target: list, element, left: None, right: Some(there(base, 2)) },
    ]);
    history.receive(&sign(2, body(2, 1, &[base], crossed))).unwrap();
    assert_eq!(last_verdicts(&history), [Err(IgnoredReason::UnknownElement); 9]);
    assert_eq!(agreed(&history), before);
}

#[test]
fn sc3_what_stands_on_an_ignored_edit_is_ignored_everywhere() {
    let mut history = founded();
    let base = history.events[0].id;
    let before = agreed(&history);
    let text = Target::Made(there(base, writers::TEXT));
    let make = Edit::Set { target: text, key: "k".to_owned(), value: Value::New(Container::Object) };
    let within =
        |event: Option<EventId>, index| Target::Made(event.map_or(ElementRef::Here(index), |it| there(it, index)));
    let child = |target| Edit::Set { target, key: "k".to_owned(), value: Value::New(Container::List) };
    let insert = |target| Edit::Insert { target, left: None, right: None, values: vec![Value::Null] };
    let first = vec![make, child(within(None, 0)), insert(within(None, 1))];
    let failed = history.receive(&sign(2, body(2, 1, &[base], first))).unwrap();
    assert_eq!(
        last_verdicts(&history),
        [Err(IgnoredReason::WrongKind), Err(IgnoredReason::UnknownContainer), Err(IgnoredReason::UnknownContainer)]
    );
    let failed = history.events[failed].id;
    let second = vec![child(within(Some(failed), 0)), insert(within(Some(failed), 1))];
    history.receive(&sign(3, body(3, 1, &[failed], second))).unwrap();
    assert_eq!(last_verdicts(&history), [Err(IgnoredReason::UnknownContainer); 2]);
    assert_eq!(agreed(&history), before);
}

#[test]
fn an_event_of_all_kinds_of_edits_is_refused_with_any_byte_changed_or_cut() {
    let mut history = founded();
    let base = history.events[0].id;
    let list = Target::Made(there(base, writers::LIST));
    let honest = vec![
        Edit::Move { target: list, element: there(base, 4), left: Some(there(base, 6)), right: None },
        Edit::Remove { target: list, first: there(base, 4), count: 2 },
        Edit::Add { target: Target::Made(there(base, writers::COUNTER)), amount: -7 },
        Edit::Assign { target: Target::Made(there(base, writers::REGISTER)), value: Value::New(Container::Object) },
        Edit::Splice { target: Target::Made(there(base, writers::TEXT)), splice: typed(None, None, "né") },
    ];
    let good = sign(2, body(2, 1, &[base], honest));
    for place in 0..good.len() {
        for flip in [1, 0x80] {
            let mut bad = good.clone();
            bad[place] ^= flip;
            assert!(history.receive(&bad).is_err(), "byte {place}");
        }
        assert!(history.receive(&good[..place]).is_err(), "cut at {place}");
    }
    assert_eq!(history.events.len(), 1);
    history.receive(&good).unwrap();
    assert_eq!(agreed(&history), json!({"l": [true], "n": -7, "r": {}, "t": "néabc"}));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_bytes_decode_to_edits_fold_without_harm(
        noise in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes: Vec<Vec<u8>> = founding().iter().map(Canonical::to_bytes).collect();
        for (place, byte) in noise {
            let edit = place.index(bytes.len());
            let at = place.index(bytes[edit].len());
            bytes[edit][at] = byte;
        }
        let mut history = EventHistory::default();
        let edits: Vec<_> = bytes.iter().filter_map(|bytes| Edit::from_bytes(bytes).ok()).collect();
        history.write(1, &[], edits);
        agreed(&history);
    }
}
