//! Every own vote, on disk before it leaves: the only memory that keeps a member from voting twice.
//!
//! An append-only file apart from the store, so that a vote waits for one fdatasync and for nothing else. What is read
//! back after a crash is exactly what was reported durable, and perhaps votes that were being written and never left.
//! Anything else is refused: a log that lost a vote is worse than none, since its owner would not know.
//!
//! ```text
//! header   magic 8 | version u32 | network 32 | first sequence u64 | checksum u32
//! record   length u32 | sequence u64 | payload | checksum u32        integers little-endian, checksum over what precedes
//! ```
//!
//! Upon opening:
//! - records whose checksum and sequence are right are returned, in order;
//! - a last record whose bytes end too soon was never reported durable: it is cut off;
//! - anything else that is not a record, or a sequence that does not continue, is [`VoteLogError::Damaged`]. A record
//!   that has all its bytes is never cut, whatever its checksum says, and neither is one whose length alone is wrong:
//!   it may have been reported, and its vote may have left.
//!
//! What the file cannot tell: that whole records are missing from its end, because an old copy was put back. Who opens
//! it compares it with what peers report.
//!
//! The file is replaced, never edited: made or rewritten whole under another name, synced, renamed, and its directory
//! synced. After a failed write or fsync nothing is tried again.

mod error;
mod file;
mod format;
mod writer;

pub use error::VoteLogError;
pub use file::VoteLog;
pub use format::MAX_PAYLOAD_BYTES;
pub use writer::{Mode, VoteLogWriter, VoteReport, Votes};

#[cfg(test)]
mod tests;
