//! The one door: a replica, composed of the graph, the documents and agreement, as a pure machine.
//!
//! Words: [glossary](../../../docs/glossary.md).
//!
//! Parties who do not trust each other each run a replica. Everything that happens to one, a client's write, a peer's
//! event, a vote, a finished disk write, the passing of time, comes in as an [`Input`] through [`Replica::handle`]; everything
//! that it wants of the world goes out as an [`Output`]. Recovery after a crash is the same: what the store holds is
//! replayed through the same steps ([`Replica::recover`]). So a simulated world and a real one run the same replica, and a
//! failure is a list of inputs.
//!
//! # Words
//! *Intent*: what a client wants written. *Request*, *ticket*: names for what is answered later. *Merged*: all that is held
//! here. *Final*: what the last milestone covers. *Moment*: a level, a past event, a milestone. *DocumentMark*: how far a reader has
//! followed a document. See the other crates for the rest.
//!
//! # Rules
//! - Upon an intent: work out its edits against what shows at level merged, sign them as an event on the present heads,
//!   admit it, ask the disk to keep it. Intents that come while the disk works wait, and share the next event.
//! - Upon a vertex from anywhere: if it may enter, bring it into the graph; ask for parents that are missing; fold what is
//!   ready; ask the disk to keep it.
//! - Upon a ticket on disk: publish what we signed, acknowledge it to the client.
//! - Upon a proposal to check: once its cut is held *and on this disk*, derive its roots and compare.
//! - Upon a milestone whose cut is held: derive, compare, apply; what it covers is final.
//! - Upon a connection, and every five seconds with one peer: say what we hold, and get what we lack. Upon a summary that
//!   names what we lack: say what we hold in answer.
//! - Upon a rest of which there is more: ask for the next once it is taken, one peer at a time. Upon one that does not come
//!   in time: ask another peer; whoever stalls is asked less and less.
//!
//! ```text
//!           Input                                                        Output
//!   Write, Submit ----> edits, event --+                        +--> Persist ... Stored --> Publish, Durable
//!   Vertices, SyncResponse ----> may it enter? +--> graph --> documents +
//!   Agreement ---------------------------> agreement <--> derive, sign --> Record ... Recorded --> Agreement
//!   Summary, Want -----> what the peer lacks ------------------------> SendRest, SendVertices
//!   Tick --------------> what is due ---------------------------------> Want, Summary
//! ```
//!
//! # Invariants
//! - **R1** Nothing that this replica signed leaves it, and nothing is acknowledged, before it is on its disk (`disk`). Vertices
//!   go there in the order of their admission, each with the input that admitted it.
//! - **R2** A cut is voted for only when all of it is on this replica's disk (`cut`).
//! - **R3** A certified milestone of the next height that contradicts what is derived here halts the replica: it says nothing
//!   more; so does a second one of a past height by those who are the committee still. One by a committee that has gone, and one
//!   that waited for its cut until then, change nothing (`admit`, and the graph).
//! - **R4** Whatever a peer can make grow has a bound: wants, the waiting room, answers, waiting intents (`wants`, `message`, `write`).
//! - **R5** A replica recovered from its disk shows what it showed for all that was acknowledged (`recover`).
//! - **R6** A milestone enters only with a certificate of its height's committee, which follows from the milestone below it; a
//!   replica votes at a height only when it has applied that one (`committees`, `door`, `ahead`).
//!
//! # Limits
//! By which rule one committee follows another is its owner's to say ([`CommitteeRule`]); until the ledger does, nodes run with
//! [`FixedCommittee`].
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::float_arithmetic,
        clippy::arithmetic_side_effects
    )
)]

mod authoring;
mod committee_rule;
mod documents;
mod evidence;
mod input;
mod milestones;
mod output;
mod pbft_step;
mod peers;
mod persistence;
mod reading;
mod recovery;
mod replica;
mod state;
mod sync;
mod uncovered;
mod validation;
mod views;
mod wire;

pub use committee_rule::{CommitteeRule, FinalDocuments, FixedCommittee};
pub use documents::history::{DocumentEvent, IgnoredRun};
pub use input::{Atomicity, DiskTicket, Input, Intent, Request};
pub use output::{Notice, Output, Refusal};
pub use pbft_step::{PbftStep, StakeTally, StepKind};
pub use quorate_agreement::{
    AgreementMessage, BufferSizes, Now, Peer, Position, Recipient, SignedProposal, VerifiedMessage, Verifier, leader,
};
pub use quorate_document::{
    CausalOrder, ConcurrentValue, Document, EditBatch, EditCommand, Editor, EventDraft, Everything, IgnoredReason,
    InsertedContent, JsonError, JsonProblem, PatchProblem, PointerError, PositionRange, ViewPatch, WriteError, digest,
    parse_json,
};
pub use quorate_graph::{Equivocation, LaneError, Summary};
pub use reading::follow::{DocumentChange, DocumentChanges, DocumentMark};
pub use reading::look::{ConflictsError, ConsistencyLevel, DocumentAt, Moment, UnknownMoment};
pub use reading::status::{NotFinal, ReportedEvidence, Status, VertexStatus};
pub use recovery::RecoveryError;
pub use replica::{Replica, ReplicaConfig, Sharing};
pub use state::checkpoint::{TrustConflict, TrustedMilestone};
pub use validation::vertex_validator::{CheckedVertices, VertexRejection, VertexValidator};
pub use wire::peer_message::{PeerMessage, VERTICES, VERTICES_BYTES, WANT_IDS};
pub use wire::sync_response::{HISTORY_RANGES, HistoryRange, HistoryRangeIds, SyncResponse, SyncResponseIds};
