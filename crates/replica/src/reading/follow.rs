//! What changes in a document, step by step, for those who show it while it is written.
//!
//! A reader holds a [`DocumentMark`] and nothing else: what was admitted by then, without what did not count, is a view like any
//! other. So nothing is kept for readers, however many they are and however slow. Once an author is known to have signed
//! two branches, a look at each event of the document tells what does not count.

use std::collections::BTreeSet;

use quorate_document::{Document, ViewPatch};
use quorate_event::{Address, Digest, EventId};

use crate::reading::look::DocumentAt;
use crate::replica::Replica;
use crate::views::{Merged, PastIn, Prefix};

/// How far a reader has followed a document: a state of it, at level merged, at this replica, since it was started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentMark {
    /// What was admitted before this place of the graph's order.
    admitted: u32,
    /// Events of the document admitted by then that did not count: the uncited ones and the void ones of equivocators.
    hidden: BTreeSet<EventId>,
}

/// One change of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentChange {
    /// The event that made it; nothing where it came to count, or ceased to, whose author signed two branches.
    pub event: Option<EventId>,
    /// Who wrote the event.
    pub author: Option<Address>,
    /// What changed, in order.
    pub patches: Vec<ViewPatch>,
    /// The state that it led to.
    pub mark: DocumentMark,
}

/// Where a document has come to.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentChanges {
    /// The changes, in order.
    pub steps: Vec<DocumentChange>,
    /// The state that they led to.
    pub mark: DocumentMark,
    /// The digest there, if it is the present state and another one than before.
    pub digest: Option<Digest>,
    /// Whether the document may change without an event that is addressed to it.
    pub watchful: bool,
}

impl DocumentMark {
    /// The place of this state, if nothing is hidden in it.
    pub fn place(&self) -> Option<u32> {
        self.hidden.is_empty().then_some(self.admitted)
    }

    /// The state at a place, nothing hidden.
    pub const fn at(place: u32) -> Self {
        Self { admitted: place, hidden: BTreeSet::new() }
    }
}

impl Replica {
    /// What a document shows at level merged, the empty object where nobody wrote, and the mark from which to follow it.
    pub fn shown(&self, document: &str) -> (DocumentAt, DocumentMark) {
        let unwritten = Document::default();
        let found = self.documents.get(document).unwrap_or(&unwritten);
        let value = found.value(&Merged(&self.graph), &PastIn(&self.graph));
        let digest = quorate_document::digest(&value);
        (DocumentAt { milestone: self.graph.last_milestone().0, digest, value }, self.mark(document))
    }

    /// Whether a mark can be followed from: it is of this replica's order, and at most `limit` events behind.
    pub fn can_follow(&self, document: &str, from: &DocumentMark, limit: usize) -> bool {
        let admitted = usize::try_from(from.admitted).unwrap_or(usize::MAX);
        admitted <= self.graph.len() && self.journal.events_from(document, from.admitted).len() <= limit
    }

    /// What changed since a mark, at most `limit` steps of it.
    pub fn follow(&self, document: &str, from: &DocumentMark, limit: usize) -> DocumentChanges {
        let mut followed = DocumentChanges {
            steps: Vec::new(),
            mark: from.clone(),
            digest: None,
            watchful: !self.graph.equivocators().is_empty(),
        };
        let Some(found) = self.documents.get(document) else {
            return followed;
        };
        let hidden = self.hidden(document, from.admitted);
        self.step((document, found), None, DocumentMark { hidden, ..from.clone() }, &mut followed);
        let events = self.journal.events_from(document, from.admitted);
        for order in events.iter().take(limit) {
            let Some(event) = self.event_at(*order) else { continue };
            let mut mark = DocumentMark { admitted: order.saturating_add(1), hidden: followed.mark.hidden.clone() };
            if !self.graph.counts_merged(event) {
                mark.hidden.insert(event);
            }
            self.step((document, found), Some(event), mark, &mut followed);
        }
        if events.len() <= limit && !followed.steps.is_empty() {
            followed.digest = Some(found.digest(&Merged(&self.graph), &PastIn(&self.graph)));
        }
        followed
    }

    /// Goes on to `mark`, and notes what changes on the way.
    fn step(
        &self,
        (name, document): (&str, &Document),
        event: Option<EventId>,
        mark: DocumentMark,
        followed: &mut DocumentChanges,
    ) {
        if mark == followed.mark {
            return;
        }
        let (before, after) = (self.prefix(name, &followed.mark), self.prefix(name, &mark));
        let patches = document.changes(&before, &after, &PastIn(&self.graph));
        followed.mark = mark.clone();
        if !patches.is_empty() {
            let author = event.and_then(|event| self.graph.author(event));
            followed.steps.push(DocumentChange { event, author, patches, mark });
        }
    }

    fn mark(&self, document: &str) -> DocumentMark {
        let last = self.journal.events(document).last();
        let admitted = last.map_or(0, |order| order.saturating_add(1));
        DocumentMark { admitted, hidden: self.hidden(document, admitted) }
    }

    /// The document's events before a place that do not count now.
    fn hidden(&self, document: &str, before: u32) -> BTreeSet<EventId> {
        if self.graph.equivocators().is_empty() {
            return BTreeSet::new();
        }
        let events = self.journal.events(document).iter().take_while(|order| **order < before);
        let events = events.filter_map(|order| self.event_at(*order));
        events.filter(|event| !self.graph.counts_merged(*event)).collect()
    }

    fn prefix<'a>(&'a self, document: &str, DocumentMark { admitted, hidden }: &'a DocumentMark) -> Prefix<'a> {
        let is_latest = self.journal.events_from(document, *admitted).is_empty();
        Prefix { graph: &self.graph, admitted: *admitted, hidden, is_latest }
    }
}
