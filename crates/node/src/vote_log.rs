//! Every own vote, on disk before it leaves: the only memory that keeps a member from voting twice.
//!
//! An append-only file apart from the store, so that a vote waits for one fdatasync and for nothing else. Its bytes, and
//! what of them is believed after a crash, are [`quorate_replica::vote_log`]'s: what is torn is cut off upon opening, and
//! damage is [`VoteLogError::Damaged`]. An old copy that was put back cannot be told by its bytes.
//!
//! The file is replaced, never edited: made or rewritten whole under another name, synced, renamed, and its directory
//! synced. After a failed write or fsync nothing is tried again.

mod error;
mod file;
mod writer;

pub use error::VoteLogError;
pub use file::{Missing, VoteLog};
pub use writer::{Mode, VoteLogWriter, VoteReport, Votes};

#[cfg(test)]
mod tests;
