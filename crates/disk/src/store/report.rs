//! Reports of the writer, and its counters.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::batch::Cursor;
use super::error::StoreError;
use crate::write_queue::WriteTicket;

/// What became of what was submitted. Reports come in the order of the submissions.
#[derive(Debug)]
pub enum StoreReport {
    /// A batch, and every batch before it, is on disk.
    Completed {
        /// The batch's.
        ticket: WriteTicket,
        /// The place of the last event stored so far.
        last: Cursor,
    },
    /// A write failed. Nothing after the last completed batch is known to be on disk, and this is the last report.
    Failed(StoreError),
}

/// What the store has done since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreStats {
    /// Transactions committed; each holds all batches that waited for it.
    pub commits: u64,
    /// Fsyncs: two to a commit, which is what makes a repair after a crash quick.
    pub fsyncs: u64,
    /// Events written; those already known are not counted.
    pub events: u64,
    /// Their bytes.
    pub event_bytes: u64,
}

#[derive(Debug, Default)]
pub(super) struct StoreCounters {
    pub(super) commits: AtomicU64,
    pub(super) fsyncs: Arc<AtomicU64>,
    pub(super) events: AtomicU64,
    pub(super) event_bytes: AtomicU64,
}
