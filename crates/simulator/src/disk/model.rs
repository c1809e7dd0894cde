//! How disks behave: how long writes take, how often they fail, and what a crash leaves of them.

use std::ops::RangeInclusive;
use std::time::Duration;

/// What all disks are like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskModel {
    /// How long a write takes until it is durable.
    pub fsync: RangeInclusive<Duration>,
    /// Writes that fail, of a million: the process that asked for one ends.
    pub fail_per_million: u32,
    /// What a crash leaves of what was written and not synced.
    pub unsynced: UnsyncedWrites,
}

/// What a crash leaves of what was written and not synced.
///
/// A store's transaction is there whole or not at all. A vote log is a file: of what was being appended to it any sectors
/// of 512 bytes may have arrived, up to any length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsyncedWrites {
    /// Nothing.
    Lost,
    /// Some of the first writes, the store's and the vote log's apart from each other, and pieces of a record.
    SomeKept,
}

impl Default for DiskModel {
    /// A calm disk: a write takes up to four milliseconds.
    fn default() -> Self {
        let fsync = Duration::from_millis(1)..=Duration::from_millis(4);
        Self { fsync, fail_per_million: 0, unsynced: UnsyncedWrites::Lost }
    }
}
