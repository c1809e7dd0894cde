//! A client's request under latency and bandwidth: the time until enough members report it as final.
//!
//! The same measure is taken of four systems: the production replica in a [`World`](crate::World) ([`Emulation::run`]), a model of
//! a published system ([`Emulation::classic`]), the least time that messages between the same parties can take
//! ([`Emulation::floor`]), and the published measurements of that system ([`published`]).
//!
//! ```text
//!   client ==content==> members     leader --proposal--> members --prepare--> members --commit--> members --receipt--> client
//!             hop 1                            hop 2               hop 3             hop 4              hop 5
//! ```
//! The published system has the same five hops, and carries the content on the first three of them.

mod case;
mod classic;
mod client;
mod emulation;
mod figures;
mod floor;
mod plot;
mod sampler;
mod workload;

pub use case::{EmulationCase, published};
pub use emulation::{DISK, Emulation, EmulationError, EmulationRun};
pub use figures::{CaseFigures, CaseVerdict, MeasurementPlan, csv, rows};
pub use plot::plot;
pub(crate) use plot::{KEY, against_bandwidth, against_members};
pub use sampler::median;
pub(crate) use workload::transaction;
