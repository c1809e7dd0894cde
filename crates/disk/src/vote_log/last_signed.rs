//! The number of votes that this key has signed, in a file apart from the vote log, by which an old copy of the log is noticed.
//!
//! ```text
//! magic 8 | version u32 | network 32 | votes signed u64 | log lost u8 | checksum u32       integers little-endian
//! ```
//!
//! The file has one size and is written over in place, within one sector. Each append of the log writes it after the log's
//! own sync and before the votes leave, and does not sync it: it survives the end of the process, and a power failure may
//! take back what the system had not written yet. So it is never ahead of the log. The note that the log was
//! lost is synced when it is set and when it is cleared.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::error::VoteLogError;
use super::file::{lock, locked, names};
use crate::durable_file;

const MAGIC: &[u8; 8] = b"QRMLASTS";
const VERSION: u32 = 1;
/// Magic, version, network, votes signed, log lost, checksum.
const BYTES: usize = 8 + 4 + 32 + 8 + 1 + CHECKSUM_BYTES;
const CHECKSUM_BYTES: usize = 4;

/// The open file. No other process can open it until this is dropped, so that only one process on this machine signs with a key.
#[derive(Debug)]
pub struct LastSigned {
    path: PathBuf,
    file: File,
    network: [u8; 32],
    watermark: Watermark,
}

/// The content of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Watermark {
    /// The sequence of the next record of the log.
    signed: u64,
    /// Whether the log was lost, and no vote was cast since.
    lost: bool,
}

impl LastSigned {
    /// Opens the file, or makes one for a key that has signed nothing.
    pub(super) fn open(path: &Path, network: [u8; 32]) -> Result<Self, VoteLogError> {
        let failed = |error| VoteLogError::io(path, error);
        let open = || OpenOptions::new().read(true).write(true).open(path);
        let file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(path, network).map_err(failed)?;
                open()
            }
            other => other,
        };
        let file = file.map_err(failed)?;
        lock(path, &file)?;
        if !names(path, &file).map_err(failed)? {
            return Err(locked(path));
        }
        let mut bytes = [0; BYTES];
        match file.read_exact_at(&mut bytes, 0) {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(failed(error)),
            // A file that is too short has no valid checksum, and is refused below as damaged.
            _ => {}
        }
        let watermark = decode(&bytes, path, network)?;
        Ok(Self { path: path.to_path_buf(), file, network, watermark })
    }

    /// How many votes this key has signed here.
    pub fn signed(&self) -> u64 {
        self.watermark.signed
    }

    /// Whether the log was lost, and no vote was cast since.
    pub fn votes_lost(&self) -> bool {
        self.watermark.lost
    }

    /// Votes up to this one are in the log, and may be sent once this returns. The first after a loss clears the note.
    pub(super) fn cast(&mut self, signed: u64) -> Result<(), VoteLogError> {
        let was_lost = self.watermark.lost;
        self.say(Watermark { signed, lost: false })?;
        if was_lost { self.sync() } else { Ok(()) }
    }

    /// Notes that the log is missing or an old copy, before anything else is done.
    pub(super) fn note_loss(&mut self) -> Result<(), VoteLogError> {
        self.say(Watermark { lost: true, ..self.watermark })?;
        self.sync()
    }

    /// Sets the number to that of the log, which is ahead after a power failure, or if this file is new.
    pub(super) fn catch_up(&mut self, signed: u64) -> Result<(), VoteLogError> {
        self.say(Watermark { signed, ..self.watermark })?;
        self.sync()
    }

    fn say(&mut self, watermark: Watermark) -> Result<(), VoteLogError> {
        let written = self.file.write_all_at(&encode(self.network, watermark), 0);
        written.map_err(|error| VoteLogError::io(&self.path, error))?;
        self.watermark = watermark;
        Ok(())
    }

    fn sync(&self) -> Result<(), VoteLogError> {
        self.file.sync_all().map_err(|error| VoteLogError::io(&self.path, error))
    }
}

/// Creates the file completely under another name, so that a crash leaves none or a complete one. A file that another process
/// created meanwhile stays.
fn create(path: &Path, network: [u8; 32]) -> io::Result<()> {
    let fresh = durable_file::fresh_name(path);
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(durable_file::PRIVATE_FILE).open(&fresh)?;
    file.write_all_at(&encode(network, Watermark::default()), 0)?;
    file.sync_all()?;
    // A link, unlike a rename, fails where the name is taken.
    let linked = fs::hard_link(&fresh, path);
    fs::remove_file(&fresh)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => durable_file::sync_directory(path),
    }
}

fn encode(network: [u8; 32], watermark: Watermark) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(BYTES);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&network);
    bytes.extend_from_slice(&watermark.signed.to_le_bytes());
    bytes.push(u8::from(watermark.lost));
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

fn decode(bytes: &[u8; BYTES], path: &Path, network: [u8; 32]) -> Result<Watermark, VoteLogError> {
    let path = || path.to_path_buf();
    let fields = fields(bytes).ok_or_else(|| VoteLogError::LastSigned { path: path() })?;
    if fields.version > VERSION {
        return Err(VoteLogError::Newer { path: path(), found: fields.version, supported: VERSION });
    }
    if fields.network != network {
        return Err(VoteLogError::OtherNetwork { path: path() });
    }
    Ok(fields.watermark)
}

struct Fields {
    version: u32,
    network: [u8; 32],
    watermark: Watermark,
}

fn fields(bytes: &[u8; BYTES]) -> Option<Fields> {
    let (body, stored) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
    if crc32fast::hash(body).to_le_bytes() != *stored {
        return None;
    }
    let (version, rest) = body.strip_prefix(MAGIC)?.split_first_chunk()?;
    let (network, rest) = rest.split_first_chunk()?;
    let (signed, lost) = rest.split_first_chunk()?;
    let watermark = Watermark { signed: u64::from_le_bytes(*signed), lost: lost != [0] };
    Some(Fields { version: u32::from_le_bytes(*version), network: *network, watermark })
}
