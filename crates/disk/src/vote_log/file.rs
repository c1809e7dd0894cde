//! The file of the vote log: opening, appending, replacing.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use quorate_event::vote_log::{HEADER_BYTES, Header, PayloadTooLarge, RECORD_OVERHEAD, append, scan};

use super::error::VoteLogError;
use crate::durable_file;

/// Whether this key may have voted before, as known without the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyHistory {
    /// The home is new.
    Fresh,
    /// There was a log before, perhaps an empty one.
    Used,
}

/// The open log. No other process can open it until this is dropped.
#[derive(Debug)]
pub struct VoteLog {
    pub(super) path: PathBuf,
    /// Positioned at its end.
    pub(super) file: File,
    pub(super) header: Header,
    pub(super) next_sequence: u64,
    pub(super) bytes: u64,
    pub(super) poisoned: bool,
}

impl VoteLog {
    /// Opens the log in `path`, and returns its records in order; creates it if it does not exist. The header of a log that
    /// replaces a lost one shows that.
    pub fn open(
        path: impl AsRef<Path>,
        network: [u8; 32],
        past: KeyHistory,
    ) -> Result<(Self, Vec<Vec<u8>>), VoteLogError> {
        let path = path.as_ref();
        match OpenOptions::new().read(true).append(true).open(path) {
            Ok(file) => {
                lock(path, &file)?;
                // The file may have been replaced between open and lock.
                if !names(path, &file).map_err(|error| VoteLogError::io(path, error))? {
                    return Err(locked(path));
                }
                read(path, file, network)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let header = match past {
                    KeyHistory::Fresh => Header::new(network, 0),
                    KeyHistory::Used => Header::after_loss(network),
                };
                Ok((create(path, header)?, Vec::new()))
            }
            Err(error) => Err(VoteLogError::io(path, error)),
        }
    }

    /// Appends records with one fdatasync; once this returns they are on disk.
    pub fn append(&mut self, records: &[Vec<u8>]) -> Result<(), VoteLogError> {
        self.check()?;
        let (bytes, next_sequence) = encode(self.next_sequence, records)?;
        if bytes.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        written.map_err(|error| self.poison(error))?;
        self.next_sequence = next_sequence;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Replaces all records, in one step: after a crash there are the old ones or the new ones. The sequence goes on.
    pub fn rewrite(&mut self, records: &[Vec<u8>]) -> Result<(), VoteLogError> {
        self.check()?;
        let header = Header::new(self.header.network, self.next_sequence);
        let (bytes, next_sequence) = encode(self.next_sequence, records)?;
        let (file, bytes) = replace(&self.path, header, &bytes).map_err(|error| self.poison(error))?;
        self.file = file;
        self.header = header;
        self.next_sequence = next_sequence;
        self.bytes = bytes;
        Ok(())
    }

    /// Keeps these records, and gives them and all later ones sequences from `sequence` on.
    pub(super) fn go_on_from(&mut self, sequence: u64, records: &[Vec<u8>]) -> Result<(), VoteLogError> {
        self.next_sequence = sequence.max(self.next_sequence);
        self.rewrite(records)
    }

    /// Its size in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The sequence of the next record; it never decreases.
    pub fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    fn check(&self) -> Result<(), VoteLogError> {
        if self.poisoned {
            let path = self.path.clone();
            return Err(VoteLogError::Poisoned { path });
        }
        Ok(())
    }

    fn poison(&mut self, error: io::Error) -> VoteLogError {
        self.poisoned = true;
        VoteLogError::io(&self.path, error)
    }
}

fn read(path: &Path, mut file: File, network: [u8; 32]) -> Result<(VoteLog, Vec<Vec<u8>>), VoteLogError> {
    let failed = |error| VoteLogError::io(path, error);
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    let scan = scan(&bytes, network).map_err(|flaw| VoteLogError::flaw(path, flaw))?;
    if scan.end < bytes.len() {
        file.set_len(scan.end as u64).map_err(failed)?;
    }
    // In every case: bytes of a crashed process may be only in the page cache, and count as durable from here on.
    file.sync_all().map_err(failed)?;
    let log = VoteLog {
        path: path.to_path_buf(),
        file,
        header: scan.header,
        next_sequence: scan.next_sequence,
        bytes: scan.end as u64,
        poisoned: false,
    };
    Ok((log, scan.payloads))
}

fn create(path: &Path, header: Header) -> Result<VoteLog, VoteLogError> {
    let fresh = durable_file::fresh_name(path);
    let failed = |error| VoteLogError::io(path, error);
    let file = open_fresh(&fresh).map_err(failed)?;
    lock(path, &file)?;
    // Another process created the log in between.
    if path.try_exists().map_err(failed)? || !names(&fresh, &file).map_err(failed)? {
        return Err(locked(path));
    }
    let bytes = fill(&file, header, &[]).map_err(failed)?;
    durable_file::settle(&fresh, path).map_err(failed)?;
    Ok(VoteLog { path: path.to_path_buf(), file, header, next_sequence: header.first_sequence, bytes, poisoned: false })
}

/// Puts a new file in the place of the one that this process has locked, and locks it before it has the name.
fn replace(path: &Path, header: Header, records: &[u8]) -> io::Result<(File, u64)> {
    let fresh = durable_file::fresh_name(path);
    let file = open_fresh(&fresh)?;
    file.try_lock()?;
    let bytes = fill(&file, header, records)?;
    durable_file::settle(&fresh, path)?;
    Ok((file, bytes))
}

/// Opens for appending, so that no position is needed.
fn open_fresh(fresh: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true).mode(durable_file::PRIVATE_FILE);
    options.open(fresh)
}

/// Writes and syncs a complete file, over the remains of a crash.
fn fill(mut file: &File, header: Header, records: &[u8]) -> io::Result<u64> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + records.len());
    header.encode(&mut bytes);
    bytes.extend_from_slice(records);
    file.set_len(0)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    Ok(bytes.len() as u64)
}

fn encode(first: u64, records: &[Vec<u8>]) -> Result<(Vec<u8>, u64), PayloadTooLarge> {
    let size = records.iter().map(|record| record.len() + RECORD_OVERHEAD).sum();
    let mut bytes = Vec::with_capacity(size);
    let sequence = append(first, records, &mut bytes)?;
    Ok((bytes, sequence))
}

pub(super) fn lock(path: &Path, file: &File) -> Result<(), VoteLogError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(locked(path)),
        Err(TryLockError::Error(error)) => Err(VoteLogError::io(path, error)),
    }
}

pub(super) fn locked(path: &Path) -> VoteLogError {
    let path = path.to_path_buf();
    VoteLogError::Locked { path }
}

/// Whether `path` still names this file.
pub(super) fn names(path: &Path, file: &File) -> io::Result<bool> {
    let opened = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (opened.dev(), opened.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
