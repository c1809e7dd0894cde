//! What a document asks of the graph, and of whoever looks at it.

use quorate_event::{Address, EventId};

/// The causal order of events, as the graph knows it.
pub trait CausalOrder {
    /// Whether `a` is in the strict past of `b`. No event precedes itself, and an unknown one precedes nothing.
    fn precedes(&self, a: &EventId, b: &EventId) -> bool;
    /// The length of the longest path from the genesis to `event`: greater than that of any event in its past.
    fn depth(&self, event: &EventId) -> u64;
    /// Who wrote `event`, if it is known.
    fn author(&self, event: &EventId) -> Option<Address>;
}

/// A set of events through which a document is looked at: all that is not void, a milestone's cut, any past.
pub trait DocumentView {
    /// Whether what `event` says counts.
    fn shows(&self, event: &EventId) -> bool;

    /// Whether it surely shows every event that was folded: then positions are found in O(log n), not by counting.
    fn shows_everything(&self) -> bool {
        false
    }
}

/// The view of everything that was folded.
#[derive(Debug, Clone, Copy, Default)]
pub struct Everything;

impl DocumentView for Everything {
    fn shows(&self, _: &EventId) -> bool {
        true
    }

    fn shows_everything(&self) -> bool {
        true
    }
}
