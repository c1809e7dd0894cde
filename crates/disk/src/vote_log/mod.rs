//! The log of own votes. Each is on disk before it is sent, so that a member does not vote twice after a restart.
//!
//! It is an append-only file apart from the store, so that a vote waits only for one fdatasync. The format of its bytes and
//! the treatment of torn writes are [`quorate_event::vote_log`]'s: a torn record is cut off upon opening, and
//! damage is [`VoteLogError::Damaged`]. The bytes do not show that the file is an old copy from a backup. Therefore
//! [`LastSigned`], a small file in another directory, holds the number of votes that were signed: a log with fewer has lost
//! some. A member that lost votes casts none until that is safe, and this state survives restarts.
//!
//! A new or rewritten file is written under another name, synced and renamed, and its directory is synced. After a failed
//! write or fsync no other write is tried.

mod error;
mod file;
mod last_signed;
mod opening;
mod writer;

pub use error::VoteLogError;
pub use file::{KeyHistory, VoteLog};
pub use last_signed::LastSigned;
pub use opening::{OpenedVoteLog, VoteLogFiles, VoteLoss, open};
pub use writer::{VoteBatch, VoteLogWriter, VoteReport, VoteWriteMode};

#[cfg(test)]
mod tests;
