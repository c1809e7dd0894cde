//! Splices that every reader refuses, each with one fault.

use super::splices::*;
use super::*;

/// All of them.
pub(super) fn refusals() -> Vec<RefusedBytes> {
    let (a, b) = ([0xa0; 32], [0xb0; 32]);
    let none: &[[u8; 32]] = &[];
    // An insertion at the cursor, and a removal of what the n-th event of the table wrote first.
    let insert = |chars| change_head(0, chars);
    let remove = |event: u64| [change_head(7, 1), number(2 * event + 1), number(0)].concat();
    let beyond = [change_head(7, (1 << 32) - 1), number(3), number(4)].concat();
    let small = [
        ("a splice of no changes", none, vec![], ""),
        ("fewer characters than are inserted", none, insert(3), "ab"),
        ("more characters than are inserted", none, insert(3), "abcd"),
        ("characters counted as bytes", none, insert(2), "é"),
        ("characters counted as UTF-16", none, insert(2), "🦀"),
        ("an insertion of 2^32 characters", none, change_head(0, 1 << 32), "a"),
        ("a removal of 2^32 characters", &[a], [change_head(7, 1 << 32), number(3), number(0)].concat(), ""),
        ("an event that no change names", &[a], insert(1), "a"),
        ("an event past the table", &[a], remove(2), ""),
        ("an event of an empty table", none, remove(1), ""),
        ("an event twice in the table", &[a, a], [remove(1), remove(2)].concat(), ""),
        ("events in another order than they are named", &[a, b], [remove(2), remove(1)].concat(), ""),
        ("change bytes that end within a head", none, vec![0x80], ""),
        ("change bytes that end before a name", &[a], change_head(7, 1), ""),
        ("change bytes that end within a name", &[a], [change_head(7, 1), number(3)].concat(), ""),
        ("a number of six bytes", none, vec![0x80, 0x80, 0x80, 0x80, 0x80, 0x00], "a"),
        ("a longer number than needed in the changes", none, vec![0x80, 0x00], "a"),
        ("a follower of the text's start", none, change_head(1, 1), "a"),
        ("a named follower of the text's start", none, [change_head(3, 1), number(0)].concat(), "a"),
        ("a removal left of the text's start", none, change_head(5, 1), ""),
        ("a removal of more characters than an event has before", none, [insert(1), change_head(5, 2)].concat(), "a"),
        ("a removal right of the text's end", none, change_head(6, 1), ""),
        ("a removal of nothing that is named", none, [change_head(7, 1), number(0)].concat(), ""),
        ("a removal past the last index of a text", &[a], beyond, ""),
        ("an index below 0", &[a], [change_head(7, 1), number(3), number(1)].concat(), ""),
        ("an index of 2^32 in a text", &[a], [change_head(7, 1), number(3), number(1 << 33)].concat(), ""),
        ("a name where the cursor tells", none, [change_head(4, 1), number(0), number(0)].concat(), "a"),
        ("a name where the follower tells", &[a], [change_head(4, 1), number(3), number(0), number(6)].concat(), "a"),
        ("a named event that was met last", none, [change_head(7, 1), number(1), number(0)].concat(), ""),
    ]
    .map(|(fault, events, changes, text)| (fault, raw_splice(events, &changes, text.as_bytes())));
    let small = small.map(|(fault, edit)| of(fault, "event", with_payload(documents(&[(b"d", vec![edit])]))));
    let typed = |count| raw_splice(none, &insert(1).repeat(count), &vec![b'a'; count]);
    let large = [
        ("1,025 changes of one splice", vec![typed(1_025)]),
        ("1,025 changes of two splices", vec![typed(1_024), typed(1)]),
        ("1,024 changes and an edit", vec![typed(1_024), assign()]),
    ]
    .map(|(fault, edits)| repeating(fault, "event", with_payload(documents(&[(b"d", edits)])), &insert(1)));
    small.into_iter().chain(large).collect()
}
