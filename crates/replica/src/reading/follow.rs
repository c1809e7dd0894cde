//! The changes of a document, event by event, for readers that show it while it is written.
//!
//! A reader holds a [`DocumentMark`] and nothing else: the events admitted by then, without those that did not count, are a
//! view as any other. The replica therefore keeps no state for readers, whatever their number and pace. Once an author is
//! known to have signed two branches, each event of the document is looked up to find those that do not count.

use std::collections::BTreeSet;

use quorate_document::{Document, ViewPatch};
use quorate_event::{Address, Digest, EventId};

use crate::reading::look::DocumentAt;
use crate::replica::Replica;
use crate::views::{Merged, PastIn, Prefix};

/// A state of a document at level merged, at this replica, since it was started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentMark {
    /// The place in the graph's order of admission before which all events are part of the state.
    admitted: u32,
    /// Events of the document admitted by then that did not count: the uncited ones and the void ones of equivocators.
    hidden: BTreeSet<EventId>,
}

/// One change of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentChange {
    /// The event that made it; none where events of an equivocator began or ceased to count.
    pub event: Option<EventId>,
    /// The author of the event.
    pub author: Option<Address>,
    /// The changes of the value, in order.
    pub patches: Vec<ViewPatch>,
    /// The state after it.
    pub mark: DocumentMark,
}

/// The changes of a document since a mark.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentChanges {
    /// The changes, in order.
    pub steps: Vec<DocumentChange>,
    /// The state after them.
    pub mark: DocumentMark,
    /// The digest of that state, if it is the present one and differs from the one before.
    pub digest: Option<Digest>,
    /// Whether the document may change without an event that is addressed to it.
    pub watchful: bool,
}

impl DocumentMark {
    /// The place of this state, if no event is hidden in it.
    pub fn place(&self) -> Option<u32> {
        self.hidden.is_empty().then_some(self.admitted)
    }

    /// The state at a place, without hidden events.
    pub const fn at(place: u32) -> Self {
        Self { admitted: place, hidden: BTreeSet::new() }
    }
}

impl Replica {
    /// The value of a document at level merged, an empty object if it was never written, and the mark from which to follow it.
    pub fn shown(&self, document: &str) -> (DocumentAt, DocumentMark) {
        let unwritten = Document::default();
        let found = self.state().documents().get(document).unwrap_or(&unwritten);
        let value = found.value(&Merged(self.state().graph()), &PastIn(self.state().graph()));
        let digest = quorate_document::digest(&value);
        (DocumentAt { milestone: self.state().graph().last_milestone().0, digest, value }, self.mark(document))
    }

    /// Whether a mark can be followed from: it is of this replica's order, and at most `limit` events behind.
    pub fn can_follow(&self, document: &str, from: &DocumentMark, limit: usize) -> bool {
        let admitted = usize::try_from(from.admitted).unwrap_or(usize::MAX);
        admitted <= self.state().graph().len()
            && self.state().documents().index().events_from(document, from.admitted).len() <= limit
    }

    /// The changes since a mark, at most `limit` of them.
    pub fn follow(&self, document: &str, from: &DocumentMark, limit: usize) -> DocumentChanges {
        let mut followed = DocumentChanges {
            steps: Vec::new(),
            mark: from.clone(),
            digest: None,
            watchful: !self.state().graph().equivocators().is_empty(),
        };
        let Some(found) = self.state().documents().get(document) else {
            return followed;
        };
        let hidden = self.hidden(document, from.admitted);
        self.step((document, found), None, DocumentMark { hidden, ..from.clone() }, &mut followed);
        let events = self.state().documents().index().events_from(document, from.admitted);
        for order in events.iter().take(limit) {
            let Some(event) = self.event_at(*order) else { continue };
            let mut mark = DocumentMark { admitted: order.saturating_add(1), hidden: followed.mark.hidden.clone() };
            if !self.state().graph().counts_merged(event) {
                mark.hidden.insert(event);
            }
            self.step((document, found), Some(event), mark, &mut followed);
        }
        if events.len() <= limit && !followed.steps.is_empty() {
            followed.digest = Some(found.digest(&Merged(self.state().graph()), &PastIn(self.state().graph())));
        }
        followed
    }

    /// Goes on to `mark`, and notes the changes on the way.
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
        let patches = document.changes(&before, &after, &PastIn(self.state().graph()));
        followed.mark = mark.clone();
        if !patches.is_empty() {
            let author = event.and_then(|event| self.state().graph().author(event));
            followed.steps.push(DocumentChange { event, author, patches, mark });
        }
    }

    fn mark(&self, document: &str) -> DocumentMark {
        let last = self.state().documents().index().events(document).last();
        let admitted = last.map_or(0, |order| order.saturating_add(1));
        DocumentMark { admitted, hidden: self.hidden(document, admitted) }
    }

    /// The document's events before a place that do not count now.
    fn hidden(&self, document: &str, before: u32) -> BTreeSet<EventId> {
        if self.state().graph().equivocators().is_empty() {
            return BTreeSet::new();
        }
        let events = self.state().documents().index().events(document).iter().take_while(|order| **order < before);
        let events = events.filter_map(|order| self.event_at(*order));
        events.filter(|event| !self.state().graph().counts_merged(*event)).collect()
    }

    fn prefix<'a>(&'a self, document: &str, DocumentMark { admitted, hidden }: &'a DocumentMark) -> Prefix<'a> {
        let is_latest = self.state().documents().index().events_from(document, *admitted).is_empty();
        Prefix { graph: self.state().graph(), admitted: *admitted, hidden, is_latest }
    }
}
