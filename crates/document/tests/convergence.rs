//! Random histories, honest and not, folded in random causal orders.

mod history;
mod reference;

use std::collections::BTreeSet;

use history::History;
use proptest::prelude::*;
use quorate_document::{Document, Everything, parse_json};
use quorate_event::{Container, Edit, ElementRef, Integer, Target, Value};
use serde_json::{Value as Json, json};

/// Numbers to be used up: what a generator does is decided by them.
struct Dice(Vec<u32>, usize);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.1 += 1;
        let seed = self.0[self.1 % self.0.len()];
        seed.wrapping_add((self.1 as u32).wrapping_mul(2_654_435_761)).rotate_left(7) as usize % sides.max(1)
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.throw(items.len())]
    }
}

/// A value, of few kinds so that different authors meet.
fn any_json(dice: &mut Dice, depth: usize) -> Json {
    match dice.throw(if depth < 3 { 8 } else { 5 }) {
        0 => Json::Null,
        1 => json!(dice.throw(3)),
        2 => json!("s"),
        3 => json!(0.5),
        4 => json!(true),
        5 | 6 => (0..dice.throw(4)).map(|_| any_json(dice, depth + 1)).collect(),
        _ => {
            let keys = ["a", "b", "c"].into_iter().take(dice.throw(4));
            Json::Object(keys.map(|key| (key.to_owned(), any_json(dice, depth + 1))).collect())
        }
    }
}

fn any_value(dice: &mut Dice) -> Value {
    match dice.throw(5) {
        0 | 1 => Value::New(Container::List),
        2 => Value::New(Container::Object),
        _ => Value::Integer(Integer::new(dice.throw(9) as i128).unwrap()),
    }
}

/// A reference to anything, existing or not, of the past or the future; often to the list that all know.
fn any_reference(dice: &mut Dice, events: usize) -> ElementRef {
    match dice.throw(4) {
        0 => ElementRef::Here(dice.throw(6) as u32),
        1 => ElementRef::There(History::id(0), dice.throw(5) as u32),
        _ => ElementRef::There(History::id(dice.throw(events + 2)), dice.throw(4) as u32),
    }
}

/// An edit that obeys nothing.
fn any_edit(dice: &mut Dice, events: usize) -> Edit {
    let target = match dice.throw(5) {
        0 => Target::Root,
        1 => Target::Made(ElementRef::There(History::id(0), 0)),
        _ => Target::Made(any_reference(dice, events)),
    };
    let key = (*dice.pick(&["a", "b", "c"])).to_owned();
    let origin = |dice: &mut Dice| (dice.throw(3) > 0).then(|| any_reference(dice, events));
    match dice.throw(9) {
        0 | 1 => Edit::Set { target, key, value: any_value(dice) },
        2 => Edit::Delete { target, key },
        3 => Edit::Assign { value: any_value(dice) },
        4..=6 => Edit::Insert {
            target,
            left: origin(dice),
            right: origin(dice),
            values: (0..=dice.throw(3)).map(|_| any_value(dice)).collect(),
        },
        _ => Edit::Remove { target, element: any_reference(dice, events) },
    }
}

/// What an honest author may wish, whose view is its past.
fn wish(dice: &mut Dice, document: &Document, view: &history::Only, past: &History) -> Vec<Edit> {
    let pointer = *dice.pick(&["/a", "/b", "/a/b", "/c/0", "/c/-", "/c/1", "/a/0/b"]);
    let wanted = any_json(dice, 1);
    let edits = match dice.throw(14) {
        8..=13 => document.set(view, past, "/c", &moved(dice, &document.value(view, past)["c"])),
        0 => document.put(view, past, &any_json(dice, 0)),
        1 => document.put(view, past, &json!({"c": [1, 2, {"a": 1}, 4], "a": {"b": wanted}})),
        2 => document.delete(view, past, pointer),
        3 | 4 => document.merge_patch(view, past, "", &json!({"a": wanted, "b": null})),
        _ => document.set(view, past, pointer, &wanted),
    };
    edits.unwrap_or_default()
}

/// A list with something inserted, and perhaps removed, where other authors do the same.
fn moved(dice: &mut Dice, list: &Json) -> Json {
    let mut items = list.as_array().cloned().unwrap_or_default();
    for _ in 0..=dice.throw(2) {
        items.insert(dice.throw(items.len() + 1), json!(dice.throw(1_000)));
    }
    if dice.throw(3) == 0 {
        items.remove(dice.throw(items.len()));
    }
    Json::Array(items)
}

fn any_history(dice: &mut Dice, length: usize) -> History {
    let mut history = History::default();
    history.wish(0, &[], |document, view, past| document.set(view, past, "/c", &json!([1, 2, 3])).unwrap());
    for number in 1..length {
        let author = dice.throw(4) as u8;
        let mut parents: BTreeSet<usize> =
            history.events.iter().rposition(|event| event.author == author).into_iter().collect();
        for _ in 0..dice.throw(3).min(number) {
            parents.insert(dice.throw(number));
        }
        if parents.is_empty() && dice.throw(5) > 0 {
            parents.insert(0);
        }
        let parents: Vec<_> = parents.into_iter().collect();
        if dice.throw(3) == 0 {
            let edits = (0..=dice.throw(4)).map(|_| any_edit(dice, number)).collect();
            history.write(author, &parents, edits);
        } else {
            history.wish(author, &parents, |document, view, past| wish(dice, document, view, past));
        }
    }
    history
}

/// The past of some events, these included.
fn any_cut(dice: &mut Dice, history: &History) -> BTreeSet<usize> {
    let heads: Vec<_> = (0..=dice.throw(3)).map(|_| dice.throw(history.events.len())).collect();
    history.past_of(&heads)
}

fn check(seeds: Vec<u32>, length: usize) {
    let mut dice = Dice(seeds, 0);
    let history = any_history(&mut dice, length);
    let written: Vec<_> = (0..length).collect();
    let (one, outcomes) = history.folded(&written);
    let order = history.order(|ready| dice.throw(ready));
    let (other, other_outcomes) = history.folded(&order);
    assert_eq!(outcomes, other_outcomes, "outcomes depend on the order");

    let merged = one.value(&Everything, &history);
    assert_eq!(merged, other.value(&Everything, &history), "the merged value depends on the order");
    assert_eq!(merged, reference::value(&history, &written.into_iter().collect()), "not as defined");
    assert_eq!(one.digest(&Everything, &history), other.digest(&Everything, &history));
    assert_eq!(one.conflicted(&Everything, &history), other.conflicted(&Everything, &history));
    let text = merged.to_string();
    assert_eq!(parse_json(text.as_bytes()), Ok(merged), "the value does not read back");

    for _ in 0..4 {
        let cut = any_cut(&mut dice, &history);
        let view = history.view(&cut);
        let value = one.value(&view, &history);
        assert_eq!(value, other.value(&view, &history), "the value in a cut depends on the order");
        assert_eq!(one.digest(&view, &history), quorate_document::digest(&value), "the digest is not the value's");
        let (alone, _) = history.folded(&cut.iter().copied().collect::<Vec<_>>());
        assert_eq!(value, alone.value(&Everything, &history), "the view is not the past");
        assert_eq!(value, reference::value(&history, &cut), "the cut is not as defined");
        let holes = cut.into_iter().filter(|_| dice.throw(4) > 0).collect();
        let holes = history.view(&holes);
        let value = one.value(&holes, &history);
        assert_eq!(value, other.value(&holes, &history), "void events depend on the order");
        assert_eq!(one.digest(&holes, &history), quorate_document::digest(&value), "the digest is not the value's");
        check_wish(&mut dice, &history, &one, &view);
        check_patch(&mut dice, &history, &one, &view);
    }
}

/// D6: what is put shows, and to put what shows takes nothing.
fn check_wish(dice: &mut Dice, history: &History, document: &Document, view: &history::Only) {
    let value = document.value(view, history);
    assert_eq!(document.put(view, history, &value), Ok(Vec::new()));
    let wanted = any_json(dice, 0);
    let edits = document.put(view, history, &wanted).unwrap();
    let mut longer = History::default();
    for event in &history.events {
        longer.write(event.author, &event.parents, event.edits.clone());
    }
    let heads: Vec<_> = (0..history.events.len()).filter(|number| view.0.contains(&History::id(*number))).collect();
    let written = longer.write(9, &heads, edits);
    let after = longer.view(&heads.into_iter().chain([written]).collect());
    let (folded, outcomes) = longer.folded(&(0..=written).collect::<Vec<_>>());
    assert_eq!(folded.value(&after, &longer), wanted, "{:?}", outcomes.last());
}

/// A merge patch writes what it takes to show the patched value, and nothing where that shows already.
fn check_patch(dice: &mut Dice, history: &History, document: &Document, view: &history::Only) {
    let shown = document.value(view, history);
    for pointer in ["", "/a", "/b", "/a/b", "/c/0", "/c/-", "/a/b/c", "/c/a"] {
        let before = shown.pointer(pointer).cloned().unwrap_or_default();
        let mut patch = any_json(dice, 0);
        if let (Json::Object(patch), true) = (&mut patch, dice.throw(2) == 0) {
            let key = *dice.pick(&["a", "b", "c"]);
            patch.insert(key.to_owned(), before.get(key).cloned().unwrap_or_default());
        }
        let wanted = patched(before, &patch);
        let edits = document.merge_patch(view, history, pointer, &patch);
        assert_eq!(edits, document.set(view, history, pointer, &wanted), "{patch} at {pointer:?} of {shown}");
    }
    if let Json::Object(members) = &shown {
        let same: serde_json::Map<_, _> =
            members.clone().into_iter().filter(|(_, value)| is_null_free(value)).collect();
        assert_eq!(document.merge_patch(view, history, "", &Json::Object(same)), Ok(Vec::new()));
    }
}

/// Whether no object holds a null, which a patch would take for a deletion.
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_024, ..ProptestConfig::default() })]

    #[test]
    fn d1_d2_d3_d6_any_causal_order_has_one_answer_in_every_view(
        seeds in proptest::collection::vec(any::<u32>(), 64..200),
        length in 1_usize..24,
    ) {
        check(seeds, length);
    }
}

#[test]
fn d3_the_generator_reaches_every_outcome() {
    let mut seen = BTreeSet::new();
    for seed in 0..400 {
        let mut dice = Dice((0..97).map(|number: u32| number.wrapping_mul(0x9e37_79b9) ^ seed).collect(), 0);
        let history = any_history(&mut dice, 20);
        let order: Vec<_> = (0..20).collect();
        for outcome in history.folded(&order).1.into_iter().flat_map(|(_, outcomes)| outcomes) {
            seen.insert(format!("{outcome:?}").split([' ', '{']).next().unwrap().to_owned());
        }
    }
    for outcome in ["Assigned", "Set", "Deleted", "Inserted", "Removed"] {
        assert!(
            seen.contains(&format!("Applied({outcome}")) || seen.contains(&format!("Applied({outcome})")),
            "{outcome}: {seen:?}"
        );
    }
    for reason in ["OutsideItsPast", "ForwardReference", "UnknownContainer", "WrongKind", "UnknownElement"] {
        assert!(seen.contains(&format!("Ignored({reason})")), "{reason}: {seen:?}");
    }
}
