//! Swarm runs: each seed enables a random subset of the faults (Groce et al., ["Swarm
//! Testing"](https://doi.org/10.1145/2338965.2336763), 2012). Then the world is healed, and a random quorum must make progress.
//!
//! ```text
//!   seed --generate--> SwarmCase: a world, its faults and their times, its adversaries   (data: recorded, replayed, shrunk)
//!   SwarmCase --run--> chaos | heal | liveness --> RunReport: violations, height, coverage marks
//! ```
//!
//! A failing case is shrunk: each part that is not needed to break the same invariant is left out.

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
