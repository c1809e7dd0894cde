//! Errors of the store, each with its remedy.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// The reason why the store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it.
    #[error("{} is open in another process: stop that node, or run this one under another name", path.display())]
    Locked {
        /// The store's file.
        path: PathBuf,
    },
    /// The content of the disk differs from what was written.
    #[error("{} is damaged: move it away and start again, and this node fetches its history from its peers", path.display())]
    Damaged {
        /// The store's file.
        path: PathBuf,
        /// The error of redb, if redb noticed the damage.
        #[source]
        source: Option<Box<redb::Error>>,
    },
    /// Written by a later version of this program.
    #[error("{} has format {found}, and this program reads up to {supported}: run the newer program", path.display())]
    Newer {
        /// The store's file.
        path: PathBuf,
        /// The format it has.
        found: u32,
        /// The latest format known here.
        supported: u32,
    },
    /// No space is left.
    #[error("no space is left for {}: free some, then start the node again", path.display())]
    Full {
        /// The store's file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
    /// The disk or the system refused.
    #[error("cannot use {}: check its disk and its permissions, then start the node again", path.display())]
    Io {
        /// The store's file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
    /// Another error of redb.
    #[error("the engine refuses {}: start the node again", path.display())]
    Engine {
        /// The store's file.
        path: PathBuf,
        /// The error of redb.
        #[source]
        source: Box<redb::Error>,
    },
}

impl StoreError {
    /// Classifies an error of redb by its remedy.
    pub(super) fn engine(path: &Path, error: impl Into<redb::Error>) -> Self {
        let path = path.to_path_buf();
        match error.into() {
            redb::Error::DatabaseAlreadyOpen => Self::Locked { path },
            redb::Error::Io(source) => Self::io(&path, source),
            source if is_damage(&source) => Self::Damaged { path, source: Some(Box::new(source)) },
            source => Self::Engine { path, source: Box::new(source) },
        }
    }

    /// Classifies an error of the system.
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path, source },
            // The errors of redb for a file that is too short, or not of its format.
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => {
                Self::Damaged { path, source: Some(Box::new(redb::Error::Io(source))) }
            }
            _ => Self::Io { path, source },
        }
    }

    /// Damage that the store noticed itself.
    pub(super) fn damaged(path: &Path) -> Self {
        Self::Damaged { path: path.to_path_buf(), source: None }
    }
}

/// Runs work that reads or writes pages. redb panics on some damaged pages, and a damaged file is no defect of this program.
pub(super) fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(StoreError::damaged(path)))
}

fn is_damage(error: &redb::Error) -> bool {
    matches!(
        error,
        redb::Error::Corrupted(_)
            | redb::Error::UpgradeRequired(_)
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TableIsMultimap(_)
            | redb::Error::TypeDefinitionChanged { .. }
            | redb::Error::TableDoesNotExist(_)
    )
}
