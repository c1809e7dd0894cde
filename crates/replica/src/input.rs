//! The inputs of a replica. The results of its outputs come back as inputs too.

use quorate_agreement::{Peer, VerifiedMessage};
use quorate_document::EditCommand;
use quorate_event::{Address, EventId, Milestone, VerifiedEvent, VerifiedVertex};
use quorate_graph::Summary;
use serde_json::Value;

/// A client's request, by a number that the caller chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request(pub u64);

/// A disk write that was asked for. Tickets of one kind ascend, and are answered in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DiskTicket(pub u64);

/// A change that a client wants; the replica makes events of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Intent {
    /// The document shall be this value: only what differs is written.
    Put {
        /// The document's name.
        document: String,
        /// The whole value.
        value: Value,
    },
    /// A merge patch (RFC 7386): keys to write, nulls to delete.
    MergePatch {
        /// The document's name.
        document: String,
        /// The patch.
        patch: Value,
    },
    /// A JSON patch (RFC 6902): all of it or, if one of its tests fails, nothing.
    JsonPatch {
        /// The document's name.
        document: String,
        /// The patch.
        patch: Value,
    },
    /// Edits by path and position, in order: all of them or nothing.
    Edit {
        /// The document's name.
        document: String,
        /// The edits.
        commands: Vec<EditCommand>,
    },
    /// The value at a pointer (RFC 6901) shall be this; missing parents are made as objects.
    Set {
        /// The document's name.
        document: String,
        /// Where.
        pointer: String,
        /// The value.
        value: Value,
    },
    /// The value at a pointer shall be gone.
    Delete {
        /// The document's name.
        document: String,
        /// Where.
        pointer: String,
    },
    /// A milestone shall cover all that this replica holds now.
    RequestMilestone,
}

/// Whether a write that does not fit one event may become several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Atomicity {
    /// It may: each event is merged by itself.
    Split,
    /// It must not: it is refused instead.
    Whole,
}

/// Everything that changes a replica.
#[derive(Debug)]
pub enum Input {
    /// Time has moved, perhaps past [`crate::Replica::next_wake`].
    Tick,
    /// A peer can be reached. Its address says which member it is, if it is one.
    Connected {
        /// The connection.
        peer: Peer,
        /// Whose key the connection proved.
        address: Address,
    },
    /// A peer can no longer be reached.
    Disconnected {
        /// The connection.
        peer: Peer,
    },
    /// Vertices from gossip, or asked for by name.
    Vertices {
        /// Who sent them.
        from: Peer,
        /// Checked by a [`VertexValidator`](crate::VertexValidator).
        vertices: Vec<VerifiedVertex>,
    },
    /// Milestones from gossip, or asked for by name, of heights whose committee a [`VertexValidator`](crate::VertexValidator) does not
    /// know.
    FutureMilestones {
        /// Who sent them.
        from: Peer,
        /// Unchecked.
        milestones: Vec<Milestone>,
    },
    /// The vertices that we lacked by our summary.
    SyncResponse {
        /// Who sent it.
        from: Peer,
        /// Checked by a [`VertexValidator`](crate::VertexValidator), in causal order.
        vertices: Vec<VerifiedVertex>,
        /// Whether the peer has more.
        more: bool,
    },
    /// A message of agreement, its signatures checked.
    Agreement {
        /// Who sent it.
        from: Peer,
        /// The message.
        message: VerifiedMessage,
    },
    /// A peer sends its summary, and asks for the vertices that it lacks.
    Summary {
        /// Who asks.
        from: Peer,
        /// What it holds.
        summary: Summary,
    },
    /// A peer asks for vertices by name.
    Want {
        /// Who asks.
        from: Peer,
        /// Which.
        ids: Vec<EventId>,
    },
    /// A client wants something written and signed with this node's key.
    Write {
        /// To be named in the answer.
        request: Request,
        /// What.
        intent: Intent,
        /// Whether it may be several events.
        atomicity: Atomicity,
    },
    /// A client hands in events that it signed itself, their signatures checked.
    Submit {
        /// To be named in the answer.
        request: Request,
        /// The events, parents first.
        events: Vec<VerifiedEvent>,
    },
    /// The operator asks this member to skip the present leader.
    SkipLeader,
    /// All vertices up to this ticket are on disk.
    Stored(DiskTicket),
    /// All records of the vote log up to this ticket are on disk.
    Recorded(DiskTicket),
}
