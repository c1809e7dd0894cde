//! Reports of the writer, and its counters.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::batch::Cursor;
use super::error::StoreError;
use crate::write_queue::WriteTicket;

/// The result of a submission. Reports come in the order of the submissions.
#[derive(Debug)]
pub enum StoreReport {
    /// A batch, and every batch before it, is on disk.
    Completed {
        /// The ticket of the batch.
        ticket: WriteTicket,
        /// The place of the last event stored so far.
        last: Cursor,
    },
    /// A write failed. Batches after the last completed one may be lost, and this is the last report.
    Failed(StoreError),
}

/// The counters of a store since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreStats {
    /// Transactions committed; each holds all batches that waited for it.
    pub commits: u64,
    /// Fsyncs: two for each commit, so that the repair after a crash is quick.
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
