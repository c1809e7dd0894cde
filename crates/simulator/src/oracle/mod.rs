//! The oracle: checks the invariants of the system from outside, without the code under test.
//!
//! The world reports plain facts: which vertices reached a disk, which messages were sent, which writes were acknowledged, which
//! milestones applied, which disks lost, which nodes are Byzantine. The oracle derives all consequences itself: stakes, closures,
//! ids, digests, leaders. Facts of a Byzantine node count for nothing, except its signatures.
//!
//! | invariant | file | checked |
//! |---|---|---|
//! | I1 agreement: one milestone per height | `disk_contents` | each milestone on an honest disk |
//! | I2 cuts are closed, grow, and are valid | `disk_contents`, `cut` | each vertex on an honest disk; each milestone, once |
//! | I3 certificates | `certificate` | each milestone on an honest disk |
//! | I4-L local durability, I4-F durability of final events | `durability` | acknowledgements, crashes, losses, finality |
//! | I5 equal sets of vertices show the same | `digests` | every sixteenth milestone of a node; at the end |
//! | I6 replicas can be rebuilt | `rebuild` | at the end |
//! | I7 honest keys never contradict themselves | `statements`, `votes` | each sent message |
//! | I8 evidence names the culprits and no one else | `statements`, `examine` | each accusation; at the end |
//! | I9 liveness | [`World::expect_milestone`](crate::World::expect_milestone) | when a caller asks |
//! | I10 bounds | `bounds` | with I5 |
//! | I11 equal traces | the tests, with [`World::trace`](crate::World::trace) | |
//! | I12 inclusion | `inclusion` | each milestone, once |
//! | I13 no panic, and nodes start from their own disk | the caller that catches the panic; `World::start` | |
//!
//! `reference_model` implements `docs/wire.md` a second time; `models_by_height` holds one model per committee; `state` is the
//! state that the other files share.

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
