//! Splices that use every form of a change, and change bytes made by hand.

use super::*;

/// An event that a splice refers to.
pub(crate) fn other(byte: u8) -> EventId {
    EventId::new([byte; 32])
}

pub(crate) fn there(byte: u8, index: u32) -> ElementRef {
    ElementRef::There(other(byte), index)
}

/// Every form of a change, by an author whose first character takes the index `first`.
pub(crate) fn every_form(first: u32) -> Splice {
    let here = |index| ElementRef::Here(first + index);
    let mut splice = Splice::default();
    // At the cursor, twice; the last character is taken back, and another stands before what is left of it.
    splice.insert(None, None, "Hällo");
    splice.remove(here(4), 1);
    splice.insert(Some(here(3)), Some(here(4)), "🦀");
    // On from there, before another author's character, which goes, and the next two with it.
    splice.insert(Some(here(5)), Some(there(0xe1, 300)), "-");
    splice.remove(there(0xe1, 300), 1);
    splice.remove(there(0xe1, 301), 2);
    // Elsewhere.
    splice.insert(Some(there(0xe1, 12)), Some(there(0xe1, 13)), "x");
    splice.insert(Some(there(0xe2, 70_000)), Some(here(0)), "y\u{0}");
    splice.insert(None, Some(there(0xe1, 0)), "start");
    splice.insert(Some(there(0xe2, 70_000)), None, "end");
    splice.remove(there(0xe2, 1), 3);
    splice.remove(there(0xe2, 0), 1);
    splice
}

/// Two insertions at the cursor that were not joined.
fn side_by_side() -> Splice {
    let mut splice = Splice::default();
    splice.insert(Some(there(1, 9)), Some(there(1, 10)), "one");
    splice.insert(Some(ElementRef::Here(2)), Some(there(1, 10)), " two");
    splice
}

/// The greatest indices and counts.
fn extremes() -> Splice {
    let mut splice = Splice::default();
    splice.remove(there(1, 0), u32::MAX);
    splice.remove(there(1, u32::MAX), 1);
    splice.insert(Some(there(1, 0)), Some(there(2, u32::MAX)), "a");
    splice.insert(Some(ElementRef::Here(u32::MAX)), Some(ElementRef::Here(0)), "b");
    splice.insert(Some(there(2, u32::MAX)), Some(there(2, 0)), "c");
    splice
}

/// One removal.
fn removal() -> Splice {
    let mut splice = Splice::default();
    splice.remove(there(1, 7), 1);
    splice
}

/// Splices by name, and the index that the first character of each takes.
pub(crate) fn splices() -> Vec<(&'static str, u32, Splice)> {
    vec![
        ("every form", 0, every_form(0)),
        ("every form, not first in its event", 100, every_form(100)),
        ("insertions side by side", 0, side_by_side()),
        ("the greatest indices and counts", 0, extremes()),
        ("one removal", 0, removal()),
    ]
}

/// Edits whose last is `splice`, and takes its first index `first`.
pub(crate) fn spliced_at(first: u32, splice: Splice) -> Payload {
    let target = Target::Root;
    let before = vec![Value::Null; usize::try_from(first).unwrap()];
    let before = Edit::Insert { target, left: None, right: None, values: before };
    let splice = Edit::Splice { target: Target::Made(there(3, 1)), splice };
    edits_of("d", if first == 0 { vec![splice] } else { vec![before, splice] })
}

/// An encoded splice with any table, change bytes and text; its target is the root.
pub(crate) fn raw_splice(events: &[[u8; 32]], changes: &[u8], text: &[u8]) -> Vec<u8> {
    let events: Vec<_> = events.iter().map(|event| byte_string(event)).collect();
    array(&[head(0, 5), vec![0xf6], array(&events), byte_string(changes), text_string(text)])
}

/// The head of a change of this form, of `count` characters.
pub(crate) fn change_head(form: u64, count: u64) -> Vec<u8> {
    number((count - 1) << 3 | form)
}

/// A number in change bytes.
pub(crate) fn number(value: u64) -> Vec<u8> {
    let more = (1..10).filter(|place| value >> (7 * place) > 0).count();
    let byte = |place: usize| u8::try_from(value >> (7 * place) & 0x7f).unwrap();
    (0..=more).map(|place| byte(place) | if place < more { 0x80 } else { 0 }).collect()
}
