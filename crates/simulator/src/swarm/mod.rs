//! Swarm runs: each seed turns on a random part of what can go wrong (Groce et al., "Swarm Testing", 2012), then heals the
//! world and asks that a random quorum goes on.
//!
//! ```text
//!   seed --draw--> SwarmCase: a world, what is done to it and when, who lies      (data: recorded, replayed, shrunk)
//!   SwarmCase --run---> chaos | heal | liveness --> RunReport: what was violated, how far it came, which rare paths it took
//! ```
//!
//! A case that fails is shrunk: whatever can be left out without the same invariant holding again is left out.

mod case;
mod catch_panic;
mod coverage;
mod fuzz_case;
mod generate;
mod report;
mod run;
mod shrink;

pub use case::{SwarmCase, SwarmProfile};
pub(crate) use catch_panic::catching_panics;
pub use fuzz_case::{FuzzCase, FuzzProfile, UnknownProfile};
pub use report::{RunFailure, RunReport};
pub(crate) use shrink::Shrinker;
pub use shrink::{Shrunk, shrink};
