//! The cache for history ranges: one milestone's order with the Merkle tree over it.

use quorate_event::merkle::MerkleTree;
use quorate_event::{EventId, Height};
use quorate_graph::Graph;

/// The order of a milestone and its tree. It is kept for the next message, since a peer that catches up asks for a large
/// milestone more than once.
#[derive(Debug)]
pub(super) struct MilestoneRangeCache {
    pub(super) height: Height,
    pub(super) order: Vec<EventId>,
    pub(super) tree: MerkleTree,
}

impl MilestoneRangeCache {
    pub(super) fn of(height: Height, graph: &Graph) -> Option<Self> {
        let order = graph.covered_by(height)?;
        let ids: Vec<[u8; 32]> = order.iter().map(|id| *id.as_bytes()).collect();
        Some(Self { height, order, tree: MerkleTree::of(&ids) })
    }
}
