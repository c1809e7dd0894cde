//! Errors of a home, each with its remedy.

use std::io;
use std::path::PathBuf;

/// The reason why a home cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// There is no home directory to put the default home in.
    #[error("HOME is not set: pass --home DIR")]
    NoHome,
    /// The name would not stay one directory.
    #[error("{name:?} is no name for a node: use 1 to 64 of a-z, 0-9, '-' and '_', beginning with a letter or a digit")]
    Name {
        /// The name.
        name: String,
    },
    /// Another process runs here.
    #[error("a node already runs in {}: stop it, or use another name", path.display())]
    Locked {
        /// The home.
        path: PathBuf,
    },
    /// The permissions allow others to read or write a private file.
    #[error("{} can be used by others (mode {mode:04o}): run chmod 600 {}", path.display(), path.display())]
    LooseFile {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Others could put their own files in.
    #[error("{} can be written by others (mode {mode:04o}): run chmod 700 {}", path.display(), path.display())]
    LooseDirectory {
        /// The directory.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// A link, a directory or a pipe where a file should be.
    #[error("{} is not a regular file: put the file itself there, not a link", path.display())]
    NotAFile {
        /// Its path.
        path: PathBuf,
    },
    /// There is nothing there.
    #[error("{} does not exist: create it with quorate init", path.display())]
    Missing {
        /// Its path.
        path: PathBuf,
    },
    /// A file of that name exists, and is never replaced.
    #[error("{} exists already and is never replaced: move it away first", path.display())]
    Exists {
        /// Its path.
        path: PathBuf,
    },
    /// Not 64 hex digits.
    #[error("{} does not hold 64 hex digits and a newline: restore it from a backup", path.display())]
    Malformed {
        /// Its path.
        path: PathBuf,
    },
    /// Larger than anything the node would have written there.
    #[error("{} is larger than {limit} bytes: restore it from a backup", path.display())]
    TooLarge {
        /// Its path.
        path: PathBuf,
        /// The most it may hold.
        limit: u64,
    },
    /// The system has no randomness to give.
    #[error("the system gives no random bytes: check /dev/urandom")]
    Random {
        /// The error of the system.
        #[source]
        source: getrandom::Error,
    },
    /// The disk or the system refused.
    #[error("cannot use {}: check its disk and its permissions", path.display())]
    Io {
        /// Its path.
        path: PathBuf,
        /// The error of the system.
        #[source]
        source: io::Error,
    },
}
