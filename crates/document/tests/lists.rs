//! The order of lists.

mod history;

use history::EventHistory;
use proptest::prelude::*;
use quorate_document::{Document, EditOutcome, Everything, IgnoredReason};
use quorate_event::{Edit, ElementRef, Integer, Target, Value};
use serde_json::{Value as Json, json};

/// Edits of the list by one author, one event for each; their past is the author's own events and the first `base` events.
fn type_along(history: &mut EventHistory, author: u8, base: usize, places: &[(usize, &str)]) -> usize {
    let mut last = base;
    for (place, text) in places {
        last = history.wish(author, &[last], |document, view, past| {
            let mut items = document.value(view, past)["l"].as_array().unwrap().clone();
            items.insert(*place, json!(text));
            document.set(view, past, "/l", &Json::Array(items)).unwrap()
        });
    }
    last
}

fn start(items: Json) -> EventHistory {
    let mut history = EventHistory::default();
    let edits = Document::default().put(&Everything, &history, &json!({"l": items})).unwrap();
    history.write(0, &[], edits);
    history
}

fn shown(history: &EventHistory) -> String {
    let value = history.document().value(&Everything, history);
    value["l"].as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
}

#[test]
fn d5_concurrent_runs_typed_forwards_never_interleave() {
    let mut history = start(json!(["<", ">"]));
    type_along(&mut history, 1, 0, &[(1, "a"), (2, "b"), (3, "c"), (4, "d")]);
    type_along(&mut history, 2, 0, &[(1, "x"), (2, "y"), (3, "z")]);
    assert!(["<abcdxyz>", "<xyzabcd>"].contains(&shown(&history).as_str()), "{}", shown(&history));
}

#[test]
fn d5_concurrent_runs_typed_backwards_never_interleave() {
    let mut history = start(json!(["<", ">"]));
    type_along(&mut history, 1, 0, &[(1, "d"), (1, "c"), (1, "b"), (1, "a")]);
    type_along(&mut history, 2, 0, &[(1, "z"), (1, "y"), (1, "x")]);
    assert!(["<abcdxyz>", "<xyzabcd>"].contains(&shown(&history).as_str()), "{}", shown(&history));
}

#[test]
fn d5_runs_typed_at_an_open_end_never_interleave() {
    for places in [[(0, "b"), (1, "c"), (0, "a")], [(0, "c"), (0, "b"), (0, "a")]] {
        let mut history = start(json!([]));
        type_along(&mut history, 1, 0, &places);
        type_along(&mut history, 2, 0, &[(0, "x"), (1, "y"), (2, "z")]);
        type_along(&mut history, 3, 0, &[(0, "3"), (0, "2"), (0, "1")]);
        let shown = shown(&history);
        assert!(["abc", "xyz", "123"].iter().all(|run| shown.contains(run)), "{shown}");
    }
}

#[test]
fn a_removed_neighbour_still_holds_its_place() {
    let mut history = start(json!(["a", "b", "c"]));
    let removed = history.wish(1, &[0], |document, view, past| document.delete(view, past, "/l/1").unwrap());
    type_along(&mut history, 2, 0, &[(2, "B")]);
    type_along(&mut history, 1, removed, &[(1, "1")]);
    let shown = shown(&history);
    assert!(["a1Bc", "aB1c"].contains(&shown.as_str()), "{shown}");
}

#[test]
fn an_element_removed_twice_is_removed_once_and_stays_so() {
    let mut history = start(json!(["a", "b"]));
    let delete =
        |document: &Document, view: &history::Only, past: &EventHistory| document.delete(view, past, "/l/0").unwrap();
    history.wish(1, &[0], delete);
    history.wish(2, &[0], delete);
    assert_eq!(shown(&history), "b");
}

#[test]
fn a_liar_may_name_any_origins_but_only_of_its_past() {
    let mut history = start(json!(["a", "b", "c"]));
    let list = Target::Made(ElementRef::There(EventHistory::id(0), 0));
    let element = |index| Some(ElementRef::There(EventHistory::id(0), index));
    let insert =
        |left, right, text: &str| Edit::Insert { target: list, left, right, values: vec![Value::String(text.into())] };
    history.write(
        1,
        &[0],
        vec![
            insert(element(3), element(1), "x"),
            insert(element(2), element(2), "y"),
            insert(None, None, "z"),
            insert(element(9), None, "!"),
            insert(Some(ElementRef::There(EventHistory::id(1), 0)), None, "!"),
            insert(Some(ElementRef::Here(5)), None, "!"),
            Edit::Insert { target: list, left: None, right: None, values: vec![] },
            Edit::Set { target: list, key: "k".to_owned(), value: Value::Null },
        ],
    );
    let outcomes = history.folded(&[0, 1]).1.remove(1).1;
    let reasons: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            EditOutcome::Ignored(reason) => Some(*reason),
            EditOutcome::Applied => None,
        })
        .collect();
    use IgnoredReason::*;
    assert_eq!(reasons, [UnknownElement, OutsideItsPast, ForwardReference, Empty, WrongKind]);
    assert_eq!(shown(&history).len(), 6);
}

#[test]
fn a_long_list_typed_backwards_stays_fast() {
    let mut document = Document::default();
    let mut history = EventHistory::default();
    let first = history.write(1, &[], vec![]);
    let here = |index: u32| Some(ElementRef::Here(index));
    let value = |number: u32| vec![Value::Integer(Integer::new(i128::from(number)).unwrap())];
    let target = Target::Made(ElementRef::Here(0));
    let mut edits = vec![Edit::Assign { target: Target::Root, value: Value::New(quorate_event::Container::List) }];
    let count = 100_000;
    for number in 1..=count {
        // Each is inserted between the first and the one before: a left child of the last one, so the tree gets deep.
        let (left, right) = match number {
            1 => (None, None),
            2 => (here(1), None),
            _ => (here(1), here(number - 1)),
        };
        edits.push(Edit::Insert { target, left, right, values: value(number) });
    }
    document.fold(EventHistory::id(first), 0, &edits, &history);
    let shown = document.value(&Everything, &history);
    let expected: Vec<_> = [1].into_iter().chain((2..=count).rev()).collect();
    assert_eq!(shown, json!(expected));
}

proptest! {
    #[test]
    fn one_author_edits_a_list_as_if_it_were_a_vector(
        steps in proptest::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 1..60),
    ) {
        let mut history = start(json!([]));
        let mut model: Vec<Json> = Vec::new();
        let mut last = 0;
        for (number, (place, insert)) in steps.into_iter().enumerate() {
            if insert || model.is_empty() {
                model.insert(place.index(model.len() + 1), json!(number.to_string()));
            } else {
                model.remove(place.index(model.len()));
            }
            let wanted = Json::Array(model.clone());
            last = history.wish(1, &[last], |document, view, past| document.set(view, past, "/l", &wanted).unwrap());
            prop_assert_eq!(&history.document().value(&Everything, &history)["l"], &wanted);
        }
    }
}
