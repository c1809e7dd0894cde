//! A vertex of the graph: an event, or a milestone.

use std::sync::Arc;

use crate::cbor::{CborReader, DecodeError};
use crate::event::{Authentication, EventError, KIND_EVENT, SignedEvent, VerifiedEvent};
use crate::id::{EventId, NetworkId};
use crate::milestone::{KIND_MILESTONE, Milestone, VerifiedMilestone};

/// An unverified vertex, as `decode` reads it from bytes of a peer or a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vertex {
    /// An author's.
    Event(SignedEvent),
    /// A quorum's.
    Milestone(Milestone),
}

/// Why bytes are not a vertex.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct VertexError(#[from] pub EventError);

impl From<DecodeError> for VertexError {
    fn from(error: DecodeError) -> Self {
        Self(error.into())
    }
}

fn kind(bytes: &[u8]) -> Result<u64, DecodeError> {
    let mut reader = CborReader::new(bytes);
    reader.array(4, "vertex")?;
    reader.version()?;
    reader.uint("vertex kind")
}

impl Vertex {
    /// Reads a vertex of either kind; its id is recomputed.
    ///
    /// # Errors
    /// When the bytes are not a canonical vertex within the format's limits.
    pub fn decode(bytes: &[u8], network: NetworkId) -> Result<Self, VertexError> {
        match kind(bytes)? {
            KIND_EVENT => Ok(Self::Event(SignedEvent::decode(bytes, network)?)),
            KIND_MILESTONE => Ok(Self::Milestone(Milestone::decode(bytes, network)?)),
            _ => Err(DecodeError::OutOfRange { what: "vertex kind" }.into()),
        }
    }

    /// The vertex's name.
    pub fn id(&self) -> EventId {
        match self {
            Self::Event(event) => event.id(),
            Self::Milestone(milestone) => milestone.id().event_id(),
        }
    }
}

/// A vertex that may enter the graph. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerifiedVertex {
    /// Signed by its author.
    Event(VerifiedEvent),
    /// Certified by its height's committee.
    Milestone(VerifiedMilestone),
}

impl VerifiedVertex {
    /// A vertex that we stored ourselves: the id is recomputed, the rest was checked before it was stored.
    ///
    /// # Errors
    /// When the bytes are not a vertex: the store is damaged.
    pub fn from_store(bytes: &[u8], network: NetworkId) -> Result<Self, VertexError> {
        match kind(bytes)? {
            KIND_EVENT => Ok(Self::Event(VerifiedEvent::from_store(bytes, network)?)),
            _ => Ok(Self::Milestone(VerifiedMilestone::from_store(bytes, network)?)),
        }
    }

    /// The same, of an event that was stored unchecked below a verified milestone ([`Authentication::Milestone`]).
    ///
    /// # Errors
    /// When the bytes are not an event: the store is damaged.
    pub fn from_store_unchecked(bytes: &[u8], network: NetworkId) -> Result<Self, VertexError> {
        Ok(Self::Event(VerifiedEvent::covered(SignedEvent::decode(bytes, network)?)))
    }

    /// Whether it is an event whose signature this node has not checked.
    pub fn is_unchecked(&self) -> bool {
        matches!(self, Self::Event(event) if event.authentication() == Authentication::Milestone)
    }

    /// The vertex's name.
    pub fn id(&self) -> EventId {
        match self {
            Self::Event(event) => event.id(),
            Self::Milestone(milestone) => milestone.id().event_id(),
        }
    }

    /// The vertex as it travels and is stored.
    pub fn bytes(&self) -> &Arc<[u8]> {
        match self {
            Self::Event(event) => event.bytes(),
            Self::Milestone(milestone) => milestone.bytes(),
        }
    }

    /// Its parents, in the order in which it names them.
    pub fn parents(&self) -> Vec<EventId> {
        match self {
            Self::Event(event) => event.body().parents.clone(),
            Self::Milestone(milestone) => milestone.proposal().parents().collect(),
        }
    }
}
