//! What became of an edit.

use crate::name::{ContainerId, ElementId};

/// What became of an edit: a function of the set of events, the same at every node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It counts in every view that contains its event.
    Applied(Change),
    /// It counts nowhere.
    Ignored(Reason),
}

/// Where an applied edit made a difference. Whether the difference shows depends on the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The root's value was written.
    Assigned,
    /// A key was written.
    Set {
        /// The object.
        object: ContainerId,
        /// The key.
        key: String,
    },
    /// A key was deleted.
    Deleted {
        /// The object.
        object: ContainerId,
        /// The key.
        key: String,
    },
    /// A run of elements was inserted, named by consecutive indices.
    Inserted {
        /// The list.
        list: ContainerId,
        /// The run's first element.
        first: ElementId,
        /// How many elements.
        count: u32,
    },
    /// An element was removed.
    Removed {
        /// The list.
        list: ContainerId,
        /// The element.
        element: ElementId,
    },
}

/// Why an edit counts nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Reason {
    /// It refers to an event outside the past of its own.
    #[error("it refers to an event outside its past")]
    OutsideItsPast,
    /// It refers to its own or a later index of its own event.
    #[error("it refers to a later edit of its own event")]
    ForwardReference,
    /// No edit of this document made that container.
    #[error("this document has no such container")]
    UnknownContainer,
    /// The container is of another kind than the edit needs.
    #[error("the container is of another kind")]
    WrongKind,
    /// The list never held that element.
    #[error("the list has no such element")]
    UnknownElement,
    /// The new container would lie deeper than [`DOCUMENT_DEPTH`](quorate_event::limits::DOCUMENT_DEPTH).
    #[error("it would nest too deeply")]
    TooDeep,
    /// It inserts nothing.
    #[error("it inserts nothing")]
    Empty,
    /// The indices of its event have run out.
    #[error("its event has no index left")]
    NoIndexLeft,
    /// Its event was folded into this document before.
    #[error("its event was folded before")]
    Repeated,
}
