//! A write too large for one event, as several.

use std::collections::VecDeque;

use quorate_event::{DocumentEdits, Edit, ElementRef, EventId, Payload, limits};

use crate::edit::packing::draft::{ENTRY_BYTES, PAYLOAD_BYTES, map_references, map_target, weight};
use crate::edit::packing::splice_parts::{EventRoom, split};
use crate::model::document::width;

/// Edits of one document on their way into events, in order.
///
/// A later event refers to what an earlier one made by that one's id, which exists once it is signed: so each payload
/// is handed out together with what remains, and the rest is unlocked by the id. A splice may end in one event and go
/// on in the next.
///
/// ```text
///  EditBatch --next_payload--> (Payload, RemainingBatch) --signed(id)--> EditBatch --next_payload--> …
/// ```
#[derive(Debug, Clone)]
pub struct EditBatch {
    document: String,
    /// What is not yet said, with references as they were written.
    edits: VecDeque<Edit>,
    /// The index of the first of `edits`, counted from the start of the whole.
    start: u32,
    /// The events signed so far, each with the index at which it starts.
    signed: Vec<(u32, EventId)>,
}

/// What an event says of a batch.
#[derive(Default)]
struct EventFill {
    /// As they stand in the event.
    edits: Vec<Edit>,
    /// How many edits of the batch are said whole.
    whole: usize,
    /// What remains of the next one, which is said in part, as it was written.
    rest: Option<Edit>,
}

/// What remains of a batch while an event is being signed.
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

    /// Whether nothing remains to be said.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Whether the next event says all that remains.
    pub fn fits_one_event(&self) -> bool {
        self.fitting().whole == self.edits.len()
    }

    /// What the next event says, and what remains for later ones; nothing when all is said.
    ///
    /// The next event must have the earlier ones in its past.
    pub fn next_payload(mut self) -> Option<(Payload, RemainingBatch)> {
        let EventFill { edits, whole, rest } = self.fitting();
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

    /// As many of the next edits as an event holds, at least one, as they stand in it.
    fn fitting(&self) -> EventFill {
        let around = self.document.len().saturating_add(ENTRY_BYTES);
        let mut room = EventRoom { changes: limits::EVENT_EDITS, bytes: PAYLOAD_BYTES.saturating_sub(around) };
        let (mut fitting, mut index) = (EventFill::default(), self.start);
        for edit in &self.edits {
            let said = map_references(edit, &|reference| self.locate(reference));
            let bytes = weight(&said);
            if said.count() > room.changes || bytes > room.bytes {
                self.say_a_part(edit, said, index, room, &mut fitting);
                break;
            }
            room.changes = room.changes.saturating_sub(said.count());
            room.bytes = room.bytes.saturating_sub(bytes);
            index = index.saturating_add(said.width());
            fitting.edits.push(said);
            fitting.whole = fitting.whole.saturating_add(1);
        }
        fitting
    }

    /// Adds as much of an edit as there is room for; all of it if nothing else is said and it has no parts.
    fn say_a_part(&self, edit: &Edit, said: Edit, index: u32, room: EventRoom, fitting: &mut EventFill) {
        let is_first = fitting.edits.is_empty();
        match edit {
            Edit::Splice { target, splice } => {
                let map = |reference| self.locate(reference);
                if let Some((part, rest)) = split(splice, index, room, is_first, &map) {
                    fitting.edits.push(Edit::Splice { target: map_target(*target, &map), splice: part });
                    fitting.rest = Some(Edit::Splice { target: *target, splice: rest });
                }
            }
            _ if is_first => {
                fitting.edits.push(said);
                fitting.whole = 1;
            }
            _ => {}
        }
    }

    /// A reference as it stands in the next event.
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
    /// Goes on, now that the payload is in the event `id`.
    pub fn signed(mut self, id: EventId) -> EditBatch {
        self.batch.signed.push((self.start, id));
        self.batch
    }
}
