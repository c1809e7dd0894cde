//! Registers: a place for one value, which holds every value ever written to it.

use std::collections::BTreeMap;

use quorate_event::Value;

use crate::name::ElementId;
use crate::past::{Past, View};

/// The order of writes: deeper in the graph is greater, then the greater name. A write that replaces another has a
/// greater rank, since depth grows along the past and the index along an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    pub(crate) depth: u64,
    pub(crate) id: ElementId,
}

/// A multi-value register. A deletion is a write without a value: it replaces, and has nothing to show.
#[derive(Debug, Clone, Default)]
pub(crate) struct Register(BTreeMap<Rank, Option<Value>>);

impl Register {
    pub(crate) fn write(&mut self, rank: Rank, value: Option<Value>) {
        self.0.insert(rank, value);
    }

    /// The values in `view` that no write in `view` replaces, the greatest first: that one shows.
    ///
    /// Ranks descend, so whatever replaces a write was met before it. Only the writes that nothing replaces are kept
    /// to compare with: the relation is transitive.
    pub(crate) fn surviving<'r>(
        &'r self,
        view: &'r dyn View,
        past: &'r dyn Past,
    ) -> impl Iterator<Item = (ElementId, &'r Value)> + 'r {
        let mut frontier: Vec<ElementId> = Vec::new();
        let in_view = self.0.iter().rev().filter(|(rank, _)| view.shows(&rank.id.event));
        in_view.filter_map(move |(rank, value)| {
            if frontier.iter().any(|later| replaces(*later, rank.id, past)) {
                return None;
            }
            frontier.push(rank.id);
            value.as_ref().map(|value| (rank.id, value))
        })
    }
}

fn replaces(later: ElementId, earlier: ElementId, past: &dyn Past) -> bool {
    if later.event == earlier.event { later.index > earlier.index } else { past.precedes(&earlier.event, &later.event) }
}
