//! A write too large for one event, as several.

use std::collections::VecDeque;

use quorate_event::{DocumentEdits, Edit, ElementRef, EventId, Payload, limits};

use crate::edit::packing::draft::{ENTRY_BYTES, PAYLOAD_BYTES, map_references, map_target, weight};
use crate::edit::packing::splice_parts::{EventRoom, split};
use crate::model::document::width;

/// Edits of one document that are packed into events, in order.
///
/// A later event refers to an element of an earlier one by the earlier event's id, which exists once the event is signed. So
/// each payload comes together with the remaining edits, and the next payload needs the id. A splice may end in one event
/// and continue in the next.
///
/// ```text
///  EditBatch --next_payload--> (Payload, RemainingBatch) --signed(id)--> EditBatch --next_payload--> …
/// ```
#[derive(Debug, Clone)]
pub struct EditBatch {
    document: String,
    /// The remaining edits, with references as they were written.
    edits: VecDeque<Edit>,
    /// The index of the first of `edits`, counted from the first edit of the batch.
    start: u32,
    /// The events signed so far, each with the index at which it starts.
    signed: Vec<(u32, EventId)>,
}

/// The edits of a batch that go into one event.
#[derive(Default)]
struct EventFill {
    /// The edits with the references of the event.
    edits: Vec<Edit>,
    /// How many edits of the batch go into the event completely.
    whole: usize,
    /// The rest of the next edit if a part of it goes into the event, with references as they were written.
    rest: Option<Edit>,
}

/// The rest of a batch while an event is being signed.
#[derive(Debug, Clone)]
pub struct RemainingBatch {
    batch: EditBatch,
    start: u32,
}

impl EditBatch {
    /// Edits of `document` whose references to each other count from the first edit.
    pub fn new(document: &str, edits: Vec<Edit>) -> Self {
        Self { document: document.to_owned(), edits: edits.into(), start: 0, signed: Vec::new() }
    }

    /// Whether no edits remain.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Whether the next event takes all remaining edits.
    pub fn fits_one_event(&self) -> bool {
        self.fill().whole == self.edits.len()
    }

    /// The payload of the next event, and the rest of the batch; `None` when no edits remain.
    ///
    /// The next event must have the earlier ones in its past.
    pub fn next_payload(mut self) -> Option<(Payload, RemainingBatch)> {
        let EventFill { edits, whole, rest } = self.fill();
        if edits.is_empty() {
            return None;
        }
        let start = self.start;
        self.start = start.saturating_add(width(&edits));
        self.edits.drain(..whole.min(self.edits.len()));
        if let (Some(rest), Some(next)) = (rest, self.edits.front_mut()) {
            *next = rest;
        }
        let document = self.document.clone();
        let payload = Payload::Edits(vec![DocumentEdits { document, edits }]);
        Some((payload, RemainingBatch { batch: self, start }))
    }

    /// As many of the next edits as fit into an event, at least one.
    fn fill(&self) -> EventFill {
        let around = self.document.len().saturating_add(ENTRY_BYTES);
        let mut room = EventRoom { changes: limits::EVENT_EDITS, bytes: PAYLOAD_BYTES.saturating_sub(around) };
        let (mut fill, mut index) = (EventFill::default(), self.start);
        for edit in &self.edits {
            let placed = map_references(edit, &|reference| self.locate(reference));
            let bytes = weight(&placed);
            if placed.count() > room.changes || bytes > room.bytes {
                self.add_a_part(edit, placed, index, room, &mut fill);
                break;
            }
            room.changes = room.changes.saturating_sub(placed.count());
            room.bytes = room.bytes.saturating_sub(bytes);
            index = index.saturating_add(placed.width());
            fill.edits.push(placed);
            fill.whole = fill.whole.saturating_add(1);
        }
        fill
    }

    /// Adds as much of an edit as fits; the whole edit if it is the first and cannot be split.
    fn add_a_part(&self, edit: &Edit, placed: Edit, index: u32, room: EventRoom, fill: &mut EventFill) {
        let is_first = fill.edits.is_empty();
        match edit {
            Edit::Splice { target, splice } => {
                let map = |reference| self.locate(reference);
                if let Some((part, rest)) = split(splice, index, room, is_first, &map) {
                    fill.edits.push(Edit::Splice { target: map_target(*target, &map), splice: part });
                    fill.rest = Some(Edit::Splice { target: *target, splice: rest });
                }
            }
            _ if is_first => {
                fill.edits.push(placed);
                fill.whole = 1;
            }
            _ => {}
        }
    }

    /// A reference as the next event needs it.
    fn locate(&self, reference: ElementRef) -> ElementRef {
        let ElementRef::Here(index) = reference else {
            return reference;
        };
        if let Some(index) = index.checked_sub(self.start) {
            return ElementRef::Here(index);
        }
        let holder = self.signed.iter().rev().find(|(start, _)| *start <= index);
        holder.map_or(reference, |(start, event)| ElementRef::There(*event, index.saturating_sub(*start)))
    }
}

impl RemainingBatch {
    /// The batch that remains after the payload became the event `id`.
    pub fn signed(mut self, id: EventId) -> EditBatch {
        self.batch.signed.push((self.start, id));
        self.batch
    }
}
