//! The paths of a node's files.

use std::env;
use std::path::{Path, PathBuf};

use quorate_event::{Address, NetworkId};

use super::error::HomeError;
use super::private::{self, Forbidden};
use super::secret::{Secret, Token};

/// The bound of a key or token file: hex digits, a newline, and room for bytes that an editor might add.
const SECRET_FILE_BYTES: u64 = 1_024;
/// A genesis with ten thousand members is about 2 MiB.
const GENESIS_BYTES: u64 = 16 << 20;

/// The files of one node: their paths, and functions that read them. It does not write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    directory: PathBuf,
}

impl Layout {
    /// `~/.quorate`.
    pub fn default_root() -> Result<PathBuf, HomeError> {
        env::home_dir()
            .filter(|home| !home.as_os_str().is_empty())
            .map(|home| home.join(".quorate"))
            .ok_or(HomeError::NoHome)
    }

    /// The files of the node `name` under `root`.
    pub fn new(root: &Path, name: &str) -> Result<Self, HomeError> {
        if !is_name(name) {
            let name = name.to_owned();
            return Err(HomeError::Name { name });
        }
        Ok(Self { directory: root.join(name) })
    }

    /// The node's directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The signing key.
    pub fn key_file(&self) -> PathBuf {
        self.directory.join("key")
    }

    /// The token of the clients.
    pub fn token_file(&self) -> PathBuf {
        self.directory.join("token")
    }

    /// The genesis.
    pub fn genesis_file(&self) -> PathBuf {
        self.directory.join("genesis.json")
    }

    /// The store.
    pub fn store_file(&self) -> PathBuf {
        self.directory.join("store.redb")
    }

    /// The vote log.
    pub fn votes_file(&self) -> PathBuf {
        self.directory.join("votes.log")
    }

    /// The number of votes that a key has signed in a network. The file lies beside the node's directory, so that a backup of the
    /// directory does not contain it. No node can have the name of its folder.
    pub fn last_signed_file(&self, key: Address, network: NetworkId) -> PathBuf {
        let network: String = network.as_bytes().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let root = self.directory.parent().unwrap_or(Path::new(""));
        root.join("_last_signed").join(format!("{key}-{network}"))
    }

    /// The last good peers.
    pub fn anchors_file(&self) -> PathBuf {
        self.directory.join("anchors")
    }

    /// The file that is locked while a node runs here.
    pub fn lock_file(&self) -> PathBuf {
        self.directory.join("node.lock")
    }

    /// Reads the signing key, unless others can too.
    pub fn key(&self) -> Result<Secret, HomeError> {
        secret(self.key_file())
    }

    /// Reads the clients' token, unless others can too.
    pub fn token(&self) -> Result<Token, HomeError> {
        secret(self.token_file()).map(Token::new)
    }

    /// Reads the genesis.
    pub fn genesis(&self) -> Result<Vec<u8>, HomeError> {
        let mut bytes = private::read(&self.genesis_file(), GENESIS_BYTES, Forbidden::Write)?;
        Ok(std::mem::take(&mut *bytes))
    }
}

fn secret(path: PathBuf) -> Result<Secret, HomeError> {
    let text = private::read(&path, SECRET_FILE_BYTES, Forbidden::Use)?;
    Secret::from_hex(&text).ok_or(HomeError::Malformed { path })
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let begins = name.bytes().next().is_some_and(plain);
    begins && name.len() <= 64 && name.bytes().all(|byte| plain(byte) || byte == b'-' || byte == b'_')
}
