//! Random histories, honest and Byzantine, folded in random causal orders and compared with the reference.
//!
//! By default 60,000 histories times orders. For a long run,
//! `QUORATE_HISTORIES=1000000 cargo test --release -p quorate-document --test convergence --test sessions` folds that many.

mod history;
mod reference;
mod writers;

use std::collections::BTreeSet;

use history::EventHistory;
use proptest::prelude::*;
use quorate_document::{Document, DocumentView, Everything, parse_json};
use reference::Tables;
use serde_json::Value as Json;
use writers::{ORDERS, SeededRng, cases, honest, sketch};

proptest! {
    #![proptest_config(cases(13_000))]

    #[test]
    fn d1_d2_d3_ta25_a_small_history_has_one_answer_in_every_order(
        sketches in proptest::collection::vec(sketch(3), 1..10),
        salt in 0..1_000_u64,
        draws in any::<[u64; ORDERS]>(),
    ) {
        check(&writers::grow(salt, &sketches), &draws);
    }
}

proptest! {
    #![proptest_config(cases(1_600))]

    #[test]
    fn d1_d2_d3_ta25_an_eventful_history_has_one_answer_in_every_order(
        sketches in proptest::collection::vec(sketch(8), 1..6),
        salt in 0..1_000_u64,
        draws in any::<[u64; ORDERS]>(),
    ) {
        check(&writers::grow(salt, &sketches), &draws);
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn d1_d2_d3_ta25_a_long_history_has_one_answer_in_every_order(
        sketches in proptest::collection::vec(sketch(3), 20..50),
        salt in 0..1_000_u64,
        draws in any::<[u64; ORDERS]>(),
    ) {
        check(&writers::grow(salt, &sketches), &draws);
    }
}

fn check(history: &EventHistory, draws: &[u64]) {
    let tables = Tables::read(history);
    let written: Vec<_> = (0..history.events.len()).collect();
    let mut orders = vec![written];
    for draw in draws {
        let mut dice = SeededRng(*draw);
        orders.push(history.order(|ready| dice.throw(ready)));
    }
    let documents: Vec<_> = orders.iter().map(|order| reference::folded(history, &tables, order)).collect();

    let mut dice = SeededRng(draws[0]);
    let mut views = vec![history.all()];
    for _ in 0..2 {
        let heads: Vec<_> = (0..=dice.throw(2)).map(|_| dice.throw(history.events.len())).collect();
        let cut = history.past_of(&heads);
        let (alone, _) = history.folded(&cut.iter().copied().collect::<Vec<_>>());
        let value = alone.value(&Everything, history);
        assert_eq!(value, tables.seen(&cut).value(), "a cut is not what is folded from it alone: \n{history}");
        views.push(cut);
    }
    for _ in 0..2 {
        views.push(history.all().into_iter().filter(|_| dice.throw(4) > 0).collect());
    }
    for numbers in &views {
        let view = history.view(numbers);
        check_view(history, &tables, &documents, (numbers, &view));
    }
    check_view(history, &tables, &documents, (&views[0], &Everything));
}

fn check_view(
    history: &EventHistory,
    tables: &Tables<'_>,
    documents: &[Document],
    (numbers, view): (&BTreeSet<usize>, &impl DocumentView),
) {
    let sight = tables.seen(numbers);
    let (wanted, conflicted) = (sight.value(), sight.conflicted());
    let known = tables.verdicts.iter().enumerate();
    let known = known.filter(|(number, _)| numbers.contains(number)).any(|(_, all)| all.iter().any(Result::is_ok));
    for (order, document) in documents.iter().enumerate() {
        let told = || format!("order {order} in {numbers:?} of \n{history}");
        let value = document.value(view, history);
        assert_eq!(value, wanted, "{}", told());
        assert_eq!(document.digest(view, history), quorate_document::digest(&wanted), "{}", told());
        let places: BTreeSet<_> = document.conflicted(view, history).into_iter().collect();
        assert_eq!(places, conflicted, "{}", told());
        assert_eq!(document.known(view), known, "{}", told());
    }
    check_conflicts(history, documents, view, &conflicted);
    assert_eq!(parse_json(wanted.to_string().as_bytes()), Ok(wanted), "the value does not read back");
}

/// The conflicts of a document equal those of the reference, with authors; the value that shows comes first.
fn check_conflicts(
    history: &EventHistory,
    documents: &[Document],
    view: &impl DocumentView,
    places: &BTreeSet<String>,
) {
    for place in places {
        let told = |document: &Document| document.conflicts(place, view, history).unwrap();
        let written = told(&documents[0]);
        assert!(written.len() > 1, "{place:?} of \n{history}");
        let shown = documents[0].value(view, history).pointer(place).cloned();
        assert_eq!(shown.as_ref(), Some(&written[0].value), "{place:?} of \n{history}");
        assert!(documents.iter().all(|other| told(other) == written), "{place:?} of \n{history}");
    }
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn d6_what_is_put_shows_and_to_put_what_shows_takes_nothing(
        sketches in proptest::collection::vec(sketch(3), 1..10),
        salt in 0..1_000_u64,
        seed in any::<u64>(),
    ) {
        let history = writers::grow(salt, &sketches);
        let mut dice = SeededRng(seed);
        let view = history.past_of(&[dice.throw(history.events.len())]);
        check_wish(&mut dice, &history, &view);
        check_patch(&mut dice, &history, &view);
    }
}

fn check_wish(dice: &mut SeededRng, history: &EventHistory, seen: &BTreeSet<usize>) {
    let (document, view) = (history.document(), history.view(seen));
    let value = document.value(&view, history);
    assert_eq!(document.put(&view, history, &value), Ok(Vec::new()), "\n{history}");
    let wanted = honest::altered(dice, &value, 0);
    let edits = document.put(&view, history, &wanted).unwrap();
    let mut longer = history.clone();
    let heads: Vec<_> = seen.iter().copied().collect();
    let written = longer.write(9, &heads, edits);
    let after = longer.view(&heads.into_iter().chain([written]).collect());
    let shown = longer.document().value(&after, &longer);
    assert_eq!(shown, wanted, "\n{longer}");
}

/// A merge patch makes the patched value show, and writes nothing if it shows already.
fn check_patch(dice: &mut SeededRng, history: &EventHistory, seen: &BTreeSet<usize>) {
    let (document, view) = (history.document(), history.view(seen));
    let shown = document.value(&view, history);
    for pointer in ["", "/a", "/b", "/a/b", "/l/0", "/l/-", "/a/b/l", "/l/a", "/t", "/n"] {
        let before = shown.pointer(pointer).cloned().unwrap_or_default();
        let mut patch = honest::any_json(dice, 0);
        if let (Json::Object(patch), true) = (&mut patch, dice.throw(2) == 0) {
            let key = *dice.pick(&["a", "b", "l", "t"]);
            patch.insert(key.to_owned(), before.get(key).cloned().unwrap_or_default());
        }
        let wanted = patched(before, &patch);
        let edits = document.merge_patch(&view, history, pointer, &patch);
        assert_eq!(edits, document.set(&view, history, pointer, &wanted), "{patch} at {pointer:?} of {shown}");
    }
    if let Json::Object(members) = &shown {
        let same: serde_json::Map<_, _> =
            members.clone().into_iter().filter(|(_, value)| is_null_free(value)).collect();
        assert_eq!(document.merge_patch(&view, history, "", &Json::Object(same)), Ok(Vec::new()));
    }
}

/// Whether no object contains a null, which a merge patch would read as a deletion.
fn is_null_free(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Object(members) => members.values().all(is_null_free),
        _ => true,
    }
}

/// RFC 7386 §2, as printed there.
fn patched(target: Json, patch: &Json) -> Json {
    let Json::Object(patch) = patch else {
        return patch.clone();
    };
    let mut target = target.as_object().cloned().unwrap_or_default();
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            let before = target.remove(name).unwrap_or_default();
            target.insert(name.clone(), patched(before, value));
        }
    }
    Json::Object(target)
}
