//! The part of a vertex that the graph may look at.

use quorate_event::{Address, EventId, Height, Lane, Seq, VerifiedVertex};

/// Who stands behind a vertex, and at which place of its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VertexKind {
    Event { author: Address, lane: Lane, seq: Seq },
    Milestone { height: Height },
}

/// Id, kind, parents and size: never a payload, a time or a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VertexHeader {
    pub(crate) id: EventId,
    pub(crate) kind: VertexKind,
    /// All different; the first is the one that the kind prescribes.
    pub(crate) parents: Vec<EventId>,
    pub(crate) bytes: u32,
}

impl VertexHeader {
    pub(crate) fn of(vertex: &VerifiedVertex) -> Self {
        let mut parents = vertex.parents();
        let kind = match vertex {
            VerifiedVertex::Event(event) => {
                VertexKind::Event { author: event.body().author, lane: event.body().lane, seq: event.body().seq }
            }
            VerifiedVertex::Milestone(milestone) => {
                // The heads are ascending, so only the previous milestone can stand there twice.
                let previous = parents.first().copied();
                let mut first = true;
                parents.retain(|parent| std::mem::take(&mut first) || Some(*parent) != previous);
                VertexKind::Milestone { height: milestone.height() }
            }
        };
        Self { id: vertex.id(), kind, parents, bytes: u32::try_from(vertex.bytes().len()).unwrap_or(u32::MAX) }
    }

    pub(crate) const fn author(&self) -> Option<Address> {
        match self.kind {
            VertexKind::Event { author, .. } => Some(author),
            VertexKind::Milestone { .. } => None,
        }
    }
}
