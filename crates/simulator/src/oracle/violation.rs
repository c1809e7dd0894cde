//! Violations, each with the number of the broken invariant.

use quorate_event::{Address, EventId, Height, VoteKind};
use quorate_replica::ConsistencyLevel;

use super::certificate::CertificateFlaw;
use super::cut::CutFlaw;
use crate::node_id::NodeId;

/// A broken invariant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// I1: two milestones of one height.
    #[error("I1: node {} applied {id:?} at height {}, where another applied {first:?}", node.0, height.0)]
    TwoMilestones {
        /// Who applied the second.
        node: NodeId,
        /// The height.
        height: Height,
        /// The first.
        first: EventId,
        /// The second.
        id: EventId,
    },
    /// I2: a vertex lies on a disk on which one of its parents does not.
    #[error("I2: node {} keeps {vertex:?} without {parent:?}, its parent", node.0)]
    Unclosed {
        /// The node.
        node: NodeId,
        /// The vertex.
        vertex: EventId,
        /// What is missing.
        parent: EventId,
    },
    /// I2: an event whose name or signature is not what its bytes say.
    #[error("I2: node {} keeps {event:?}, which is not what it is called, or not its author's", node.0)]
    Forged {
        /// The node.
        node: NodeId,
        /// The event.
        event: EventId,
    },
    /// I2: a milestone covers what it must not, or not what it says.
    #[error("I2: node {} keeps the milestone {id:?} of height {}: {flaw}", node.0, height.0)]
    Cut {
        /// The node.
        node: NodeId,
        /// The height.
        height: Height,
        /// Which.
        id: EventId,
        /// What is wrong.
        flaw: CutFlaw,
    },
    /// I3: a milestone's certificate proves nothing.
    #[error("I3: node {} keeps the milestone {id:?} of height {} with a bad certificate: {flaw}", node.0, height.0)]
    Certificate {
        /// The node.
        node: NodeId,
        /// The height.
        height: Height,
        /// Which.
        id: EventId,
        /// What is wrong.
        flaw: CertificateFlaw,
    },
    /// I4-L: something was acknowledged, or published, that was not on disk.
    #[error("I4-L: node {} acknowledged or published {event:?}, which is not on its disk", node.0)]
    Unwritten {
        /// The node.
        node: NodeId,
        /// The event.
        event: EventId,
    },
    /// I4-L: what was acknowledged is gone after a crash.
    #[error("I4-L: node {} acknowledged {event:?} and has lost it", node.0)]
    Lost {
        /// The node.
        node: NodeId,
        /// What.
        event: EventId,
    },
    /// I4-F: a request was reported final that no milestone up to the named one covers.
    #[error("I4-F: node {} calls {event:?} final, which milestone {} does not cover", node.0, milestone.0)]
    NotCovered {
        /// The node.
        node: NodeId,
        /// What.
        event: EventId,
        /// By which milestone.
        milestone: Height,
    },
    /// I4-F: a member voted for a cut that is not on its disk.
    #[error("I4-F: node {} voted at height {} for a cut with {head:?}, which is not on its disk", node.0, height.0)]
    NotHeld {
        /// The node.
        node: NodeId,
        /// The height.
        height: Height,
        /// What is missing.
        head: EventId,
    },
    /// I4-F: something is final that would be gone if less than a third of the stake failed.
    #[error("I4-F: {event:?} is final at node {} and would not survive: honest disks of stake {stake} hold it", node.0)]
    Fragile {
        /// Who says that it is final.
        node: NodeId,
        /// What.
        event: EventId,
        /// The stake of the honest members that hold it.
        stake: u128,
    },
    /// I5: two nodes hold the same vertices and show different states.
    #[error("I5: nodes {} and {} hold the same vertices and differ at level {level:?}", node.0, other.0)]
    Differs {
        /// One.
        node: NodeId,
        /// The other.
        other: NodeId,
        /// At which level.
        level: ConsistencyLevel,
    },
    /// I5: a digest is not that of what is shown.
    #[error("I5: node {} shows {document:?} under a digest that is not its own", node.0)]
    Misread {
        /// The node.
        node: NodeId,
        /// Which document.
        document: String,
    },
    /// I5: an honest node has not caught up, though it could.
    #[error("I5: node {} is not level with node {}", node.0, other.0)]
    NotLevel {
        /// The node.
        node: NodeId,
        /// With whom.
        other: NodeId,
    },
    /// I5: a replica found that a quorum certified something else than it derives.
    #[error("I5: node {} halted at height {}", node.0, height.0)]
    Halted {
        /// The node.
        node: NodeId,
        /// The height.
        height: Height,
    },
    /// I6: a rebuilt replica shows another state.
    #[error("I6: the replica of node {}, rebuilt {how}, shows another state", node.0)]
    Rebuilt {
        /// The node.
        node: NodeId,
        /// In which way.
        how: &'static str,
    },
    /// I7: an honest key signed two votes that exclude each other.
    #[error("I7: node {} signed {second:?} after {first:?} in view {view} of height {}", node.0, height.0)]
    TwoVotes {
        /// Whose key.
        node: NodeId,
        /// The height.
        height: Height,
        /// In which view.
        view: u64,
        /// What it said first.
        first: VoteKind,
        /// What it said then: the same kind is on another proposal.
        second: VoteKind,
    },
    /// I7: a vote left before its record was on disk, so that a crash would take it back.
    #[error("I7: node {} sent {kind:?} in view {view} of height {}, which is not in its vote log", node.0, height.0)]
    Unrecorded {
        /// The node.
        node: NodeId,
        /// The height.
        height: Height,
        /// In which view.
        view: u64,
        /// What it said.
        kind: VoteKind,
    },
    /// I7: an honest key signed two events of one place in its lane.
    #[error("I7: node {} wrote {second:?} where it had written {first:?}", node.0)]
    TwoEvents {
        /// Whose key.
        node: NodeId,
        /// The first.
        first: EventId,
        /// The second.
        second: EventId,
    },
    /// I8: an honest replica blames an honest peer.
    #[error("I8: node {} blames node {}, which is honest", node.0, peer.0)]
    Blamed {
        /// Who blames.
        node: NodeId,
        /// Whom.
        peer: NodeId,
    },
    /// I8: what an honest replica sent was refused at the edge.
    #[error("I8: node {} refuses what node {} sent, which is honest", node.0, from.0)]
    Refused {
        /// Who refuses.
        node: NodeId,
        /// Whose message.
        from: NodeId,
    },
    /// I8: an honest key stands in evidence.
    #[error("I8: node {} has evidence against {culprit:?}, which is honest", node.0)]
    Accused {
        /// Who has it.
        node: NodeId,
        /// Against whom.
        culprit: Address,
    },
    /// I8: an author continued a lane twice, and a node that holds both events does not name it.
    #[error("I8: node {} holds two events of one place by {culprit:?} and does not name it", node.0)]
    Unnamed {
        /// Who holds them.
        node: NodeId,
        /// Who signed them.
        culprit: Address,
    },
    /// I8: two milestones of one height, and the proven culprits have too little stake.
    #[error("I8: height {} has two milestones, and culprits of stake {stake} only", height.0)]
    NoCulprits {
        /// The height.
        height: Height,
        /// What the culprits hold.
        stake: u128,
    },
    /// I9: no milestone came although a quorum was up and connected.
    #[error("I9: no milestone above height {} came within {within_ms} ms", height.0)]
    NoMilestone {
        /// The greatest height.
        height: Height,
        /// How long was waited.
        within_ms: u64,
    },
    /// I9: a milestone came after more views than there can be unlucky ones.
    #[error("I9: height {} took {views} views without faults, more than {bound}", height.0)]
    TooManyViews {
        /// The height.
        height: Height,
        /// How many views.
        views: u64,
        /// How many there may be.
        bound: u64,
    },
    /// I10: something that a peer can make grow is larger than it may be.
    #[error("I10: node {} holds {found} {what}, more than {bound}", node.0)]
    Overgrown {
        /// The node.
        node: NodeId,
        /// What.
        what: &'static str,
        /// How much.
        found: usize,
        /// How much there may be.
        bound: usize,
    },
    /// I12: honest leaders left out an event that every honest member held.
    #[error("I12: {event:?} was on every honest disk, and {heights} heights of honest leaders left it out")]
    LeftOut {
        /// Which.
        event: EventId,
        /// How many.
        heights: u64,
    },
    /// I13: a node does not start on what it wrote itself.
    #[error("I13: node {} does not start: {why}", node.0)]
    DoesNotStart {
        /// The node.
        node: NodeId,
        /// Why.
        why: String,
    },
    /// I13: a node started on a disk of which a bit has flipped.
    #[error("I13: node {} started on a vote log that is not what it wrote", node.0)]
    RotUnnoticed {
        /// The node.
        node: NodeId,
    },
    /// I13: a replica panicked. The caller that catches the panic reports it.
    #[error("I13: seed {seed} panicked: {what}")]
    Panicked {
        /// The world's seed.
        seed: u64,
        /// What the panic said.
        what: String,
    },
}
