//! The effects of a proposal's cut.

use quorate_document::DocumentsRoot;
use quorate_event::{Committee, Digest, EventId};
use quorate_graph::CutError;

/// The changes that a proposal's cut makes: derived before it is prepared, applied once it is certified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CutEffects {
    /// The newly covered events, in the milestone's order.
    pub(crate) ordered: Vec<EventId>,
    /// Merkle root of `ordered`.
    pub(crate) events_root: Digest,
    /// The digests of all documents with the cut.
    pub(crate) documents: DocumentsRoot,
    /// The committee of the next height.
    pub(crate) committee: Committee,
}

/// The reason why the effects of a cut cannot be derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeriveError {
    /// Vertices of the cut are not held.
    Missing(Vec<EventId>),
    /// No honest leader proposes this cut.
    Invalid,
}

impl From<CutError> for DeriveError {
    fn from(error: CutError) -> Self {
        match error {
            CutError::Missing { ids } => Self::Missing(ids),
            _ => Self::Invalid,
        }
    }
}
