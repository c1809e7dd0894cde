//! The documents, their digests at two levels, and the index of their events.

pub(crate) mod digests;
pub(crate) mod index;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use quorate_document::{Document, DocumentView, Documents, DocumentsRoot};
use quorate_event::{DocumentEdits, EventId, Payload};
use quorate_graph::Graph;
use serde_json::Value;

use self::digests::LazyDigests;
use self::index::EventIndex;
use crate::views::moment::ConsistencyLevel;
use crate::views::{Final, Merged, PastIn};

/// The fold of all edits.
#[derive(Default)]
pub(crate) struct FoldedDocuments {
    documents: Documents,
    /// The digests at the last milestone.
    at_milestone: LazyDigests,
    /// The digests with all events that are held.
    merged: LazyDigests,
    /// The documents that each uncovered event edits.
    edited: HashMap<EventId, Vec<Arc<str>>>,
    index: EventIndex,
}

impl FoldedDocuments {
    /// Folds an event's edits, `payload`, and returns the names of its documents.
    pub(crate) fn fold(
        &mut self,
        id: EventId,
        payload: &Payload,
        edits: &[DocumentEdits],
        graph: &Graph,
    ) -> &[Arc<str>] {
        let folded = self.documents.fold_event(id, payload, &PastIn(graph));
        if let Some(order) = graph.order(id) {
            self.index.note(order, &folded);
        }
        let names: Vec<Arc<str>> = edits.iter().map(|edits| self.index.name(&edits.document)).collect();
        self.merged.touch(names.iter().cloned());
        self.edited.entry(id).insert_entry(names).into_mut()
    }

    /// A milestone covers `event`.
    pub(crate) fn covered(&mut self, event: &EventId) {
        self.edited.remove(event);
    }

    /// Every document may show something else at level merged.
    pub(crate) fn touch_all(&mut self) {
        let names: Vec<Arc<str>> = self.documents.iter().map(|(name, _)| Arc::from(name)).collect();
        self.merged.touch(names);
    }

    /// The documents of these events may show something else at level final.
    pub(crate) fn touch_final(&mut self, covered: &[EventId]) {
        let touched = covered.iter().filter_map(|event| self.edited.get(event)).flatten();
        self.at_milestone.touch(touched.cloned().collect::<Vec<_>>());
    }

    /// The digests at level final, as derived with the last milestone's cut.
    pub(crate) fn set_final(&mut self, digests: DocumentsRoot) {
        self.at_milestone.set(digests);
    }

    /// The digests of all documents at a level.
    pub(crate) fn digests(&self, level: ConsistencyLevel, graph: &Graph) -> DocumentsRoot {
        let past = PastIn(graph);
        match level {
            ConsistencyLevel::Merged => self.merged.derive(&self.documents, &Merged(graph), &past),
            ConsistencyLevel::Final => self.at_milestone.derive(&self.documents, &Final(graph), &past),
        }
    }

    /// The digests at level final if `ordered` were covered too; `view` shows these events.
    pub(crate) fn digests_with(&self, ordered: &[EventId], view: &impl DocumentView, graph: &Graph) -> DocumentsRoot {
        let touched = ordered.iter().filter_map(|id| self.edited.get(id)).flatten();
        let touched: BTreeSet<&str> = touched.map(|name| &**name).collect();
        let last = self.digests(ConsistencyLevel::Final, graph);
        last.derive(&self.documents, touched, view, &PastIn(graph))
    }

    /// A document by its name, if any event edits it.
    pub(crate) fn get(&self, name: &str) -> Option<&Document> {
        self.documents.get(name)
    }

    /// All documents by name, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Document)> {
        self.documents.iter()
    }

    /// The value of a document in a view, if it is known there.
    pub(crate) fn value(&self, name: &str, view: &impl DocumentView, graph: &Graph) -> Option<Value> {
        let document = self.documents.get(name).filter(|document| document.known(view))?;
        Some(document.value(view, &PastIn(graph)))
    }

    /// The events of each document.
    pub(crate) const fn index(&self) -> &EventIndex {
        &self.index
    }
}
