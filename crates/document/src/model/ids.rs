//! What containers and elements are called.

use std::fmt;

use quorate_event::{ElementRef, EventId, Target};

/// The place of a value among all edits: the event, and the index of the edit within it, where each value of an
/// inserted run takes an index of its own. Since the event's id is a hash of its content, nobody else can claim it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementId {
    /// The event that wrote it.
    pub event: EventId,
    /// Which of that event's indices.
    pub index: u32,
}

/// A container of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContainerId {
    /// The object that every document starts with.
    Root,
    /// The container made by this edit.
    Made(ElementId),
}

impl ElementId {
    /// How an event that is not this element's own refers to it.
    pub const fn reference(self) -> ElementRef {
        ElementRef::There(self.event, self.index)
    }
}

impl ContainerId {
    /// How an event that did not make this container addresses it.
    pub const fn target(self) -> Target {
        match self {
            Self::Root => Target::Root,
            Self::Made(id) => Target::Made(id.reference()),
        }
    }
}

impl fmt::Debug for ElementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}.{}", self.event, self.index)
    }
}
