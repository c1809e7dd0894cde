//! Private files: created once and completely, and read only if the permissions exclude others.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use super::error::HomeError;
use crate::durable_file::{self, PRIVATE_FILE};

/// The owner lists and enters.
const PRIVATE_DIRECTORY: u32 = 0o700;
/// Writing by group or others.
const OTHERS_WRITE: u32 = 0o022;
/// The permission bits of a mode.
const PERMISSIONS: u32 = 0o7777;

/// The permissions that group and others must not have.
#[derive(Clone, Copy, Debug)]
pub(super) enum Forbidden {
    /// All: the file is secret.
    Use,
    /// Write: the file is public, and its content is trusted.
    Write,
}

impl Forbidden {
    fn bits(self) -> u32 {
        match self {
            Self::Use => 0o077,
            Self::Write => OTHERS_WRITE,
        }
    }
}

/// Makes a directory and its parents for the owner alone; refuses one that others can write.
pub(super) fn directory(path: &Path) -> Result<(), HomeError> {
    let failed = |source| io_error(path, source);
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(PRIVATE_DIRECTORY);
    let missing: Vec<_> = path.ancestors().take_while(|above| !above.exists()).collect();
    builder.create(path).map_err(failed)?;
    for made in missing.into_iter().filter(|made| !made.as_os_str().is_empty()) {
        durable_file::sync_directory(made).map_err(failed)?;
    }
    let mode = fs::metadata(path).map_err(failed)?.mode() & PERMISSIONS;
    if mode & OTHERS_WRITE != 0 {
        let path = path.to_path_buf();
        return Err(HomeError::LooseDirectory { path, mode });
    }
    Ok(())
}

/// Creates a file. A crash leaves no file or a complete one; an existing file is not changed.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<(), HomeError> {
    let fresh = durable_file::fresh_name(path);
    let write = || {
        remove_if_present(&fresh)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE).open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        // A link, unlike a rename, fails where the name is taken.
        let linked = fs::hard_link(&fresh, path);
        fs::remove_file(&fresh)?;
        linked?;
        durable_file::sync_directory(path)
    };
    write().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => HomeError::Exists { path: path.to_path_buf() },
        _ => io_error(path, error),
    })
}

/// Reads a file of at most `limit` bytes, if its permissions exclude `forbidden`.
pub(super) fn read(path: &Path, limit: u64, forbidden: Forbidden) -> Result<Zeroizing<Vec<u8>>, HomeError> {
    let file = open(path, forbidden)?;
    let failed = |source| io_error(path, source);
    let size = file.metadata().map_err(failed)?.len();
    if size > limit {
        let path = path.to_path_buf();
        return Err(HomeError::TooLarge { path, limit });
    }
    // Sized at once: growing would leave copies of a secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or(0)));
    file.take(size).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Opens a regular file. Its type is checked before, since opening a pipe would block, and after, since another file may
/// have got the name in between.
fn open(path: &Path, forbidden: Forbidden) -> Result<File, HomeError> {
    let failed = |source| io_error(path, source);
    let path_buf = || path.to_path_buf();
    let named = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(HomeError::Missing { path: path_buf() });
        }
        other => other.map_err(failed)?,
    };
    if !named.is_file() {
        return Err(HomeError::NotAFile { path: path_buf() });
    }
    let file = File::open(path).map_err(failed)?;
    let opened = file.metadata().map_err(failed)?;
    if (opened.dev(), opened.ino()) != (named.dev(), named.ino()) {
        return Err(HomeError::NotAFile { path: path_buf() });
    }
    let mode = opened.mode() & PERMISSIONS;
    if mode & forbidden.bits() != 0 {
        return Err(HomeError::LooseFile { path: path_buf(), mode });
    }
    Ok(file)
}

/// Removes the incomplete file that a crash left.
fn remove_if_present(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn io_error(path: &Path, source: io::Error) -> HomeError {
    HomeError::Io { path: path.to_path_buf(), source }
}
