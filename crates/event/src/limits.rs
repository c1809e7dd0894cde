//! Limits that are part of the format: the same at every node, so that a verdict on bytes is the same everywhere.

/// Bytes of a signed event, whole. Larger content is many events.
pub const EVENT_BYTES: usize = 64 * 1024;
/// Parents of an event: its lane's previous event and up to fifteen other heads.
pub const EVENT_PARENTS: usize = 16;
/// Edits in one event.
pub const EVENT_EDITS: usize = 1_024;
/// Containers between a document's root and a value.
pub const DOCUMENT_DEPTH: usize = 32;
/// Bytes of a document's name.
pub const NAME_BYTES: usize = 256;
/// Heads that a milestone names.
pub const MILESTONE_HEADS: usize = 1_024;
/// Bytes of a milestone, whole: 1,024 heads and the signatures of 1,024 members fit.
pub const MILESTONE_BYTES: usize = 192 * 1024;
/// Members of a committee; one certificate must fit a milestone.
pub const COMMITTEE_MEMBERS: usize = 1_024;
/// Bytes of a genesis: 1,024 members fit.
pub const GENESIS_BYTES: usize = 64 * 1024;
/// The greatest total stake: leaves room for the quorum test's multiplication by three in 128 bits.
pub const TOTAL_STAKE: u128 = u128::MAX >> 2;
