//! Every own vote, on disk before it leaves: the only memory that keeps a member from voting twice.
//!
//! An append-only file apart from the store, so that a vote waits for one fdatasync and for nothing else. Its bytes, and
//! what of them is believed after a crash, are [`quorate_event::vote_log`]'s: what is torn is cut off upon opening, and
//! damage is [`VoteLogError::Damaged`]. An old copy that was put back cannot be told by its bytes: [`LastSigned`], a small
//! file apart, says how many votes there were, and a log that knows of fewer has lost some. A member that lost votes casts
//! none until that is safe, and remembers so across restarts, whatever else is lost meanwhile.
//!
//! The file is replaced, never edited: made or rewritten whole under another name, synced, renamed, and its directory
//! synced. After a failed write or fsync nothing is tried again.

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
