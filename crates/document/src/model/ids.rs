//! The ids of containers and elements.

use std::fmt;

use quorate_event::{ElementRef, EventId, Target};

/// The id of an element: the event that inserted it, and its index within the event, where each value of an inserted run
/// takes an index of its own. The event's id is a hash of its content, so no other author can claim the element's id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementId {
    /// The event that inserted it.
    pub event: EventId,
    /// Its index in that event.
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

/// The elements that an insertion names as its neighbours; `None` is the start or the end of the sequence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct OriginRefs {
    pub(crate) left: Option<ElementRef>,
    pub(crate) right: Option<ElementRef>,
}

impl ElementId {
    /// The reference to this element from another event.
    pub const fn reference(self) -> ElementRef {
        ElementRef::There(self.event, self.index)
    }
}

impl ContainerId {
    /// The reference to this container from an event that did not make it.
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
