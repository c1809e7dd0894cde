//! A client's request under latency and bandwidth: from when it is sent until enough members say that it is final.
//!
//! One measure, taken of four things: of the production replica in a [`World`](crate::World) ([`Emulation::run`]), of the
//! law by which a published system behaves ([`Emulation::classic`]), of the least that messages between the same parties
//! can take ([`Emulation::floor`]), and what that system's authors measured themselves ([`published`]).
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
