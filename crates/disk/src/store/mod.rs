//! The store of all admitted events and milestones: one redb file, and one thread that writes it.
//!
//! An fsync costs milliseconds, so batches share it (group commit). They wait in a bounded queue; the writer takes all
//! that wait, writes them in one transaction, and reports each of them, in order, once they are on disk. A failed write
//! is not tried again: after the first failed write or fsync the content of the disk is unknown, so the store
//! reports [`StoreReport::Failed`], refuses further batches, and completed batches are read again after a restart.
//!
//! | table | key | value |
//! |---|---|---|
//! | `order` | cursor, counted from 1 in admission order | checksum, flags, id, bytes |
//! | `events` | id | cursor |
//! | `milestones` | height | checksum, id |
//! | `meta` | name | checksum, bytes |
//! | `header` | `format` | version of these tables |
//!
//! The bytes lie in `order` rather than under their ids, so that a replay reads the file front to back and new events
//! append; ids are hashes, which are spread over the whole table. redb checks its page checksums only when it repairs,
//! so every value has its own checksum, and a damaged value is an error instead of an answer.
//!
//! The store checks neither ids nor flags nor bytes: they are the caller's.
//!
//! ```text
//! try_submit -> queue -> writer: one transaction, one commit -> report(Completed ...)
//! get, replay, page, milestone, meta  <- snapshots, from any thread, never behind a write
//! ```

mod backend;
mod batch;
mod database;
mod error;
mod read;
mod report;
mod seal;
mod tables;
mod writer;

pub use batch::{Cursor, MilestoneRecord, NamedValue, StoreBatch, UNCHECKED, VertexRecord};
pub use database::Store;
pub use error::StoreError;
pub use read::{Replay, StoredVertex};
pub use report::{StoreReport, StoreStats};

pub use crate::write_queue::{Refused, WriteTicket};

#[cfg(test)]
mod tests;
