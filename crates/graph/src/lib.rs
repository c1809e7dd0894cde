//! The causal graph: the admitted vertices, the reachability between them, and the answers that follow from this set alone.
//!
//! Words: [glossary](../../../docs/glossary.md).
//!
//! # Problem and idea
//! Parties who do not trust each other can agree on a *set* of hash-linked events without any coordinator, since a
//! set does not depend on the order in which it arrives ([Kleppmann and Howard,
//! 2020](https://arxiv.org/abs/2012.00472)). So every answer of this crate, except those about waiting vertices, is a function
//! of the admitted set and of the milestones applied to it. An equivocator can add two events where an honest author adds
//! one; both are admitted everywhere, and whether they count follows from the set as well.
//!
//! The graph looks at headers (id, author, lane, seq, parents, size, height) and at nothing else: no payload, stake,
//! vote, clock or signature. It does not keep the vertices: the caller stores them and looks them up by id.
//!
//! # Words
//! | word | here |
//! |---|---|
//! | vertex | an event or a milestone; M0, the genesis, is the root |
//! | past | of a vertex: its parents, theirs, and so on; without itself |
//! | depth | one more than the deepest parent's; M0's is 0 |
//! | chain | a run of vertices that are each other's first parent: an honest lane is one, every branch starts one |
//! | covered | at height h: in the past of the applied milestone h and of none before, or that milestone itself |
//! | condemned | an author, by the first applied milestone whose past holds two of its events of one (lane, seq) |
//! | void | an event of a condemned author that the condemning milestone does not cover |
//! | coverable | an event that is admitted, uncovered and not void |
//!
//! # Rules
//! - Upon a vertex that is held: it is [`Insertion::Known`].
//! - Upon one whose first parent is not its lane's previous event (M0, for the first), or not the milestone of the
//!   height below: [`Insertion::Refused`], and what waits for it goes too.
//! - Upon one with missing parents: it waits, within bounds, for at most a minute ([`Insertion::Waiting`]).
//!   [`Graph::missing`] says what to fetch; the caller decides when, and from which peer.
//! - Upon a third event of one (author, lane, seq): [`DropReason::Branches`], unless a waiting vertex names it as a parent, a
//!   proposal as a head, or it came as covered by a milestone.
//! - Upon any other: it is admitted, and then the waiting vertices that it releases ([`Insertion::Ready`]).
//! - Upon two events of one (author, lane, seq): an [`Equivocation`]. From now on the author's uncovered events count
//!   in the merged view only if another author without known conflict, or a milestone, has them in its past.
//! - Upon [`Graph::apply_milestone`], one height after the other: its past is covered, authors are condemned.
//! - Upon a cut to propose: [`Graph::cut`] names the least coverable events by (depth, id). Void events weigh nothing
//!   in it and are never heads, but are covered as the past of other events; else a long branch of an equivocator, cited once,
//!   would block the citing author for ever.
//! - Upon a cut to judge: [`Graph::newly_covered`], then [`Graph::linearise`].
//! - Upon a peer's [`Summary`]: [`Graph::covered_by`] the milestones that it lacks, and [`Graph::lacking`], is what to send.
//!
//! ```text
//!  VerifiedVertex --insert--> judge --+--> admitted: columns by local index --> heads, cut, order, relations,
//!                     ^               |      (ids, edges, depth, chains)        voidness, what a peer lacks
//!                     |               +--> waiting room --missing()--> fetch
//!                     |               |         | parents came
//!                     +---------------|---------+
//!                                     +--> refused, dropped
//!  apply_milestone(id) --> covered, condemned
//! ```
//!
//! # Invariants
//! - **G1** A vertex is admitted after all its parents, and its local index is greater than theirs (`insert`, `dag`).
//! - **G2** Depth, heads, coverage, voidness, the merged view, equivocations, cuts and orders are functions of the
//!   admitted set and the applied milestones, whatever the order of arrival (`suspects`, `coverage`, `equivocation`).
//! - **G3** `precedes` is reachability, with equivocators too; clocks are derived (`relation`, `clock`, `checkpoints`).
//! - **G4** What is void stays void, and a milestone voids nothing that it covers (`suspects`).
//! - **G5** A cut is causally closed, fits its limits, and names no void and no inner vertex (`cut`).
//! - **G6** An order is causal, complete, and fixed by the previous milestone, the height and the heads (`linearise`).
//! - **G7** A peer whose heads are known here is sent exactly what it lacks, parents first (`sync`).
//! - **G8** The waiting room is bounded for each author, each peer and in all, and by time (`waiting`).
//!
//! # Limits
//! - A graph holds 2^32 - 2 vertices. About 200 bytes each; checkpoints take at most 16 of them however many lanes
//!   there are, and only get rarer.
//! - Which two of several uncited branches are kept depends on arrival; citing or covering one brings it everywhere.
//! - A new equivocator costs a scan of all uncovered events of all equivocators.
//! - If neither side of a sync can see that a lane branches, one round may withhold a branch; the next one, the other
//!   way round, sees it.
//!
//! # Example
//! ```
//! use std::time::Duration;
//! use quorate_event::*;
//! use quorate_graph::{Graph, Insertion, Origin};
//!
//! let network = NetworkId::new([7; 32]);
//! let mut graph = Graph::new(network.event_id());
//! let key = SecretKey::from_bytes([1; 32]).unwrap();
//! for _ in 0..2 {
//!     let (seq, parents) = graph.parents_for(key.address(), Lane(1)).unwrap();
//!     let body = EventBody {
//!         author: key.address(),
//!         lane: Lane(1),
//!         seq,
//!         parents,
//!         time: Timestamp(0),
//!         payload: Payload::MilestoneRequest,
//!     };
//!     let event = SignedEvent::sign(body, network, &key).unwrap();
//!     let event = event.verify(&mut KeyRing::default()).unwrap();
//!     let vertex = VerifiedVertex::Event(event);
//!     let inserted = graph.insert(vertex, Origin::Local, Duration::ZERO);
//!     assert!(matches!(inserted, Insertion::Ready { .. }));
//! }
//! let head = graph.heads()[0];
//! assert_eq!(graph.depth(head), Some(2));
//! assert!(graph.precedes(network.event_id(), head));
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

mod column;
mod dag;
mod fault;
mod graph;
mod header;
mod heads;
mod lanes;

mod equivocation;
mod insert;
mod insertion;
mod waiting;

mod checkpoints;
mod clock;
mod relation;

mod coverage;
mod cut;
mod equivocator_events;
mod linearise;
mod parents;

mod sync;

#[cfg(any(test, feature = "drawing"))]
pub mod drawing;
#[cfg(test)]
mod tests;

pub use clock::VectorClock;
pub use coverage::ApplyError;
pub use cut::{CutError, ResolvedCut, Weight};
pub use equivocation::Equivocation;
pub use fault::Blame;
pub use graph::{Graph, LanePlace};
pub use insertion::{DropReason, Insertion, InvalidVertex, Origin};
pub use parents::LaneError;
pub use relation::Relation;
pub use sync::{PeerHoldings, SUMMARY_HEADS, SUMMARY_LANES, SUMMARY_MILESTONES, Summary};
pub use waiting::{AUTHOR_BYTES, AUTHOR_EVENTS, CITED, PATIENCE, PEER_BYTES, TOTAL_BYTES, WaitingRoomSize};
