//! Whether an edit was applied, and why one was ignored.

/// The outcome of an edit, or of one change of a splice: a function of the set of events, the same at every node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditOutcome {
    /// It counts in every view that contains its event.
    Applied,
    /// It counts nowhere.
    Ignored(IgnoredReason),
}

/// Why an edit counts nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum IgnoredReason {
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
    /// The list or text never held that element, or no one insertion wrote all of them.
    #[error("the list or text has no such element")]
    UnknownElement,
    /// The new container would lie deeper than [`DOCUMENT_DEPTH`](quorate_event::limits::DOCUMENT_DEPTH).
    #[error("it would nest too deeply")]
    TooDeep,
    /// It inserts or removes nothing.
    #[error("it inserts or removes nothing")]
    Empty,
    /// The indices of its event have run out.
    #[error("its event has no index left")]
    NoIndexLeft,
    /// Its event was folded into this document before.
    #[error("its event was folded before")]
    Repeated,
    /// The container holds as much as this program can number: 4 GiB of a text, 2^32 runs or items of a list.
    #[error("the container is full")]
    Full,
}
