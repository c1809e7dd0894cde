//! The order of texts and lists: Fugue's guarantees for honest authors, and trees that no honest author makes.

mod history;
mod reference;
mod writers;

use history::EventHistory;
use proptest::prelude::*;
use quorate_document::{Document, EditOutcome, Everything, IgnoredReason};
use quorate_event::{Container, Edit, ElementRef, Splice, Target, Value};
use reference::{Id, Tables};
use serde_json::json;
use writers::{SeededRng, honest};

const TEXT: ElementRef = ElementRef::Here(0);

/// A text that holds `typed`, made by event 0.
fn start(salt: u64, typed: &str) -> EventHistory {
    let mut history = EventHistory::salted(salt);
    let make = Edit::Set { target: Target::Root, key: "t".to_owned(), value: Value::New(Container::Text) };
    let mut splice = Splice::default();
    if !typed.is_empty() {
        splice.insert(None, None, typed);
    }
    history.write(0, &[], vec![make, Edit::Splice { target: Target::Made(TEXT), splice }]);
    history
}

fn text(history: &EventHistory) -> Id {
    (history.events[0].id, 0)
}

fn target(history: &EventHistory) -> Target {
    Target::Made(ElementRef::There(text(history).0, text(history).1))
}

fn splice(history: &mut EventHistory, author: u8, parents: &[usize], changes: impl FnOnce(&mut Splice)) -> usize {
    let mut splice = Splice::default();
    changes(&mut splice);
    let target = target(history);
    history.write(author, parents, vec![Edit::Splice { target, splice }])
}

/// An event that types `typed` at a position of the text that `parents` show.
fn insert(history: &mut EventHistory, author: u8, parents: &[usize], position: usize, typed: &str) -> usize {
    let (left, right) = {
        let view = history.past_of(parents);
        honest::gap(&Tables::read(history).seen(&view).places(text(history)), position)
    };
    let there = |id: Option<Id>| id.map(|id| ElementRef::There(id.0, id.1));
    splice(history, author, parents, |splice| splice.insert(there(left), there(right), typed))
}

/// A character of event `number`.
fn at(history: &EventHistory, number: usize, index: u32) -> Option<ElementRef> {
    Some(ElementRef::There(history.name(number), index))
}

/// The text that shows.
fn shown(history: &EventHistory) -> String {
    reference::agreed(history)["t"].as_str().unwrap().to_owned()
}

/// Characters of one author, one event for each; their past is the author's own events and event 0. Typed forwards,
/// backwards, or from the middle.
fn type_along(history: &mut EventHistory, author: u8, base: usize, typed: &str, next: impl Fn(usize) -> usize) {
    let mut last = 0;
    for (number, character) in typed.chars().enumerate() {
        last = insert(history, author, &[last], base + next(number), &character.to_string());
    }
}

#[test]
fn d5_concurrent_runs_never_interleave_typed_forwards_or_backwards() {
    for salt in 1..40 {
        for (first, second) in [(true, true), (true, false), (false, false)] {
            let mut history = start(salt, "<>");
            let mut write = |author, typed: &str, forwards| {
                type_along(&mut history, author, 1, typed, |number| if forwards { number } else { 0 });
            };
            write(1, "abcd", first);
            write(2, "wxyz", second);
            let [one, two] = [("abcd", first), ("wxyz", second)]
                .map(|(run, forwards)| if forwards { run.to_owned() } else { run.chars().rev().collect() });
            let text = shown(&history);
            assert!(text == format!("<{one}{two}>") || text == format!("<{two}{one}>"), "{text} with salt {salt}");
        }
    }
}

#[test]
fn d5_many_runs_at_one_place_stay_whole() {
    for salt in 1..20 {
        let mut history = start(salt, "<>");
        let runs = ["abc", "def", "ghi", "jkl", "mno", "pqr"];
        for (author, run) in (1..).zip(runs) {
            insert(&mut history, author, &[0], 1, run);
        }
        let text = shown(&history);
        assert_eq!(text.chars().count(), 20);
        assert!(runs.iter().all(|run| text.contains(run)), "{text}");
    }
}

#[test]
fn d5_runs_at_the_start_the_end_and_in_the_middle_of_a_run_stay_whole() {
    for (position, salt) in (0..=6).flat_map(|position| (1..8).map(move |salt| (position, salt))) {
        let mut history = start(salt, "ABCDEF");
        insert(&mut history, 1, &[0], position, "123");
        insert(&mut history, 2, &[0], position, "xyz");
        let both = insert(&mut history, 3, &[1, 2], position + 2, "!");
        insert(&mut history, 4, &[both], position + 4, "?");
        let text = shown(&history).replace(['!', '?'], "");
        let (head, tail) = "ABCDEF".split_at(position);
        assert!([format!("{head}123xyz{tail}"), format!("{head}xyz123{tail}")].contains(&text), "{text}");
    }
}

#[test]
fn a_run_that_was_typed_into_a_removed_stretch_keeps_its_place() {
    for salt in 1..10 {
        let mut history = start(salt, "ABCDEF");
        let gone = at(&history, 0, 2).unwrap();
        splice(&mut history, 1, &[0], |splice| splice.remove(gone, 4));
        insert(&mut history, 2, &[0], 3, "xyz");
        insert(&mut history, 1, &[1], 1, "-");
        let text = shown(&history);
        assert!(["A-xyzF", "Axyz-F"].contains(&text.as_str()), "{text}");
    }
}

#[test]
fn what_many_remove_is_gone_until_none_of_them_counts() {
    let mut history = start(1, "ABCDEF");
    for (author, (first, count)) in (1..).zip([(1, 3), (2, 3), (3, 4), (2, 1)]) {
        let first = at(&history, 0, first).unwrap();
        splice(&mut history, author, &[0], |splice| splice.remove(first, count));
    }
    assert_eq!(shown(&history), "");
    let document = history.document();
    for (numbers, wanted) in
        [(vec![0], "ABCDEF"), (vec![0, 1], "DEF"), (vec![0, 1, 4], "DEF"), (vec![0, 2, 4], "AEF"), (vec![0, 3], "AB")]
    {
        let view = history.view(&numbers.iter().copied().collect());
        assert_eq!(document.value(&view, &history), json!({"t": wanted}), "{numbers:?}");
    }
}

#[test]
fn a_removal_reaches_over_what_was_typed_in_between() {
    let mut history = start(1, "ABCDEF");
    insert(&mut history, 1, &[0], 2, "12");
    insert(&mut history, 1, &[0], 4, "34");
    let first = at(&history, 0, 2).unwrap();
    splice(&mut history, 2, &[1, 2], |splice| splice.remove(first, 4));
    splice(&mut history, 3, &[0], |splice| splice.remove(first, 4));
    assert_eq!(shown(&history), "A1234F");
}

/// The reasons why changes of the last event are ignored.
fn reasons(history: &EventHistory) -> Vec<Option<IgnoredReason>> {
    reference::last_verdicts(history).into_iter().map(Result::err).collect()
}

#[test]
fn a_removal_lies_within_one_insertion() {
    let mut history = start(1, "ab");
    // Two insertions of one event whose characters are neighbours, as if typed together.
    let last = at(&history, 0, 2);
    let both = splice(&mut history, 1, &[0], |splice| {
        splice.insert(last, None, "cd");
        splice.insert(Some(ElementRef::Here(1)), None, "ef");
    });
    let remove = |splice: &mut Splice, index, count| splice.remove(at(&history.clone(), both, index).unwrap(), count);
    let mut changes = Splice::default();
    for (index, count) in [(1, 2), (0, 3), (0, 5), (3, 2), (4, 1), (2, u32::MAX), (u32::MAX, 1), (0, 2), (2, 2)] {
        remove(&mut changes, index, count);
    }
    let target = target(&history);
    history.write(2, &[both], vec![Edit::Splice { target, splice: changes }]);
    let mut wanted = vec![Some(IgnoredReason::UnknownElement); 7];
    wanted.extend([None, None]);
    assert_eq!(reasons(&history), wanted);
    assert_eq!(shown(&history), "ab");
}

#[test]
fn a_bad_change_of_a_text_hides_no_good_one_and_takes_its_indices() {
    let mut history = start(1, "ab");
    let (first, nowhere) = (at(&history, 0, 1), at(&history, 0, 99));
    splice(&mut history, 1, &[0], |splice| {
        splice.insert(nowhere, None, "bad");
        splice.insert(first, Some(ElementRef::Here(3)), "bad");
        splice.insert(first, None, "good");
        splice.remove(ElementRef::Here(0), 1);
        splice.insert(Some(ElementRef::Here(6)), None, "ish");
        splice.remove(ElementRef::Here(6), 1);
    });
    use IgnoredReason::{ForwardReference, UnknownElement};
    assert_eq!(
        reasons(&history),
        [Some(UnknownElement), Some(ForwardReference), None, Some(UnknownElement), None, None]
    );
    let text = shown(&history);
    assert!(["aoodishb", "aboodish"].contains(&text.as_str()), "{text}");
}

/// A text of one author's insertions; `origins` draws their origins from all characters so far.
fn grown(
    salt: u64,
    events: usize,
    origins: impl Fn(usize, &mut SeededRng) -> (Option<usize>, Option<usize>),
) -> EventHistory {
    let mut history = start(salt, "<>");
    let mut known: Vec<(usize, u32)> = vec![(0, 1), (0, 2)];
    let mut dice = SeededRng(salt);
    for number in 1..=events {
        let (left, right) = origins(known.len(), &mut dice);
        let refer = |place: Option<usize>| place.and_then(|place| at(&history, known[place].0, known[place].1));
        let (left, right) = (refer(left), refer(right));
        let count = 1 + dice.throw(3) as u32;
        let typed: String = ('a'..).take(count as usize).collect();
        splice(&mut history, number as u8, &[number - 1], |splice| splice.insert(left, right, &typed));
        known.extend((0..count).map(|index| (number, index)));
    }
    history
}

#[test]
fn many_siblings_at_one_origin_stand_by_name() {
    for salt in 1..10 {
        let one = at(&start(salt, ""), 0, 1);
        let mut history = start(salt, "<>");
        for author in 1..=40 {
            let right = at(&history, 0, 2).filter(|_| author % 2 == 0);
            splice(&mut history, author, &[0], |splice| splice.insert(one, right, "ab"));
        }
        assert_eq!(shown(&history).chars().count(), 82);
    }
}

#[test]
fn deep_left_chains_stand_in_order() {
    // Each is inserted between the first character and the last inserted one.
    let chain = |known: usize, _: &mut SeededRng| (Some(0), Some(if known > 2 { known - 1 } else { 1 }));
    let alternating = |known: usize, _: &mut SeededRng| {
        let newest = known - 1;
        if known.is_multiple_of(2) { (Some(0), Some(newest)) } else { (Some(newest), Some(1)) }
    };
    for salt in 1..6 {
        shown(&grown(salt, 60, chain));
        shown(&grown(salt, 60, alternating));
    }
}

#[test]
fn origins_that_no_neighbours_are_have_one_place() {
    let crossed = |known: usize, dice: &mut SeededRng| (Some(dice.throw(known)), Some(dice.throw(known)));
    let same = |known: usize, dice: &mut SeededRng| {
        let one = Some(dice.throw(known));
        (one, one)
    };
    let open = |known: usize, dice: &mut SeededRng| (None, Some(dice.throw(known)));
    let endless = |known: usize, dice: &mut SeededRng| (Some(dice.throw(known)), None);
    let nothing = |_: usize, _: &mut SeededRng| (None, None);
    for salt in 1..30 {
        shown(&grown(salt, 25, crossed));
        shown(&grown(salt, 15, same));
        shown(&grown(salt, 15, open));
        shown(&grown(salt, 15, endless));
        shown(&grown(salt, 15, nothing));
    }
}

/// A hundred thousand characters, each left of the one before.
#[test]
fn a_long_text_typed_backwards_stays_fast() {
    let mut history = EventHistory::default();
    let number = history.write(1, &[], vec![]);
    let make = Edit::Assign { target: Target::Root, value: Value::New(Container::Text) };
    let mut splice = Splice::default();
    splice.insert(None, None, "a");
    splice.insert(Some(ElementRef::Here(1)), None, "b");
    for last in 2..100_000 {
        splice.insert(Some(ElementRef::Here(1)), Some(ElementRef::Here(last)), if last % 2 == 0 { "c" } else { "b" });
    }
    let mut document = Document::default();
    let outcomes = document.fold(
        EventHistory::id(number),
        0,
        &[make, Edit::Splice { target: Target::Made(TEXT), splice }],
        &history,
    );
    assert!(outcomes.iter().all(|outcome| matches!(outcome, EditOutcome::Applied)));
    let wanted: String = format!("a{}", "bc".repeat(50_000)).chars().take(100_000).collect();
    let shown = document.value(&Everything, &history);
    let shown = shown.as_str().unwrap();
    assert_eq!(shown.len(), wanted.len());
    assert!(shown.starts_with("ab") || shown.starts_with("ac"));
    assert!(!shown.contains("bb") && !shown.contains("cc") && !shown[1..].contains('a'));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_author_edits_a_text_as_if_it_were_a_string(
        steps in proptest::collection::vec((any::<prop::sample::Index>(), 0..4_usize), 1..40),
        salt in 0..100_u64,
    ) {
        let mut history = start(salt, "");
        let mut model: Vec<char> = Vec::new();
        let mut last = 0;
        for (place, length) in steps {
            if length > 0 || model.is_empty() {
                let place = place.index(model.len() + 1);
                let typed: String = ('a'..).skip(model.len() % 20).take(length + 1).collect();
                model.splice(place..place, typed.chars());
                last = insert(&mut history, 1, &[last], place, &typed);
            } else {
                let place = place.index(model.len());
                model.remove(place);
                let view = history.all();
                let places = Tables::read(&history).seen(&view).places(text(&history));
                let id = places.into_iter().filter_map(|place| place.element).nth(place).unwrap();
                last = splice(&mut history, 1, &[last], |splice| splice.remove(ElementRef::There(id.0, id.1), 1));
            }
            let wanted: String = model.iter().collect();
            let value = history.document().value(&Everything, &history);
            prop_assert_eq!(value, json!({"t": wanted}));
        }
    }
}
