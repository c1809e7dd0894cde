//! Documents as they are, and as they were: at a level, at any past event, at any milestone.

use quorate_document::{ConcurrentValue, Document, DocumentsRoot, PointerError};
use quorate_event::{Digest, EventId, Height};
use serde_json::Value;

use crate::replica::Replica;
use crate::views::{Final, Merged, PastIn, Seen};

/// How strongly a thing is agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsistencyLevel {
    /// All that this replica holds.
    Merged,
    /// What the last milestone covers.
    Final,
}

/// Through which events a document is looked at. What is void counts in none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Now.
    Level(ConsistencyLevel),
    /// What the author of a vertex had seen, and the vertex itself.
    Event(EventId),
    /// What the milestone of a height covered.
    Milestone(Height),
}

/// A moment that this replica knows nothing of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownMoment {
    /// The vertex is not admitted here.
    #[error("the event {0} is not held here")]
    Event(EventId),
    /// No milestone of that height was applied here.
    #[error("no milestone of height {} is held here", .0.0)]
    Milestone(Height),
}

/// Why there are no conflicts to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConflictsError {
    /// The moment is not known.
    #[error(transparent)]
    Moment(#[from] UnknownMoment),
    /// The place is not a JSON pointer.
    #[error(transparent)]
    Pointer(#[from] PointerError),
}

/// A document at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentAt {
    /// The last milestone when it was read.
    pub milestone: Height,
    /// keccak256 of the canonical JSON.
    pub digest: Digest,
    /// The JSON value.
    pub value: Value,
}

impl From<ConsistencyLevel> for Moment {
    fn from(level: ConsistencyLevel) -> Self {
        Self::Level(level)
    }
}

impl Replica {
    pub(crate) fn digests(&self, level: ConsistencyLevel) -> DocumentsRoot {
        let (graph, past) = (&self.graph, PastIn(&self.graph));
        match level {
            ConsistencyLevel::Merged => self.merged.derive(&self.documents, &Merged(graph), &past),
            ConsistencyLevel::Final => self.finals.derive(&self.documents, &Final(graph), &past),
        }
    }

    /// The documents known at a level, ascending, with their digests; none for one too large to have a place in the root.
    pub fn documents(&self, level: ConsistencyLevel) -> Vec<(String, Option<Digest>)> {
        let (digests, view) = (self.digests(level), Seen::at_level(&self.graph, level));
        let known = self.documents.iter().filter(|(_, document)| document.known(&view));
        known.map(|(name, _)| (name.to_owned(), digests.digest(name))).collect()
    }

    /// A document at a level, if it is known there.
    pub fn document(&self, name: &str, level: ConsistencyLevel) -> Option<DocumentAt> {
        self.look(name, &Seen::at_level(&self.graph, level))
    }

    /// A document at a moment, if it was known then.
    ///
    /// # Errors
    /// When the moment is not known here.
    pub fn document_at(&self, name: &str, moment: Moment) -> Result<Option<DocumentAt>, UnknownMoment> {
        Ok(self.look(name, &Seen::at(&self.graph, moment)?))
    }

    fn look(&self, name: &str, view: &Seen<'_>) -> Option<DocumentAt> {
        let document = self.known(name, view)?;
        let value = document.value(view, &PastIn(&self.graph));
        let digest = quorate_document::digest(&value);
        Some(DocumentAt { milestone: self.graph.last_milestone().0, digest, value })
    }

    /// The concurrent values at a pointer of a document, the one that shows first; nothing if it was not known then.
    ///
    /// # Errors
    /// When the moment is not known here, or `pointer` is not a JSON pointer (RFC 6901).
    pub fn conflicts(
        &self,
        name: &str,
        pointer: &str,
        moment: Moment,
    ) -> Result<Option<Vec<ConcurrentValue>>, ConflictsError> {
        let view = Seen::at(&self.graph, moment)?;
        let found = self.known(name, &view);
        let found = found.map(|document| document.conflicts(pointer, &view, &PastIn(&self.graph)));
        Ok(found.transpose()?)
    }

    /// The pointers of a document's places that hold several concurrent values; nothing if it was not known then.
    ///
    /// # Errors
    /// When the moment is not known here.
    pub fn conflicted(&self, name: &str, moment: Moment) -> Result<Option<Vec<String>>, UnknownMoment> {
        let view = Seen::at(&self.graph, moment)?;
        Ok(self.known(name, &view).map(|document| document.conflicted(&view, &PastIn(&self.graph))))
    }

    fn known(&self, name: &str, view: &Seen<'_>) -> Option<&Document> {
        self.documents.get(name).filter(|document| document.known(view))
    }
}
