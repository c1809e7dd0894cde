//! The causal order of events, which a document gets from outside.

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
