//! Views: the sets of events through which documents are read.

use quorate_event::EventId;

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
