//! What a document needs from outside: the causal order of events, and the view of a reader.

use quorate_event::{Address, EventId};

/// The causal order of events, as the graph knows it.
pub trait CausalOrder {
    /// Whether `a` is in the strict past of `b`. No event precedes itself; an unknown event precedes none.
    fn precedes(&self, a: &EventId, b: &EventId) -> bool;
    /// The length of the longest path from the genesis to `event`: greater than that of any event in its past.
    fn depth(&self, event: &EventId) -> u64;
    /// The author of `event`, if the event is known.
    fn author(&self, event: &EventId) -> Option<Address>;
}

/// A set of events through which a document is read: all that are not void, a milestone's cut, any past.
pub trait DocumentView {
    /// Whether the edits of `event` count.
    fn shows(&self, event: &EventId) -> bool;

    /// Whether the view contains every event that was folded. Then positions are found in O(log n) instead of by counting;
    /// `false` is always correct.
    fn shows_everything(&self) -> bool {
        false
    }
}

/// The view of all events that were folded.
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
