//! Edits at the limits of the format.

mod history;
mod reference;
mod writers;

use history::EventHistory;
use quorate_document::{Document, EditOutcome, Everything, IgnoredReason};
use quorate_event::{Container, Edit, ElementRef, EventId, Splice, Target, Value};
use reference::{agreed, last_verdicts};
use serde_json::json;
use writers::founding;

fn set(key: &str, value: Value) -> Edit {
    Edit::Set { target: Target::Root, key: key.to_owned(), value }
}

fn typed(left: Option<ElementRef>, right: Option<ElementRef>, text: &str) -> Splice {
    let mut splice = Splice::default();
    splice.insert(left, right, text);
    splice
}

#[test]
fn the_indices_of_an_event_run_out_for_good() {
    let last = u32::MAX;
    let insert = |count: usize| Edit::Insert {
        target: Target::Made(ElementRef::Here(last - 6)),
        left: None,
        right: None,
        values: vec![Value::Null; count],
    };
    let splice =
        |text: &str| Edit::Splice { target: Target::Made(ElementRef::Here(last - 5)), splice: typed(None, None, text) };
    let mut history = EventHistory::default();
    let number = history.write(
        1,
        &[],
        vec![
            set("l", Value::New(Container::List)),
            set("t", Value::New(Container::Text)),
            splice("ab"),
            insert(2),
            insert(1),
            splice("c"),
            set("k", Value::Null),
        ],
    );
    history.events[number].first_index = last - 6;
    let none = Err(IgnoredReason::NoIndexLeft);
    assert_eq!(last_verdicts(&history), [Ok(()), Ok(()), Ok(()), Ok(()), none, none, none]);
    assert_eq!(agreed(&history), json!({"l": [null, null], "t": "ab"}));
}

#[test]
fn an_index_before_the_first_is_of_another_document() {
    let mut history = EventHistory::default();
    history.write(1, &[], founding());
    let edits = vec![
        Edit::Set { target: Target::Made(ElementRef::Here(1)), key: "k".to_owned(), value: Value::Null },
        set("o", Value::New(Container::Object)),
        Edit::Set { target: Target::Made(ElementRef::Here(3)), key: "k".to_owned(), value: Value::Null },
        Edit::Set { target: Target::Made(ElementRef::Here(5)), key: "k".to_owned(), value: Value::Null },
    ];
    let number = history.write(2, &[0], edits);
    history.events[number].first_index = 2;
    let verdicts = last_verdicts(&history);
    assert_eq!(verdicts, [Err(IgnoredReason::UnknownContainer), Ok(()), Ok(()), Err(IgnoredReason::ForwardReference)]);
    assert_eq!(agreed(&history)["o"], json!({"k": null}));
}

#[test]
fn a_key_and_a_string_may_be_empty_and_an_event_may_say_nothing() {
    let mut history = EventHistory::default();
    history.write(1, &[], Vec::new());
    assert_eq!(agreed(&history), json!({}));
    assert!(!history.document().known(&Everything));
    history.write(1, &[0], vec![set("", Value::New(Container::Object))]);
    let inner = Target::Made(ElementRef::There(history.name(1), 0));
    history.write(1, &[1], vec![Edit::Set { target: inner, key: String::new(), value: Value::String("".into()) }]);
    assert_eq!(agreed(&history), json!({"": {"": ""}}));
    let empty = Edit::Splice { target: inner, splice: Splice::default() };
    let outcomes = Document::default().fold(EventId::new([1; 32]), 0, &[empty], &history);
    assert_eq!(outcomes, [], "a splice has an outcome for each of its changes");
}

#[test]
fn what_inserts_or_removes_nothing_is_ignored() {
    let mut history = EventHistory::default();
    history.write(1, &[], founding());
    let list = Target::Made(ElementRef::There(history.name(0), writers::LIST));
    let element = ElementRef::There(history.name(0), 4);
    let edits = vec![
        Edit::Insert { target: list, left: None, right: None, values: Vec::new() },
        Edit::Remove { target: list, first: element, count: 0 },
    ];
    history.write(2, &[0], edits);
    assert_eq!(last_verdicts(&history), [Err(IgnoredReason::Empty); 2]);
}

#[test]
fn a_list_that_cannot_hold_one_of_its_values_takes_none_of_them() {
    let nest = |above: Option<u32>| {
        let value = Value::New(Container::List);
        match above {
            None => Edit::Assign { target: Target::Root, value },
            Some(above) => Edit::Insert {
                target: Target::Made(ElementRef::Here(above)),
                left: None,
                right: None,
                values: vec![value],
            },
        }
    };
    let mut edits = vec![nest(None)];
    edits.extend((0..31).map(|above| nest(Some(above))));
    let within = |values| Edit::Insert { target: Target::Made(ElementRef::Here(31)), left: None, right: None, values };
    edits.push(within(vec![Value::Null, Value::New(Container::Counter), Value::Null]));
    edits.push(within(vec![Value::Null, Value::Bool(true)]));
    edits.push(Edit::Remove { target: Target::Made(ElementRef::Here(31)), first: ElementRef::Here(32), count: 1 });
    let mut history = EventHistory::default();
    history.write(1, &[], edits);
    let (document, mut outcomes) = history.folded(&[0]);
    let last = outcomes.remove(0).1.split_off(32);
    let refused = [
        EditOutcome::Ignored(IgnoredReason::TooDeep),
        EditOutcome::Applied,
        EditOutcome::Ignored(IgnoredReason::UnknownElement),
    ];
    assert_eq!(last, refused);
    let shown = document.value(&Everything, &history).to_string();
    assert_eq!(shown, format!("{}null,true{}", "[".repeat(32), "]".repeat(32)));
    agreed(&history);
}
