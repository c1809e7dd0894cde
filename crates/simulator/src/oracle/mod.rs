//! What must hold whatever happens, watched from outside by code that asks no replica for its opinion of itself.
//!
//! The world says what happened, in plain facts: what reached a disk, what was said, acknowledged, applied, lost, and who
//! is honest. What follows from them is worked out here once more: stakes, closures, names, digests, leaders.
//!
//! | invariant | file | when |
//! |---|---|---|
//! | I1 agreement | here | each milestone on an honest disk |
//! | I2 cuts are closed, grow, and are lawful | `cut` | each vertex on an honest disk; each milestone, once |
//! | I3 certificates | `certificate` | each milestone on an honest disk |
//! | I4 durability, here and in the network | `durability` | acknowledgements, crashes, losses, finality |
//! | I5 equal sets show the same | `digests` | every sixteenth milestone of a node; in the end |
//! | I6 replicas can be built anew | `rebuild` | in the end |
//! | I7 honest keys contradict themselves never, I8 culprits | `votes` | each message that is sent; in the end |
//! | I9 liveness | [`World::expect_milestone`](crate::World::expect_milestone) | when asked |
//! | I10 bounds | `bounds` | with I5 |
//! | I11 equal traces | the tests: [`World::trace`](crate::World::trace) | |
//! | I12 inclusion | `inclusion` | each milestone, once |
//! | I13 no panic | whoever runs the world catches it | |
//!
//! A dishonest node's facts count for nothing, but for what it signs.

mod bounds;
mod certificate;
mod cut;
mod digests;
mod disk_contents;
mod durability;
mod examine;
mod inclusion;
mod models_by_height;
mod rebuild;
mod reference_model;
mod state;
mod statements;
mod vertex_table;
mod violation;
mod votes;

#[cfg(test)]
mod tests;

pub use self::certificate::CertificateFlaw;
pub use self::cut::CutFlaw;
pub(crate) use self::state::Oracle;
pub use self::violation::Violation;
