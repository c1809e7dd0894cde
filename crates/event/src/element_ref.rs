//! References of edits to elements of lists and texts.

use crate::id::EventId;

/// A container or an element of a list, by the edit that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ElementRef {
    /// Made by the same event, at this index.
    Here(u32),
    /// Made by an earlier event.
    There(EventId, u32),
}
