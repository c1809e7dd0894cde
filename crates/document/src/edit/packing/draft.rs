//! Packing edits into events.
//!
//! A builder counts indices from the first edit of a batch. The indices in the event are known when all edits of the event
//! are: then references are shifted by the width of the edits before the batch.

use std::collections::BTreeMap;

use quorate_event::{Canonical, DocumentEdits, Edit, ElementRef, Payload, Target, limits};

use crate::edit::packing::splice_parts::{map_splice, splice_weight};
use crate::model::document::width;

/// Bytes of an event's payload: [`EVENT_BYTES`](limits::EVENT_BYTES) less sixteen parents, the author and the signature,
/// rounded down.
pub const PAYLOAD_BYTES: usize = 60 * 1024;
/// Bytes of one edit: a payload less a document's name, the heads of its arrays, and references that grow when the edit
/// moves to another event.
pub const EDIT_BYTES: usize = PAYLOAD_BYTES.saturating_sub(512);

/// The bytes by which an edit can grow when its up to four indices grow.
const INDEX_GROWTH: usize = 4 * 4;
/// An upper bound of the bytes of a document's entry, with the payload around it, less its name and its edits.
pub(crate) const ENTRY_BYTES: usize = 16;

/// The edits of one event before it is signed.
#[derive(Debug, Clone, Default)]
pub struct EventDraft {
    documents: BTreeMap<String, Vec<Edit>>,
    edits: usize,
    bytes: usize,
}

impl EventDraft {
    /// Adds a batch of edits of `document`, whose references to each other count from the batch's first edit.
    ///
    /// Two batches of one document that were written for the same view do not see each other: if both write one key, the
    /// second replaces the first. To avoid that, check [`holds`](Self::holds) and begin another event.
    pub fn add(&mut self, document: &str, edits: Vec<Edit>) {
        if edits.is_empty() {
            return;
        }
        self.edits = self.edits.saturating_add(count_of(&edits));
        self.bytes = self.bytes.saturating_add(bytes_of(document, &edits));
        let present = self.documents.entry(document.to_owned()).or_default();
        let before = width(present);
        present.extend(edits.iter().map(|edit| shift(edit, before)));
    }

    /// Whether the event would exceed its limits with these edits.
    pub fn would_exceed(&self, document: &str, edits: &[Edit]) -> bool {
        self.edits.saturating_add(count_of(edits)) > limits::EVENT_EDITS
            || self.bytes.saturating_add(bytes_of(document, edits)) > PAYLOAD_BYTES
    }

    /// Whether it has edits of `document`.
    pub fn holds(&self, document: &str) -> bool {
        self.documents.contains_key(document)
    }

    /// Whether there are no edits.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// The payload of the event; `None` without edits.
    pub fn finish(self) -> Option<Payload> {
        let mut before = 0_u32;
        let documents: Vec<_> = self
            .documents
            .into_iter()
            .map(|(document, edits)| {
                let moved = edits.iter().map(|edit| shift(edit, before)).collect();
                before = before.saturating_add(width(&edits));
                DocumentEdits { document, edits: moved }
            })
            .collect();
        (!documents.is_empty()).then_some(Payload::Edits(documents))
    }
}

/// An upper bound of the bytes of a batch.
fn bytes_of(document: &str, edits: &[Edit]) -> usize {
    let name = document.len().saturating_add(ENTRY_BYTES);
    edits.iter().fold(name, |bytes, edit| bytes.saturating_add(weight(edit)))
}

/// How many of an event's [`EVENT_EDITS`](limits::EVENT_EDITS) these edits take.
fn count_of(edits: &[Edit]) -> usize {
    edits.iter().fold(0, |count, edit| count.saturating_add(edit.count()))
}

/// An upper bound of the bytes of an edit, at any index of an event.
pub(crate) fn weight(edit: &Edit) -> usize {
    match edit {
        Edit::Splice { splice, .. } => splice_weight(splice),
        edit => edit.to_bytes().len().saturating_add(INDEX_GROWTH),
    }
}

fn shift(edit: &Edit, by: u32) -> Edit {
    map_references(edit, &|reference| match reference {
        ElementRef::Here(index) => ElementRef::Here(index.saturating_add(by)),
        there @ ElementRef::There(..) => there,
    })
}

/// `edit` with each of its references replaced.
pub(crate) fn map_references(edit: &Edit, map: &dyn Fn(ElementRef) -> ElementRef) -> Edit {
    let of_target = |target: &Target| map_target(*target, map);
    let mut mapped = edit.clone();
    match &mut mapped {
        Edit::Assign { target, .. } | Edit::Add { target, .. } => *target = of_target(target),
        Edit::Splice { target, splice } => {
            *target = of_target(target);
            *splice = map_splice(splice, map);
        }
        Edit::Set { target, .. } | Edit::Delete { target, .. } => *target = of_target(target),
        Edit::Insert { target, left, right, .. } => {
            *target = of_target(target);
            (*left, *right) = (left.map(map), right.map(map));
        }
        Edit::Remove { target, first, .. } => {
            *target = of_target(target);
            *first = map(*first);
        }
        Edit::Move { target, element, left, right } => {
            *target = of_target(target);
            *element = map(*element);
            (*left, *right) = (left.map(map), right.map(map));
        }
    }
    mapped
}

pub(crate) fn map_target(target: Target, map: &dyn Fn(ElementRef) -> ElementRef) -> Target {
    match target {
        Target::Root => Target::Root,
        Target::Made(made) => Target::Made(map(made)),
    }
}
