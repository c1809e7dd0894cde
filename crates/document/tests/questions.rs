//! The calls of `precedes` during a fold: few, since a call about a distant event is slow.

use std::cell::RefCell;

use quorate_document::{CausalOrder, Document, EditOutcome, Everything};
use quorate_event::{Address, Container, Edit, EventId};

/// A chain of events, named by their numbers, and the calls about them.
#[derive(Default)]
struct EventRow {
    asked: RefCell<Vec<(u8, u8)>>,
}

impl CausalOrder for EventRow {
    fn precedes(&self, a: &EventId, b: &EventId) -> bool {
        let (a, b) = (a.as_bytes()[31], b.as_bytes()[31]);
        self.asked.borrow_mut().push((a, b));
        a < b
    }

    fn depth(&self, event: &EventId) -> u64 {
        u64::from(event.as_bytes()[31])
    }

    fn author(&self, _: &EventId) -> Option<Address> {
        None
    }
}

impl EventRow {
    /// The calls while event `number` is folded, whose `edits` all apply.
    fn fold(&self, document: &mut Document, number: u8, edits: &[Edit]) -> Vec<(u8, u8)> {
        self.asked.take();
        let mut name = [0; 32];
        name[31] = number;
        let outcomes = document.fold(EventId::new(name), 0, edits, self);
        assert!(outcomes.iter().all(|outcome| *outcome == EditOutcome::Applied));
        self.asked.take()
    }

    fn typing(&self, document: &Document, at: u32, text: &str) -> Vec<Edit> {
        document.edit(&Everything, self, |doc| doc.text("/text")?.insert(at, text)).unwrap()
    }
}

#[test]
fn whoever_goes_on_typing_is_asked_only_about_the_event_typed_after() {
    let (mut document, row) = (Document::default(), EventRow::default());
    let making = document.edit(&Everything, &row, |doc| doc.make("/text", Container::Text)).unwrap();
    row.fold(&mut document, 1, &making);
    let first = row.typing(&document, 0, "a");
    assert_eq!(row.fold(&mut document, 2, &first), [(1, 2)], "no character stands for the making of an empty text");
    for number in 3..9 {
        let next = row.typing(&document, u32::from(number) - 2, "b");
        assert_eq!(row.fold(&mut document, number, &next), [(number - 1, number)]);
    }
    let between = row.typing(&document, 3, "c");
    assert_eq!(row.fold(&mut document, 9, &between), [(4, 9), (5, 9)], "once for each neighbour's event");
}
