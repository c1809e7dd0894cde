//! A seeded world of virtual time that runs the production [`Replica`](quorate_replica::Replica).
//!
//! Real networks lose, repeat and reorder; real processes crash between a promise and its fsync. Whatever such a
//! world does, members must agree, and must go on when it calms down. Here that world is a heap of events in virtual
//! nanoseconds, drawn from one seed, so that a failure is a seed and a commit.
//!
//! | part | what it is |
//! |---|---|
//! | [`World`] | the heap, the clock; plays inputs to replicas and does their outputs |
//! | [`Links`], [`DiskModel`], [`ClockSkew`] | what connects nodes, what they write to, what they tell the time by |
//! | [`Fault`] | what is done to a world from outside, as data |
//! | [`Actor`] | a client, or a liar: stands in a replica's place, or before it |
//! | [`Adversary`] | the liars that are there, by name |
//! | [`Violation`] | what must never be, found by code that asks no replica: I1 to I13, some of them upon [`World::check_all`] |
//! | [`SwarmCase`] | a swarm run as data: drawn from a seed, run, shrunk |
//! | [`TwinsScenario`] | a small scenario with a twin, by its number among all of them |
//! | [`FuzzCase`] | either of the two, as a [`FuzzProfile`] of them is drawn |
//! | [`play`] | plays a scenario file in virtual time |
//! | [`Emulation`], [`published`] | a client's request under latency and bandwidth, beside what a published system took |
//! | [`Load`], [`Timeline`] | what becomes of a steady load; who was at which height when the network came apart |
//! | [`Plots`] | what those two and the emulation say, as drawings |
//!
//! ```text
//!   heap: (time, order) -> deliver / stored / recorded / failed / wake / deed
//!     --> Replica::handle --> outputs --> links, disks (drawn from the seed) --> heap
//! ```
//!
//! # Invariants
//! - **W1** The same seed gives the same run: the trace digests are equal.
//! - **W2** Every component draws from a stream of its own: a fault more or less does not shift the others' draws.
//! - **W3** What a replica acknowledged as durable is in its graph after every restart.

mod actor;
mod adversaries;
mod chart;
mod clock;
mod committee_source;
mod disk;
mod emulate;
mod event_queue;
mod fault;
mod host;
mod load;
mod network;
mod node_id;
mod oracle;
mod packet;
mod ping_pong;
mod play;
mod plots;
mod receipt;
mod rng;
mod round_rules;
mod swarm;
mod timeline;
mod twins;
mod world;

pub use actor::{Actor, ActorContext};
pub use adversaries::{Adversary, ExpectedEvidence, Insider, Reconfigurer};
pub use clock::ClockSkew;
pub use committee_source::{COMMITTEE_DOCUMENT, CommitteeSource};
pub use disk::{DiskModel, UnsyncedWrites};
pub use emulate::{
    CaseFigures, CaseVerdict, DISK, Emulation, EmulationCase, EmulationError, EmulationRun, MeasurementPlan, csv,
    median, plot, published, rows,
};
pub use fault::{Fault, ScheduledFault};
pub use load::{LoadResult, LoadTest};
pub use network::{Bandwidth, Latency, LinkModel, QueueScope, Regions};
pub use node_id::NodeId;
pub use oracle::{CertificateFlaw, CutFlaw, Violation};
pub use packet::Packet;
pub use ping_pong::ping_pong;
pub use play::{Environment, PlannedCrash, PlayError, Played, play};
pub use plots::{Extent, Plot, PlotError, Plots};
pub use receipt::Receipt;
pub use rng::Rng;
pub use round_rules::{Connectivity, Phase, Role, RoundRule};
pub use swarm::{
    FuzzCase, FuzzProfile, RunFailure, RunReport, Shrunk, SwarmCase, SwarmProfile, UnknownProfile, shrink,
};
pub use timeline::{MemberProgress, Timeline};
pub use twins::{EXHAUSTIVE_ROUNDS, MAX_ROUNDS, TwinKind, TwinsScenario, exhaustive_count, scenario_count};
pub use world::{InitialHellos, RequestOutcome, Setup, World};
