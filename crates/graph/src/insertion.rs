//! What can become of a vertex that is inserted.

use quorate_event::{EventId, VerifiedVertex};

use crate::equivocation::Equivocation;
use crate::fault::Blame;

/// Where a vertex comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Written here, or read back from our own store.
    Local,
    /// Brought by the peer that the caller knows by this number.
    Peer(u64),
}

/// What became of a vertex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Insertion {
    /// Admitted, and with it what had waited for it.
    Ready {
        /// In causal order: the vertex itself first.
        admitted: Vec<VerifiedVertex>,
        /// Conflicts that were not known before.
        equivocations: Vec<Equivocation>,
        /// What had waited for one of these and turned out to be malformed in its context, and what waited for that.
        refused: Vec<(EventId, InvalidVertex)>,
    },
    /// It waits; these of its parents are neither admitted nor waiting.
    Waiting {
        /// In the order in which the vertex names them.
        missing: Vec<EventId>,
    },
    /// Admitted before.
    Known,
    /// Malformed in its context: at every replica, for ever.
    Refused(InvalidVertex),
    /// Not now: no fault of the vertex, and it may come again.
    Dropped(DropReason),
}

/// Why a vertex is malformed in its context: a function of its bytes and its past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVertex {
    /// An event follows its lane's previous event, or is the first and follows M0.
    #[error("the first parent is not the lane's previous event, nor M0 under a first event")]
    NotThePrevious,
    /// A milestone follows the milestone one height below.
    #[error("the first parent is not the milestone of the height below")]
    NotTheMilestoneBelow,
    /// A vertex in its past is refused.
    #[error("its past holds {refused:?}, which is refused")]
    Past {
        /// The malformed one.
        refused: EventId,
    },
}

/// Which bound a vertex met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DropReason {
    /// [`AUTHOR_EVENTS`](crate::AUTHOR_EVENTS) of its author wait already.
    #[error("too many events of its author wait")]
    AuthorEvents,
    /// [`AUTHOR_BYTES`](crate::AUTHOR_BYTES).
    #[error("too many bytes of its author wait")]
    AuthorBytes,
    /// [`PEER_BYTES`](crate::PEER_BYTES).
    #[error("too many bytes of this peer wait")]
    PeerBytes,
    /// [`TOTAL_BYTES`](crate::TOTAL_BYTES).
    #[error("the waiting room is full")]
    TotalBytes,
    /// Two events of its (author, lane, seq) are here, and nothing that waits and no proposal cites this one.
    #[error("a third branch that nothing cites")]
    Branches,
    /// The graph is at the end of its local indices.
    #[error("the graph holds as many vertices as it can")]
    Vertices,
}

impl InvalidVertex {
    /// Whose fault it is: that of the author, and of a peer that relays it without a check.
    pub const fn fault(self) -> Blame {
        Blame::Remote
    }
}

impl DropReason {
    /// Whose fault it is: none; a limit of this node is not the sender's fault.
    pub const fn fault(self) -> Blame {
        Blame::NotYet
    }
}
