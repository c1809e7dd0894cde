//! A write too large for one event, as several.

use quorate_event::{Canonical, DocumentEdits, Edit, ElementRef, EventId, Payload, limits};

use crate::draft::{ENTRY_BYTES, PAYLOAD_BYTES, map_references, width};

/// Edits of one document on their way into events, in order.
///
/// A later event refers to what an earlier one made by that one's id, which exists once it is signed: so each payload
/// is handed out together with what remains, and the rest is unlocked by the id.
///
/// ```text
///  Batch --next_payload--> (Payload, Rest) --signed(id)--> Batch --next_payload--> …
/// ```
#[derive(Debug, Clone)]
pub struct Batch {
    document: String,
    /// What is not yet said, with references as they were written.
    edits: Vec<Edit>,
    /// The index of the first of `edits`, counted from the start of the whole.
    start: u32,
    /// The events signed so far, each with the index at which it starts.
    signed: Vec<(u32, EventId)>,
}

/// What remains of a batch while an event is being signed.
#[derive(Debug, Clone)]
pub struct Rest {
    batch: Batch,
    start: u32,
}

impl Batch {
    /// Edits of `document` whose references to each other count from the first edit.
    pub fn new(document: &str, edits: Vec<Edit>) -> Self {
        Self { document: document.to_owned(), edits, start: 0, signed: Vec::new() }
    }

    /// Whether nothing remains to be said.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Whether the next event says all that remains.
    pub fn fits_one_event(&self) -> bool {
        self.fitting().len() == self.edits.len()
    }

    /// What the next event says, and what remains for later ones; nothing when all is said.
    ///
    /// The next event must have the earlier ones in its past.
    pub fn next_payload(mut self) -> Option<(Payload, Rest)> {
        let edits = self.fitting();
        if edits.is_empty() {
            return None;
        }
        let start = self.start;
        let said: Vec<_> = self.edits.drain(..edits.len()).collect();
        self.start = start.saturating_add(width(&said));
        let document = self.document.clone();
        let payload = Payload::Edits(vec![DocumentEdits { document, edits }]);
        Some((payload, Rest { batch: self, start }))
    }

    /// As many of the next edits as an event holds, at least one, as they stand in it.
    fn fitting(&self) -> Vec<Edit> {
        let around = self.document.len().saturating_add(ENTRY_BYTES);
        let mut room = PAYLOAD_BYTES.saturating_sub(around);
        let mut fitting = Vec::new();
        for edit in self.edits.iter().take(limits::EVENT_EDITS) {
            let edit = map_references(edit, &|reference| self.locate(reference));
            let bytes = edit.to_bytes().len();
            if bytes > room && !fitting.is_empty() {
                break;
            }
            room = room.saturating_sub(bytes);
            fitting.push(edit);
        }
        fitting
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

impl Rest {
    /// Goes on, now that the payload is in the event `id`.
    pub fn signed(mut self, id: EventId) -> Batch {
        self.batch.signed.push((self.start, id));
        self.batch
    }
}
