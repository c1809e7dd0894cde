//! The moments at which documents can be read.

use quorate_event::{EventId, Height};

/// The guarantee behind an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsistencyLevel {
    /// All events that this replica holds: they may still be reordered.
    Merged,
    /// The events that the last milestone covers: their order is fixed.
    Final,
}

/// The events through which a document is read. Void events count in none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The present, at a level.
    Level(ConsistencyLevel),
    /// The past of a vertex, and the vertex itself.
    Event(EventId),
    /// The events that the milestone of a height covers, with those before it.
    Milestone(Height),
}

/// A moment that is not known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownMoment {
    /// The vertex is not admitted here.
    #[error("the event {0} is not held here")]
    Event(EventId),
    /// No milestone of that height was applied here.
    #[error("no milestone of height {} is held here", .0.0)]
    Milestone(Height),
}

impl From<ConsistencyLevel> for Moment {
    fn from(level: ConsistencyLevel) -> Self {
        Self::Level(level)
    }
}
