//! Errors of the catch-up benchmark.

use std::path::PathBuf;

use quorate_disk::store::StoreError;
use quorate_event::{EventError, SecretKeyError};
use quorate_replica::RecoveryError;

/// Why the benchmark failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CatchUpError {
    /// An event could not be made.
    #[error("an event of {bytes} bytes cannot be made: {source}")]
    Event {
        /// The requested size.
        bytes: usize,
        /// The reason.
        source: EventError,
    },
    /// A key could not be made.
    #[error(transparent)]
    Key(#[from] SecretKeyError),
    /// The replica did not start.
    #[error(transparent)]
    Replica(#[from] RecoveryError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The directory of the store cannot be used.
    #[error("no store can be made in {}: {source}", path.display())]
    Room {
        /// The directory.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The two nodes differ at the end, which is a defect.
    #[error("the late node ended at height {late}, the other one at {height}; this is a defect")]
    Apart {
        /// The height of the late node.
        late: u64,
        /// The height of the other node.
        height: u64,
    },
}
