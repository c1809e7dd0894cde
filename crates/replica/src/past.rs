//! The graph as documents see it: who precedes whom, and what counts in a view.

use std::collections::BTreeSet;

use quorate_document::{Past, View};
use quorate_event::{Address, EventId};
use quorate_graph::Graph;

/// The past of every event, by the graph.
pub(crate) struct PastIn<'a>(pub(crate) &'a Graph);

impl Past for PastIn<'_> {
    fn precedes(&self, a: &EventId, b: &EventId) -> bool {
        self.0.precedes(*a, *b)
    }

    fn depth(&self, event: &EventId) -> u64 {
        self.0.depth(*event).map_or(0, u64::from)
    }

    fn author(&self, event: &EventId) -> Option<Address> {
        self.0.author(*event)
    }
}

/// Level merged: all that is held and counts.
pub(crate) struct Merged<'a>(pub(crate) &'a Graph);

impl View for Merged<'_> {
    fn shows(&self, event: &EventId) -> bool {
        self.0.counts_merged(*event)
    }
}

/// Level final: what the last milestone covers and is not void.
pub(crate) struct Final<'a>(pub(crate) &'a Graph);

impl View for Final<'_> {
    fn shows(&self, event: &EventId) -> bool {
        self.0.covered_at(*event).is_some() && !self.0.is_void(*event)
    }
}

/// Level final as it would be with a proposal's cut.
pub(crate) struct FinalWith<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) newly: &'a BTreeSet<EventId>,
}

impl View for FinalWith<'_> {
    fn shows(&self, event: &EventId) -> bool {
        let covered = self.newly.contains(event) || self.graph.covered_at(*event).is_some();
        covered && !self.graph.is_void(*event)
    }
}
