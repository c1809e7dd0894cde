//! The one door: a replica, composed of the graph, the documents and agreement, as a pure state machine.
//!
//! Parties who do not trust each other each run a replica. Every input, such as a client's write, a peer's event, a vote, a
//! finished disk write or the passing of time, enters through [`Replica::handle`] as an [`Input`]. Every effect leaves as an
//! [`Output`]. Recovery replays the stored vertices through the same steps ([`Replica::recover`]). A simulator and a node
//! therefore run the same replica, and a failure is a list of inputs. The causal graph, the documents and agreement are
//! crates of their own; this crate composes them as a replicated state machine
//! ([Schneider 1990](https://doi.org/10.1145/98163.98167)) whose state also shows events that are not ordered yet.
//!
//! # Vocabulary
//! - *Intent*: a change that a client wants; the replica makes edits and events of it. *Request*: the number of a client's
//!   request in its answer. *Ticket*: the number of a disk write.
//! - *Merged*: all events that are held. *Final*: the events that a milestone covers. *Moment*: a level, a past event or a
//!   milestone, at which a document can be read. *Mark*: a state of a document from which a reader follows it.
//! - *Summary*: the vertices of a replica in short. *Sync response*: the vertices that the sender of a summary lacks.
//!
//! The terms of the other crates are in their front pages, and all of them in [docs/glossary.md](../../../docs/glossary.md).
//!
//! # Rules
//! - Upon receiving a client's intent: compute its edits against the document at level merged, sign them as an event on the
//!   present heads, admit it, and ask the disk to keep it. Intents that arrive while the disk works wait, and share the next
//!   event (`authoring`).
//! - Upon receiving a vertex from any source: insert it into the graph, request its missing parents, fold the vertices that
//!   became ready, and ask the disk to keep them (`state`, `sync`).
//! - Upon a ticket that is on disk: publish the events signed here, and acknowledge them to clients (`authoring`).
//! - Upon a proposal to check: once its cut is held *and on this disk*, derive its roots and compare (`milestones`).
//! - Upon a milestone whose cut is held: derive its roots, compare, and apply it; the events that it covers are final
//!   (`state`).
//! - Upon a connection, and every five seconds with one peer: send a summary. Upon receiving a summary: send the vertices that
//!   its sender lacks, and a summary in turn if the sender holds vertices that are lacking here (`sync`).
//! - Upon an incomplete sync response: request the next part after applying it, from one peer at a time. Upon a response that
//!   is overdue: ask another peer; a peer that stalls is asked less and less (`sync`).
//!
//! ```text
//!          Input                  rooms                                    Output
//!   Write, Submit ------------> authoring ---+                     +--> Persist ... Stored --> Publish, Durable
//!   Vertices, SyncResponse ---> sync --------+--> state: graph ----+--> Notice, Final
//!   Agreement, Recorded ------> milestones --+    and documents    +--> Record ... Recorded --> Agreement
//!   Summary, Want ------------> sync -----------------------------------> SendSyncResponse, SendVertices
//!   Tick ---------------------> every room -----------------------------> Want, Summary
//! ```
//!
//! Each room is a struct with private fields. A room gets its input and the `Turn`: the time, the outputs so far, and the
//! state that all rooms share. `reading` answers queries and changes nothing.
//!
//! # Invariants
//! - **R1** A vertex or vote that this replica signed leaves it, and a request is acknowledged, only after the data is on its
//!   disk (`persistence`). Vertices go to disk in the order of their admission, each with the input that admitted it.
//! - **R2** A cut is voted for only when all of it is on this replica's disk (`milestones`).
//! - **R3** A certified milestone of the next height that contradicts the roots derived here halts the replica: it sends
//!   nothing more. So does a second milestone of a past height that the present committee certified. One that an earlier
//!   committee certified, and one that waited for its cut until then, change nothing (`state`, and the graph).
//! - **R4** All memory that a peer can fill has a bound: missing vertices, the waiting room, responses, waiting intents
//!   (`peers`, `wire`, `authoring`).
//! - **R5** A replica recovered from its disk holds the same state as before for everything that it acknowledged
//!   (`recovery`).
//! - **R6** A milestone enters only with a certificate of its height's committee, which follows from the milestone below it. A
//!   replica votes at a height only when it has applied that one (`validation`, `sync`).
//!
//! # Limits
//! The rule by which one committee follows another is an argument ([`CommitteeRule`]). Until the ledger supplies one, nodes
//! run with [`FixedCommittee`].
//!
//! # Example
//! ```
//! use std::time::Duration;
//!
//! use quorate_event::{Committee, Genesis, Lane, Parameters, SecretKey, Stake, Timestamp, Writers};
//! use quorate_replica::{Atomicity, Input, Intent, Now, Output, Replica, ReplicaConfig, Request};
//!
//! let key = SecretKey::from_bytes([1; 32]).unwrap();
//! let genesis = Genesis {
//!     name: "alone".to_owned(),
//!     time: Timestamp(1_000),
//!     committee: Committee::new(vec![(key.address(), Stake(1))]).unwrap(),
//!     writers: Writers::Members,
//!     parameters: Parameters::default(),
//!     demo: true,
//! };
//! let now = Now { elapsed: Duration::from_secs(1), wall: Timestamp(2_000) };
//! let config = ReplicaConfig::new(genesis, key, Lane(1));
//! let (mut replica, _) = Replica::recover(config, [], &[], now).unwrap();
//!
//! let intent = Intent::Put { document: "greeting".to_owned(), value: serde_json::json!({ "text": "hello" }) };
//! let outputs = replica.handle(Input::Write { request: Request(1), intent, atomicity: Atomicity::Split }, now);
//! let persist = outputs.iter().find_map(|output| match output {
//!     Output::Persist { ticket, .. } => Some(*ticket),
//!     _ => None,
//! });
//! // The event is published and acknowledged only after the disk reports this ticket.
//! let outputs = replica.handle(Input::Stored(persist.unwrap()), now);
//! assert!(outputs.iter().any(|output| matches!(output, Output::Durable { request: Request(1), .. })));
//! ```
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

mod config;
mod input;
mod output;
mod pbft_step;
mod wire;

mod replica;
mod turn;

mod authoring;
mod milestones;
mod sync;

mod committee_rule;
mod documents;
mod evidence;
mod peers;
mod persistence;
mod state;
mod uncovered;
mod validation;
mod views;

mod reading;
mod recovery;

pub use committee_rule::{CommitteeRule, FinalDocuments, FixedCommittee};
pub use config::{ReplicaConfig, Sharing};
pub use documents::index::IgnoredRun;
pub use evidence::ReportedEvidence;
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
pub use reading::history::DocumentEvent;
pub use reading::look::{ConflictsError, DocumentAt};
pub use reading::status::{NotFinal, Status};
pub use reading::vertex::VertexStatus;
pub use recovery::RecoveryError;
pub use replica::Replica;
pub use state::trusted_milestone::{TrustConflict, TrustedMilestone};
pub use validation::vertex_validator::{CheckedVertices, VertexRejection, VertexValidator};
pub use views::moment::{ConsistencyLevel, Moment, UnknownMoment};
pub use wire::limits::{VERTICES, VERTICES_BYTES, WANT_IDS};
pub use wire::peer_message::PeerMessage;
pub use wire::sync_response::{HISTORY_RANGES, HistoryRange, HistoryRangeIds, SyncResponse, SyncResponseIds};
