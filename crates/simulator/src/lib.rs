//! Deterministic simulation: the production [`Replica`](quorate_replica::Replica) in a world of virtual time and injected faults.
//!
//! Real networks lose, repeat and reorder messages; real processes crash between a vote and its fsync. Members must agree in
//! every such world, and must make progress once the faults end. This crate plays such worlds from one seed, as FoundationDB,
//! TigerBeetle's VOPR and madsim do: an event queue in virtual nanoseconds, and all randomness from a seeded generator. So a
//! failure is reproduced by its seed and the commit.
//!
//! | part | purpose |
//! |---|---|
//! | [`World`] | the event queue and the clock; passes inputs to replicas and carries out their outputs |
//! | [`LinkModel`], [`DiskModel`], [`ClockSkew`] | how links, disks and clocks behave |
//! | [`Fault`], [`ScheduledFault`] | faults and their ends, as data |
//! | [`Actor`], [`ActorContext`] | a client or a Byzantine member, in a replica's place or between a replica and the network |
//! | [`Adversary`] | the Byzantine members that exist, by name |
//! | [`Violation`] | a broken invariant, I1 to I13, found by the oracle; some only by [`World::check_all`] |
//! | [`SwarmCase`] | a swarm run as data: generated from a seed, run, shrunk |
//! | [`TwinsScenario`] | a small scenario with a twin, by its number among all of them |
//! | [`FuzzProfile`], [`FuzzCase`] | what `quorate-lab fuzz` runs: a swarm case or a twins scenario for each seed |
//! | [`play`] | plays a scenario file in virtual time |
//! | [`Emulation`], [`published`] | a client's request under latency and bandwidth, beside a published system |
//! | [`LoadTest`], [`Timeline`] | a steady load; the heights of members during a partition |
//! | [`Plots`] | drawings of those two and of the emulation |
//!
//! ```text
//!   queue: (time, order) -> deliver | stored | recorded | failed | wake | fault
//!     --> Replica::handle --> outputs --> links, disks (random delays, losses) --> queue
//!                        \--> oracle: checks each fact against the invariants
//! ```
//!
//! Terms: [the glossary](../../../docs/glossary.md); how to run it and how to add a fault, an adversary or an invariant:
//! [docs/simulation.md](../../../docs/simulation.md).
//!
//! # Invariants
//! W1 to W3 are those of the simulated world; I1 to I13, which the oracle checks, are those of the system under test.
//! - **W1** Equal seeds give equal runs: their trace digests are equal.
//! - **W2** Each component draws from a random stream of its own: one fault more or less does not shift the draws of others.
//! - **W3** Each write that a replica acknowledged as durable is in its graph after every restart.
//!
//! # Limits
//! Processors take no time. Disks keep whole store transactions. Signatures are simulated ([decision
//! 12](../../../docs/decisions/0012-simulated-signatures-at-run-time.md)), so their cryptography is not tested here.

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
