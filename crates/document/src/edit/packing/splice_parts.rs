//! Splitting a splice, and replacing its references.

use quorate_event::{ElementRef, Splice, TextChange};

use crate::model::text::inserted;

/// An upper bound of the bytes of a splice without its table, its changes and its text.
const SPLICE_BYTES: usize = 72;
/// An upper bound of the bytes of an event in the table.
const EVENT_BYTES: usize = 34;
/// An upper bound of the bytes of a change without its events and its text: a length of five bytes, and two references of an
/// event (three bytes) and an index (five bytes).
const CHANGE_BYTES: usize = 21;

/// The room that is left in an event.
#[derive(Clone, Copy)]
pub(crate) struct EventRoom {
    pub(crate) changes: usize,
    pub(crate) bytes: usize,
}

/// An upper bound of the bytes of a splice, at any index of an event.
pub(crate) fn splice_weight(splice: &Splice) -> usize {
    let table = splice.events().len().saturating_mul(EVENT_BYTES);
    let changes = splice.changes().len().saturating_mul(CHANGE_BYTES);
    SPLICE_BYTES.saturating_add(table).saturating_add(changes).saturating_add(splice.text().len())
}

/// `splice` with each of its references replaced.
pub(crate) fn map_splice(splice: &Splice, map: &dyn Fn(ElementRef) -> ElementRef) -> Splice {
    let mut mapped = Splice::default();
    for (change, text) in inserted(splice) {
        add(&mut mapped, splice, change, text, map);
    }
    mapped
}

/// The changes that fit into the room, with their references replaced, and the others. `index` is the index at which the
/// splice was written. An insertion is cut only if it `must` be: when no other change is in the event.
pub(crate) fn split(
    splice: &Splice,
    index: u32,
    room: EventRoom,
    must: bool,
    map: &dyn Fn(ElementRef) -> ElementRef,
) -> Option<(Splice, Splice)> {
    let (mut part, mut rest) = (Splice::default(), Splice::default());
    for (change, text) in inserted(splice) {
        let around = splice_weight(&part).saturating_add(CHANGE_BYTES).saturating_add(EVENT_BYTES.saturating_mul(2));
        let bytes = room.bytes.saturating_sub(around);
        if !rest.is_empty() {
            add(&mut rest, splice, change, text, &|reference| reference);
        } else if text.len() <= bytes && part.changes().len() < room.changes {
            add(&mut part, splice, change, text, map);
        } else if let (true, true, TextChange::Insert { left, right, .. }) = (must, part.is_empty(), change) {
            let (now, later) = cut(text, bytes);
            let [left, right] = [left, right].map(|origin| origin.and_then(|origin| splice.resolve(origin)));
            part.insert(left.map(map), right.map(map), now);
            let last = index.saturating_add(part.chars()).saturating_sub(1);
            rest.insert(Some(ElementRef::Here(last)), right, later);
        } else {
            add(&mut rest, splice, change, text, &|reference| reference);
        }
    }
    (!part.is_empty()).then_some((part, rest))
}

/// Adds a change of another splice, with its characters.
fn add(to: &mut Splice, splice: &Splice, change: &TextChange, text: &str, map: &dyn Fn(ElementRef) -> ElementRef) {
    let name = |reference| splice.resolve(reference).map(map);
    match *change {
        TextChange::Insert { left, right, .. } => to.insert(left.and_then(name), right.and_then(name), text),
        TextChange::Remove { first, count } => {
            if let Some(first) = name(first) {
                to.remove(first, count);
            }
        }
    }
}

/// Cuts a text after the last character that ends within `bytes`.
pub(crate) fn cut(text: &str, bytes: usize) -> (&str, &str) {
    let mut ends = (0..=bytes.min(text.len())).rev();
    ends.find_map(|end| text.split_at_checked(end)).unwrap_or(("", text))
}

#[cfg(test)]
mod tests {
    use quorate_event::{Canonical, Container, Edit, ElementRef, EventId, Payload, Splice, Target, TextChange, Value};

    use crate::edit::packing::batch::EditBatch;
    use crate::edit::packing::draft::PAYLOAD_BYTES;
    use crate::edit::story::Story;

    #[test]
    fn d9_an_insertion_that_no_event_holds_goes_on_in_the_next() {
        let mut story = Story::default();
        let text = "a long é text ".repeat(12_000);
        let target = Target::Made(ElementRef::Here(0));
        let mut splice = Splice::default();
        splice.insert(None, None, "<>");
        let origins = [1, 2].map(ElementRef::Here);
        splice.insert(Some(origins[0]), Some(origins[1]), &text);
        splice.remove(origins[0], 2);
        let value = Value::New(Container::Text);
        let edits =
            vec![Edit::Set { target: Target::Root, key: "t".to_owned(), value }, Edit::Splice { target, splice }];
        let (mut batch, mut events, mut last) = (EditBatch::new("d", edits), 0, None::<(EventId, u32)>);
        while let Some((payload, rest)) = batch.next_payload() {
            assert!(payload.to_bytes().len() <= PAYLOAD_BYTES);
            let Payload::Edits(said) = payload else { panic!("no edits") };
            if let (Some((event, width)), [Edit::Splice { splice, .. }]) = (last, said[0].edits.as_slice()) {
                let TextChange::Insert { left: Some(left), .. } = splice.changes()[0] else { panic!("not continued") };
                assert_eq!(splice.resolve(left), Some(ElementRef::There(event, width - 1)));
            }
            let event = story.fold(&said[0].edits);
            let width = said[0].edits.iter().map(Edit::width).sum();
            last = (events > 0).then_some((event, width));
            batch = rest.signed(event);
            events += 1;
        }
        assert_eq!(events, 4);
        assert_eq!(story.value(), serde_json::json!({"t": text}));
    }
}
