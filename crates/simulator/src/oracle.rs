//! What must hold whatever happens, watched from outside by code that asks no replica for its opinion.

use std::collections::BTreeMap;

use quorate_event::{EventId, Height};

use crate::world::Node;

/// Something that must never be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// I1: two milestones of one height.
    #[error("I1: node {} applied {id:?} at height {}, where another applied {first:?}", node.0, height.0)]
    TwoMilestones {
        /// Who applied the second.
        node: Node,
        /// Where.
        height: Height,
        /// The first.
        first: EventId,
        /// The second.
        id: EventId,
    },
    /// I8: an honest replica blames an honest peer.
    #[error("I8: node {} blames node {}, which is honest", node.0, peer.0)]
    Blamed {
        /// Who blames.
        node: Node,
        /// Whom.
        peer: Node,
    },
    /// I8: what an honest replica sent was refused at the edge.
    #[error("I8: node {} refuses what node {} sent, which is honest", node.0, from.0)]
    Refused {
        /// Who refuses.
        node: Node,
        /// Whose message.
        from: Node,
    },
    /// I5: a replica found that a quorum certified something else than it derives.
    #[error("I5: node {} halted at height {}", node.0, height.0)]
    Halted {
        /// Who.
        node: Node,
        /// Where.
        height: Height,
    },
    /// I13: a node does not start on what it wrote itself.
    #[error("I13: node {} does not start: {why}", node.0)]
    DoesNotStart {
        /// Who.
        node: Node,
        /// Why.
        why: String,
    },
}

/// All that was seen so far.
#[derive(Debug, Default)]
pub(crate) struct Oracle {
    milestones: BTreeMap<Height, EventId>,
    violations: Vec<Violation>,
}

impl Oracle {
    pub(crate) fn applied(&mut self, node: Node, height: Height, id: EventId) {
        let first = *self.milestones.entry(height).or_insert(id);
        if first != id {
            self.report(Violation::TwoMilestones { node, height, first, id });
        }
    }

    pub(crate) fn report(&mut self, violation: Violation) {
        self.violations.push(violation);
    }

    pub(crate) fn violations(&self) -> &[Violation] {
        &self.violations
    }
}
