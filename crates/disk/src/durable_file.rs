//! Steps that every durable file takes.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The owner reads and writes.
pub const PRIVATE_FILE: u32 = 0o600;

/// The name of a file until it is complete.
pub fn fresh_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

/// Renames a complete and synced file to its name, which replaces an older file, and makes the name durable.
pub fn settle(fresh: &Path, path: &Path) -> io::Result<()> {
    fs::rename(fresh, path)?;
    sync_directory(path)
}

/// Makes the directory entry of `path` durable: a file's fsync covers its bytes, not its name.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}
