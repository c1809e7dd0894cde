//! The outputs of a replica, in the order in which they are to be done.

use std::sync::Arc;

use quorate_agreement::{AgreementMessage, Peer, Recipient};
use quorate_document::WriteError;
use quorate_event::{Address, EventId, Height, VerifiedVertex};
use quorate_graph::{LaneError, Summary};

use crate::input::{DiskTicket, Request};
use crate::pbft_step::PbftStep;
use crate::wire::sync_response::SyncResponseIds;

/// The reason why a request was refused. None of it was written.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The write cannot be made into edits.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// It does not fit one event and was to be atomic.
    #[error("the write needs more than one event and was to be atomic; split it, or drop `atomic`")]
    NotAtomic,
    /// This node's key may not write in this network.
    #[error("{author} may not write in this network; its genesis admits members only")]
    MayNotWrite {
        /// The key's address.
        author: Address,
    },
    /// Too much is waiting for the disk already.
    #[error("{waiting} writes are waiting for the disk already; try again in a moment")]
    Busy {
        /// How many.
        waiting: usize,
    },
    /// The submitted event names parents that are not held here.
    #[error("{} of the event's parents are not held here; submit them first", missing.len())]
    MissingParents {
        /// Which.
        missing: Vec<EventId>,
    },
    /// The submitted event contradicts its own past.
    #[error("the event contradicts its own past: {reason}")]
    Malformed {
        /// How.
        reason: String,
    },
    /// This node's lane cannot be continued: another process signs with a copy of its key.
    #[error(
        "this node cannot write any more ({0}): another process signs with a copy of its key; use a key of its own for each"
    )]
    Lane(#[from] LaneError),
}

/// An event of interest to observers.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// The value of a document at level merged may have changed.
    Changed {
        /// Which.
        document: Arc<str>,
        /// By which event.
        event: EventId,
    },
    /// A vertex was admitted.
    Admitted {
        /// Which.
        id: EventId,
    },
    /// A milestone was applied.
    Milestone {
        /// Its place in the chain.
        height: Height,
        /// Its name.
        id: EventId,
        /// The number of events that it newly covers.
        covered: usize,
        /// The number of members that signed it.
        signers: usize,
    },
    /// A key signed what an honest key never signs.
    Evidence {
        /// Whose key.
        culprit: Address,
    },
}

/// Everything that a replica asks for.
#[derive(Debug)]
pub enum Output {
    /// Put these on disk, in this order, in one transaction; answer [`crate::Input::Stored`].
    Persist {
        /// To be answered.
        ticket: DiskTicket,
        /// What.
        vertices: Vec<VerifiedVertex>,
    },
    /// Append this to the vote log; answer [`crate::Input::Recorded`].
    Record {
        /// To be answered.
        ticket: DiskTicket,
        /// What.
        bytes: Vec<u8>,
        /// Whether no earlier record matters any more, so that the log may be this record alone.
        supersedes: bool,
    },
    /// Gossip these to all peers.
    Publish(Vec<VerifiedVertex>),
    /// Send a message of agreement: ahead of everything else.
    Agreement {
        /// To whom.
        to: Recipient,
        /// What.
        message: AgreementMessage,
    },
    /// Send our summary, which asks for the vertices that are lacking here.
    Summary {
        /// To whom.
        to: Peer,
        /// What we hold.
        summary: Summary,
    },
    /// Ask for vertices by name.
    Want {
        /// Of whom.
        to: Peer,
        /// Which.
        ids: Vec<EventId>,
    },
    /// Load these from the store and send them, in this order.
    SendVertices {
        /// To whom.
        to: Peer,
        /// The vertices; those that are not in the store, or not with a good signature, are left out. An empty list is sent too: it
        /// is the answer that none is held.
        ids: Vec<EventId>,
    },
    /// Load this from the store and send it, in one message.
    SendSyncResponse {
        /// To whom.
        to: Peer,
        /// What it lacks.
        response: SyncResponseIds,
    },
    /// The request's events are on this node's disk.
    Durable {
        /// Which request.
        request: Request,
        /// Its events, in order; none where nothing had to change.
        events: Vec<EventId>,
    },
    /// The request's events are all covered by milestones; follows its [`Output::Durable`].
    Final {
        /// Which request.
        request: Request,
        /// The last milestone that was needed.
        milestone: Height,
    },
    /// The request was refused.
    Refused {
        /// Which request.
        request: Request,
        /// Why not.
        refusal: Refusal,
    },
    /// Report this to observers.
    Notice(Notice),
    /// Report a step of agreement to observers.
    Step(PbftStep),
    /// A peer sent what an honest peer never sends.
    Fault {
        /// Who.
        peer: Peer,
    },
    /// A quorum certified another milestone than the operator trusts: stop, loudly.
    Contradicted {
        /// At which height.
        height: Height,
        /// What was certified.
        certified: EventId,
        /// What the operator trusts.
        trusted: EventId,
    },
    /// What this replica derives differs from what a quorum certified: stop, loudly, and sign nothing more.
    Halt {
        /// At which milestone.
        height: Height,
    },
}
