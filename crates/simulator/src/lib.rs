//! A seeded world of virtual time that runs the production [`Replica`](quorate_replica::Replica).
//!
//! Real networks lose, repeat and reorder; real processes crash between a promise and its fsync. Whatever such a
//! world does, members must agree, and must go on when it calms down. Here that world is a heap of events in virtual
//! nanoseconds, drawn from one seed, so that a failure is a seed and a commit.
//!
//! | part | what it is |
//! |---|---|
//! | [`World`] | the heap, the clock, the links; plays inputs to replicas and does their outputs |
//! | `host` | one node: a replica while it is up, a disk for ever |
//! | `disk` | keeps what it was given time to write |
//! | [`play`] | plays a scenario file in virtual time |
//!
//! ```text
//!   heap: (time, order) -> deliver / stored / recorded / wake
//!     --> Replica::handle --> outputs --> heap (delays drawn from the seed, some lost, some twice)
//! ```
//!
//! # Invariants
//! - **W1** The same seed gives the same run: the trace digests are equal.
//! - **W2** One milestone per height in the whole world, for ever: checked at every milestone that any replica applies.
//! - **W3** What a replica acknowledged as durable is in its graph after every restart.
//!
//! # Limits
//! No bandwidth, no clock skew, no liars yet: faults are loss, repetition, reordering, partitions by crash, and lost
//! un-synced writes.

mod chance;
mod disk;
mod host;
mod play;
mod world;

pub use play::{Crash, PlayError, Played, play};
pub use world::{Faults, Node, Outcome, Setup, World};
