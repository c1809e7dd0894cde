//! The locked home, which this process may write.

use std::fs::{File, OpenOptions, TryLockError};
use std::ops::Deref;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use quorate_event::{Address, NetworkId};

use super::error::HomeError;
use super::layout::Layout;
use super::private::{self, io_error};
use super::secret::{Secret, Token};
use crate::durable_file::PRIVATE_FILE;
use crate::vote_log::VoteLogFiles;

/// A home that no other process can take until this is dropped.
#[derive(Debug)]
pub struct Home {
    layout: Layout,
    /// The system unlocks it when the process ends, however it ends.
    _lock: File,
}

impl Home {
    /// Takes the home of `name` under `root`, and makes its directory if there is none.
    pub fn open(root: &Path, name: &str) -> Result<Self, HomeError> {
        let layout = Layout::new(root, name)?;
        private::directory(layout.directory())?;
        let lock = lock(&layout)?;
        Ok(Self { layout, _lock: lock })
    }

    /// Writes the signing key, if there is none yet.
    pub fn create_key(&self, key: &Secret) -> Result<(), HomeError> {
        create_secret(&self.key_file(), key)
    }

    /// Reads the clients' token, and makes one first if there is none yet.
    pub fn token_or_create(&self) -> Result<Token, HomeError> {
        match self.token() {
            Err(HomeError::Missing { path }) => {
                create_secret(&path, &Secret::random()?)?;
                self.token()
            }
            other => other,
        }
    }

    /// The files of the votes of a key; their directories exist afterwards.
    pub fn votes(&self, key: Address, network: NetworkId) -> Result<VoteLogFiles, HomeError> {
        let last_signed = self.last_signed_file(key, network);
        private::directory(last_signed.parent().unwrap_or(Path::new("")))?;
        Ok(VoteLogFiles { log: self.votes_file(), last_signed })
    }

    /// Writes the genesis, if there is none yet: a node never changes its genesis.
    pub fn create_genesis(&self, genesis: &[u8]) -> Result<(), HomeError> {
        private::create(&self.genesis_file(), genesis)
    }
}

impl Deref for Home {
    type Target = Layout;

    fn deref(&self) -> &Layout {
        &self.layout
    }
}

fn create_secret(path: &Path, secret: &Secret) -> Result<(), HomeError> {
    let mut text = secret.to_hex();
    text.push('\n');
    private::create(path, text.as_bytes())
}

fn lock(layout: &Layout) -> Result<File, HomeError> {
    let path = layout.lock_file();
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE_FILE)
        .open(&path)
        .map_err(|source| io_error(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(HomeError::Locked { path: layout.directory().to_path_buf() }),
        Err(TryLockError::Error(source)) => Err(io_error(&path, source)),
    }
}
