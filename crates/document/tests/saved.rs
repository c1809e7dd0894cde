//! A document that was saved and opened behaves as before, and damaged bytes are refused.

mod history;
mod reference;
mod writers;

use history::{EventHistory, Only};
use proptest::prelude::*;
use quorate_document::{
    CausalOrder, Document, DocumentView, EditCommand, Everything, ItemMove, OpenError, PositionRange,
};
use quorate_event::cbor::CborWriter;
use quorate_event::{Address, Canonical, Container, Edit, EventId, Value, blake3, limits};
use reference::Tables;
use serde_json::json;
use writers::session::JsonSession;
use writers::{SeededRng, cases, sketch};

const CHECKSUM_BYTES: usize = 32;
/// An event's id and its depth.
const ROW_BYTES: usize = 40;

proptest! {
    #![proptest_config(cases(3_000))]

    #[test]
    fn d11_a_small_document_goes_on_after_it_was_opened(
        sketches in proptest::collection::vec(sketch(3), 1..10),
        salt in 0..1_000_u64,
        seed in any::<u64>(),
    ) {
        check(&writers::grow(salt, &sketches), &mut SeededRng(seed));
    }

    #[test]
    fn d11_an_eventful_document_goes_on_after_it_was_opened(
        sketches in proptest::collection::vec(sketch(12), 1..6),
        salt in 0..1_000_u64,
        seed in any::<u64>(),
    ) {
        check(&writers::grow(salt, &sketches), &mut SeededRng(seed));
    }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn d11_a_long_document_goes_on_after_it_was_opened(
        sketches in proptest::collection::vec(sketch(3), 20..50),
        salt in 0..1_000_u64,
        seed in any::<u64>(),
    ) {
        check(&writers::grow(salt, &sketches), &mut SeededRng(seed));
    }
}

/// Folds a history in a causal order twice; one of the two documents is saved and opened in between.
fn check(history: &EventHistory, dice: &mut SeededRng) {
    let order = history.order(|ready| dice.throw(ready));
    let cut = dice.throw(order.len() + 1);
    let mut whole = Document::default();
    order[..cut].iter().for_each(|number| drop(history.fold(&mut whole, *number)));
    let saved = whole.save();
    let mut opened = Document::open(&saved).unwrap_or_else(|error| panic!("{error}: {order:?} to {cut} of\n{history}"));
    assert!(opened.save() == saved, "{order:?} to {cut} of\n{history}");
    check_alike(history, dice, [&whole, &opened]);
    for (at, number) in order.iter().enumerate() {
        let outcomes = history.fold(&mut opened, *number);
        if at >= cut {
            assert_eq!(outcomes, history.fold(&mut whole, *number), "{number} in {order:?} to {cut} of\n{history}");
        }
    }
    check_alike(history, dice, [&whole, &opened]);
    assert!(whole.save() == opened.save(), "{order:?} to {cut} of\n{history}");
}

fn check_alike(history: &EventHistory, dice: &mut SeededRng, [one, other]: [&Document; 2]) {
    assert!(one.events().eq(other.events()), "{history}");
    let mut drawn = || history.view(&history.all().into_iter().filter(|_| dice.throw(4) > 0).collect());
    let (some, others) = (drawn(), drawn());
    check_view(history, [one, other], &Everything);
    check_view(history, [one, other], &some);
    let changes = |document: &Document| document.changes(&some, &others, history);
    assert_eq!(changes(one), changes(other), "{history}");
    check_session(history, dice, [one, other]);
}

fn check_view(history: &EventHistory, [one, other]: [&Document; 2], view: &impl DocumentView) {
    assert_eq!(one.known(view), other.known(view), "{history}");
    assert_eq!(one.value(view, history), other.value(view, history), "{history}");
    assert_eq!(one.digest(view, history), other.digest(view, history), "{history}");
    let places = one.conflicted(view, history);
    assert_eq!(places, other.conflicted(view, history), "{history}");
    for place in places {
        let conflicts = |document: &Document| document.conflicts(&place, view, history).unwrap();
        assert_eq!(conflicts(one), conflicts(other), "{place:?} of\n{history}");
    }
}

/// The next edits, by position and by path, are the same.
fn check_session(history: &EventHistory, dice: &mut SeededRng, documents: [&Document; 2]) {
    let folded: Vec<_> = documents[0].events().collect();
    let all = history.all().into_iter();
    let seen = all.filter(|number| folded.contains(&&history.events[*number].id)).collect();
    let tables = Tables::read(history);
    let mut session = JsonSession::new(tables.seen(&seen));
    let commands: Vec<EditCommand> = (0..4).filter_map(|_| session.command(dice)).collect();
    let view = history.view(&seen);
    let by = |document: &Document| document.command(&view, history, &commands);
    assert_eq!(by(documents[0]), by(documents[1]), "{commands:#?} of\n{history}");
    let by = |document: &Document| document.command(&Everything, history, &commands);
    assert_eq!(by(documents[0]), by(documents[1]), "{commands:#?} of\n{history}");
    let at_the_end = |document: &Document| {
        document.edit(&Everything, history, |doc| {
            doc.list("/l")?.push("end")?;
            let mut text = doc.text("/t")?;
            text.insert(text.len(), "end")
        })
    };
    assert_eq!(at_the_end(documents[0]), at_the_end(documents[1]), "{history}");
}

/// A history with siblings, moves, removals and conflicts.
fn eventful() -> EventHistory {
    let mut history = EventHistory::default();
    history.write(0, &[], writers::founding());
    let wish = json!({"l": [{"moved": ["x"]}, 1, "z"], "t": "añb", "o": {"deep": {"er": 0.5}}, "b": null});
    history.wish(1, &[0], |document, view, past| document.put(view, past, &wish).unwrap());
    for author in 2..5 {
        history.wish(author, &[1], |document, view, past| {
            let by_path = document.edit(view, past, |doc| {
                doc.set("/b", author)?;
                doc.text("/t")?.insert(1, "é中")?;
                doc.text("/t")?.remove(PositionRange { at: 0, count: 1 })?;
                doc.list("/l")?.move_to(ItemMove { from: 0, to: 1 })?;
                doc.list("/l")?.remove(PositionRange { at: 2, count: 1 })
            });
            by_path.unwrap()
        });
        let add = quorate_event::Edit::Add {
            target: quorate_event::Target::Made(quorate_event::ElementRef::There(history.name(0), writers::COUNTER)),
            amount: -7,
        };
        history.write(author, &[0], vec![add]);
    }
    history
}

/// Changes of a text at many positions.
fn typed_about(history: &EventHistory, document: &Document, seed: u64, changes: usize) -> Vec<Edit> {
    let mut dice = SeededRng(seed);
    let mut len = document.value(&Everything, history)["t"].as_str().unwrap().chars().count();
    let edits = document.edit(&Everything, history, |doc| {
        let mut text = doc.text("/t")?;
        (0..changes).try_for_each(|_| {
            let at = dice.throw(len + 1);
            let removed = dice.throw(3).min(len - at);
            let typed = ["a", "bc", "déf"][dice.throw(3)];
            len = len - removed + typed.chars().count();
            text.replace(PositionRange { at: at as u32, count: removed as u32 }, typed)
        })
    });
    edits.unwrap()
}

/// Ten thousand fragments: a tree of several levels, which is then cut at many positions.
#[test]
fn d11_a_large_text_goes_on_after_it_was_opened() {
    let mut history = EventHistory::default();
    history.write(0, &[], writers::founding());
    let mut whole = history.document();
    let first = history.write(1, &[0], typed_about(&history, &whole, 1, 6_000));
    history.fold(&mut whole, first);
    // Two authors type the same at the same positions, one before the document is opened: all insertions have siblings.
    let typed = [2, 3].map(|seed| typed_about(&history, &whole, seed, 1_000));
    for edits in &typed {
        let number = history.write(1, &[first], edits.clone());
        history.fold(&mut whole, number);
    }
    let mut opened = Document::open(&whole.save()).unwrap();
    for edits in typed {
        let number = history.write(2, &[first], edits);
        for document in [&mut whole, &mut opened] {
            history.fold(document, number);
        }
        assert_eq!(whole.value(&Everything, &history), opened.value(&Everything, &history));
        assert!(whole.save() == opened.save());
    }
    assert_eq!(typed_about(&history, &opened, 4, 1_000), typed_about(&history, &whole, 4, 1_000));
}

#[test]
fn a_damaged_byte_is_told() {
    let history = eventful();
    let saved = history.document().save();
    assert!(Document::open(&saved).is_ok());
    for at in 0..saved.len() {
        for bit in 0..8 {
            let mut damaged = saved.clone();
            damaged[at] ^= 1 << bit;
            let error = Document::open(&damaged).unwrap_err();
            assert_eq!(matches!(error, OpenError::Version { .. }), at == 0, "{error}");
            assert!(error.to_string().ends_with("fold the events again"));
        }
    }
    for len in 0..saved.len() {
        assert_eq!(Document::open(&saved[..len]).unwrap_err(), OpenError::Damaged);
    }
    assert!(Document::open(&[&saved[..], &[0]].concat()).is_err());
}

/// The same bytes with their valid checksum.
fn sealed(content: &[u8]) -> Vec<u8> {
    [content, &blake3(&[content])].concat()
}

/// Made-up events, each with all folded events in its past.
struct NextWrites<'h>(&'h EventHistory);

impl CausalOrder for NextWrites<'_> {
    fn precedes(&self, a: &EventId, b: &EventId) -> bool {
        self.0.precedes(a, b) || (a != b && !self.0.events.iter().any(|event| event.id == *b))
    }

    fn depth(&self, event: &EventId) -> u64 {
        self.0.depth(event).max(100)
    }

    fn author(&self, _: &EventId) -> Option<Address> {
        None
    }
}

/// Reads and changes a document in every way: nothing may panic, or take long.
fn use_up(history: &EventHistory, view: &Only, document: &mut Document) {
    let value = document.value(&Everything, history);
    document.value(view, history);
    document.conflicted(view, history);
    document.changes(view, &Everything, history);
    assert!(value.to_string().matches("moved").count() <= 1, "an element shows where it was and where it is: {value}");
    let next = NextWrites(history);
    for number in 0..4 {
        let edits = document.edit(&Everything, &next, |doc| {
            let texts = [0, 1, 2, 3]
                .map(|at| doc.text("/t").and_then(|mut text| text.replace(PositionRange { at, count: at & 1 }, "é")));
            let lists = [0, 1].map(|at| doc.list("/l").and_then(|mut list| list.move_to(ItemMove { from: at, to: 0 })));
            texts.into_iter().chain(lists).for_each(drop);
            doc.list("/l").and_then(|mut list| list.insert(1, [number])).or(Ok(()))
        });
        document.fold(EventHistory::id(1_000 + number), 0, &edits.unwrap_or_default(), &next);
    }
    for number in history.all() {
        document.fold(EventHistory::id(2_000 + number), 0, &history.events[number].edits, &next);
        history.fold(document, number);
    }
    document.value(&Everything, history);
    let saved = document.save();
    if let Ok(opened) = Document::open(&saved) {
        assert!(opened.save() == saved);
    }
}

#[test]
fn what_is_forged_with_its_checksum_neither_panics_nor_blows_up() {
    let history = eventful();
    let saved = history.document().save();
    let content = &saved[..saved.len() - CHECKSUM_BYTES];
    let view = history.view(&history.past_of(&[2]));
    let mut opened = 0;
    for at in 1..content.len() {
        for other in [0, 1, 2, 0x7f, 0x80, 0xff].into_iter().chain((0..8).map(|bit| content[at] ^ (1 << bit))) {
            let mut forged = content.to_vec();
            forged[at] = other;
            if let Ok(mut document) = Document::open(&sealed(&forged)) {
                opened += 1;
                use_up(&history, &view, &mut document);
            }
        }
        if let Ok(mut document) = Document::open(&sealed(&content[..at])) {
            use_up(&history, &view, &mut document);
        }
    }
    assert!(opened > content.len(), "ids alone may be any: {opened}");
}

/// A forged object: a key "k", written by the one event at `index`, with a new object.
fn object(index: u64, to: &mut CborWriter) {
    let has_value = 1 << 2 | 1;
    to.uint(1).text("k").uint(1).uint(has_value).uint(index);
    Value::New(Container::Object).encode(to);
}

/// Otherwise a container could show twice at each depth, and reading would take exponential time.
#[test]
fn what_is_forged_twice_or_before_its_parent_is_refused() {
    let forged = |indices: &[u64], last: &[u8]| {
        let mut to = CborWriter::default();
        to.bytes(&[7; ROW_BYTES]).bytes(&[1]).uint(0);
        indices.iter().for_each(|index| object(*index, &mut to));
        let content = [&[1], &to.into_bytes()[..], last].concat();
        Document::open(&sealed(&content)).map(|document| document.value(&Everything, &EventHistory::default()))
    };
    let mut twice = CborWriter::default();
    twice.bytes(&[7; 2 * ROW_BYTES]).bytes(&[1]).uint(0).uint(0);
    let error = Document::open(&sealed(&[&[1], &twice.into_bytes()[..]].concat())).unwrap_err();
    assert_eq!(error, OpenError::Malformed { what: "an event" });
    let mut shared = CborWriter::default();
    shared.bytes(&[7; ROW_BYTES]).bytes(&[1]).uint(0).uint(2);
    for key in ["a", "b"] {
        Value::New(Container::Object).encode(shared.text(key).uint(1).uint(1 << 2 | 1).uint(0));
    }
    let error = Document::open(&sealed(&[&[1], &shared.into_bytes()[..], &[0]].concat())).unwrap_err();
    assert_eq!(error, OpenError::Malformed { what: "a container" });
    assert_eq!(forged(&[3, 5], &[0]), Ok(json!({"k": {"k": {}}})));
    for indices in [&[5, 5][..], &[5, 3], &[3, 5, 3]] {
        let error = forged(indices, &[0]).unwrap_err();
        assert_eq!(error, OpenError::Malformed { what: "a container" });
    }
    let deep: Vec<u64> = (0..limits::DOCUMENT_DEPTH as u64).collect();
    assert_eq!(forged(&deep, &[0]).unwrap_err(), OpenError::Malformed { what: "a container" });
    assert!(forged(&deep[1..], &[0]).is_ok());
    assert_eq!(forged(&[3], &[0, 0]).unwrap_err(), OpenError::Malformed { what: "bytes after the end" });
    assert!(matches!(forged(&[3], &[]), Err(OpenError::Unreadable(_))));
}

/// The parts of a saved text: runs, fragments, removals.
type TextParts<'p> = [&'p [u8]; 3];

/// The result of opening a document whose key "k" has the text "añb", with these parts.
fn forged_text(parts: TextParts<'_>) -> Result<serde_json::Value, OpenError> {
    forged("añb", parts)
}

fn forged(text: &str, parts: TextParts<'_>) -> Result<serde_json::Value, OpenError> {
    let mut to = CborWriter::default();
    to.bytes(&[7; ROW_BYTES]).bytes(&[1]).uint(0);
    to.uint(1).text("k").uint(1).uint(1 << 2 | 1).uint(0);
    Value::New(Container::Text).encode(&mut to);
    to.text(text);
    for part in parts {
        to.bytes(part);
    }
    let content = [&[1], &to.into_bytes()[..]].concat();
    Document::open(&sealed(&content)).map(|document| document.value(&Everything, &EventHistory::default()))
}

#[test]
fn a_forged_sequence_that_does_not_fit_is_refused() {
    // Event 1 at index 1, three characters, child of the start; all of run 1; none removed.
    let (run, all): (&[u8], &[u8]) = (&[6, 1, 3, 1, 0], &[10]);
    assert_eq!(forged_text([run, all, &[]]), Ok(json!({"k": "añb"})));
    assert_eq!(forged_text([run, &[9, 1, 2], &[1, 2, 0, 1]]), Ok(json!({"k": "ñb"})));
    let unknown_events: [&[u8]; 2] = [&[10, 1, 3, 1, 0], &[2, 1, 3, 1, 0]];
    let no_parents: [&[u8]; 3] = [&[6, 1, 3, 0, 0], &[6, 1, 3, 2, 0], &[6, 1, 3, 1, 1]];
    let no_indices: [&[u8]; 3] = [&[6, 1, 0, 1, 0], &[6, 0xff, 0xff, 0xff, 0xff, 0x0f, 3, 1, 0], &[6, 1, 3]];
    for run in unknown_events.into_iter().chain(no_parents).chain(no_indices) {
        assert_eq!(forged_text([run, all, &[]]), Err(OpenError::Malformed { what: "a run" }), "{run:?}");
    }
    for run in [&[6, 1, 4, 1, 0], &[6, 1, 2, 1, 0]] {
        for text in ["añb", "abc"] {
            assert_eq!(forged(text, [run, all, &[]]), Err(OpenError::Malformed { what: "a run's content" }), "{run:?}");
        }
    }
    let missing: [&[u8]; 3] = [&[], &[8, 2], &[8]];
    let too_many: [&[u8]; 6] = [&[10, 2], &[8, 0, 2], &[8, 3], &[8, 4], &[18], &[2]];
    for fragments in missing.into_iter().chain(too_many) {
        let error = forged_text([run, fragments, &[]]);
        assert_eq!(error, Err(OpenError::Malformed { what: "a fragment" }), "{fragments:?}");
    }
    for removal in [[1, 2, 0, 4], [1, 2, 0, 0], [1, 2, 1, 1], [1, 0, 0, 1], [1, 4, 0, 1], [0, 2, 0, 1], [2, 2, 0, 1]] {
        let error = forged_text([run, all, &removal]);
        assert_eq!(error, Err(OpenError::Malformed { what: "a removal" }), "{removal:?}");
    }
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn what_is_forged_at_random_neither_panics_nor_blows_up(
        sketches in proptest::collection::vec(sketch(6), 1..8),
        forgeries in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..4),
    ) {
        let history = writers::grow(1, &sketches);
        let saved = history.document().save();
        let mut content = saved[..saved.len() - CHECKSUM_BYTES].to_vec();
        for (at, byte, how) in forgeries {
            // The structure follows the ids.
            let ids = history.events.len() * ROW_BYTES;
            let at = ids + at.index(content.len() - ids);
            match how {
                0 => content[at] = byte,
                1 => content[at] = content[at].wrapping_add(byte % 5),
                2 => content.insert(at, byte),
                _ => drop(content.remove(at)),
            }
        }
        if let Ok(mut document) = Document::open(&sealed(&content)) {
            let view = history.view(&history.past_of(&[history.events.len() / 2]));
            use_up(&history, &view, &mut document);
        }
    }
}
