//! Errors of the vote log, each with its remedy.

use std::io;
use std::path::{Path, PathBuf};

use quorate_event::vote_log::{LogFlaw, PayloadTooLarge, VERSION};

/// The reason why the vote log could not be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum VoteLogError {
    /// Another process has it.
    #[error("{} is open in another process: stop that node, or run this one under another name", path.display())]
    Locked {
        /// The log's file.
        path: PathBuf,
    },
    /// A vote that may have been sent is not readable any more, so no vote may be sent.
    #[error("{} is damaged at byte {offset}: this node must not vote; move the file away, and it abstains until that is safe", path.display())]
    Damaged {
        /// The log's file.
        path: PathBuf,
        /// The first damaged byte.
        offset: u64,
    },
    /// The number of votes that this key has signed is unknown.
    #[error(
        "{} is damaged: move it away if the vote log was never put back from a copy; else move the vote log away as well, \
         and this node abstains until that is safe",
        path.display()
    )]
    LastSigned {
        /// The damaged file.
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
        /// The error of the system.
        #[source]
        source: io::Error,
    },
    /// The disk or the system refused.
    #[error("cannot use {}: check its disk and its permissions, then start the node again", path.display())]
    Io {
        /// The log's file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
    /// A write or fsync failed earlier, so the content of the disk is unknown.
    #[error("an earlier write to {} failed, and none is tried again: start the node again", path.display())]
    Poisoned {
        /// The log's file.
        path: PathBuf,
    },
}

impl VoteLogError {
    /// The error for a flaw of the bytes.
    pub(super) fn flaw(path: &Path, flaw: LogFlaw) -> Self {
        let path = path.to_path_buf();
        match flaw {
            LogFlaw::Damaged { offset } => Self::Damaged { path, offset: offset as u64 },
            LogFlaw::OtherNetwork => Self::OtherNetwork { path },
            LogFlaw::Newer { found } => Self::Newer { path, found, supported: VERSION },
        }
    }

    /// Classifies an error of the system.
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path, source },
            _ => Self::Io { path, source },
        }
    }
}
