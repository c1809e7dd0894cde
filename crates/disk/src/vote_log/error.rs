//! What can go wrong, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use quorate_event::vote_log::{LogFlaw, PayloadTooLarge, VERSION};

/// Why the vote log could not be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum VoteLogError {
    /// Another process has it.
    #[error("{} is open in another process: stop that node, or run this one under another name", path.display())]
    Locked {
        /// The log's file.
        path: PathBuf,
    },
    /// A vote that may have left is not readable any more, so no vote may leave.
    #[error("{} is damaged at byte {offset}: this node must not vote; move the file away, and it abstains until that is safe", path.display())]
    Damaged {
        /// The log's file.
        path: PathBuf,
        /// Where the first byte is that cannot be trusted.
        offset: u64,
    },
    /// It is not known how far this key has signed.
    #[error(
        "{} is damaged: move it away if the vote log was never put back from a copy; else move the vote log away as well, \
         and this node abstains until that is safe",
        path.display()
    )]
    LastSigned {
        /// The file that says so.
        path: PathBuf,
    },
    /// These votes were cast in another network.
    #[error("{} belongs to another network: run this node under another name", path.display())]
    OtherNetwork {
        /// The log's file.
        path: PathBuf,
    },
    /// Written by a later version of this program.
    #[error("{} has format {found}, and this program reads up to {supported}: run the newer program", path.display())]
    Newer {
        /// The log's file.
        path: PathBuf,
        /// The format it has.
        found: u32,
        /// The latest format known here.
        supported: u32,
    },
    /// A payload larger than any vote needs.
    #[error("{0}: write it in parts")]
    PayloadSize(#[from] PayloadTooLarge),
    /// No space is left.
    #[error("no space is left for {}: free some, then start the node again", path.display())]
    Full {
        /// The log's file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The disk or the system refused.
    #[error("cannot use {}: check its disk and its permissions, then start the node again", path.display())]
    Io {
        /// The log's file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A write or fsync failed earlier, and nobody knows what the disk holds.
    #[error("an earlier write to {} failed, and none is tried again: start the node again", path.display())]
    Poisoned {
        /// The log's file.
        path: PathBuf,
    },
}

impl VoteLogError {
    /// Why the file is not believed.
    pub(super) fn flaw(path: &Path, flaw: LogFlaw) -> Self {
        let path = path.to_path_buf();
        match flaw {
            LogFlaw::Damaged { offset } => Self::Damaged { path, offset: offset as u64 },
            LogFlaw::OtherNetwork => Self::OtherNetwork { path },
            LogFlaw::Newer { found } => Self::Newer { path, found, supported: VERSION },
        }
    }

    /// Sorts what the system says.
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path, source },
            _ => Self::Io { path, source },
        }
    }
}
