//! How disks behave: the duration of writes, their failures, and the effect of a crash on unsynced writes.

use std::ops::RangeInclusive;
use std::time::Duration;

/// How all disks behave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskModel {
    /// The time until a write is durable.
    pub fsync: RangeInclusive<Duration>,
    /// Failing writes, of a million: a failed write ends the process.
    pub fail_per_million: u32,
    /// The effect of a crash on unsynced writes.
    pub unsynced: UnsyncedWrites,
}

/// The effect of a crash on unsynced writes.
///
/// A store transaction is atomic. The vote log is a file: of an unsynced append any sectors of 512 bytes may be on disk, up
/// to any length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsyncedWrites {
    /// All are lost.
    Lost,
    /// A random prefix of the writes is kept, separately for store and vote log, and pieces of the next record.
    SomeKept,
}

impl Default for DiskModel {
    /// A fault-free disk: a write takes 1 to 4 ms.
    fn default() -> Self {
        let fsync = Duration::from_millis(1)..=Duration::from_millis(4);
        Self { fsync, fail_per_million: 0, unsynced: UnsyncedWrites::Lost }
    }
}
