//! Which file is where.

use std::env;
use std::path::{Path, PathBuf};

use quorate_event::{Address, NetworkId};

use super::error::HomeError;
use super::private::{self, Forbidden};
use super::secret::{Secret, Token};

/// Hex digits and a newline, with room for what an editor might add, to be told apart from a file that is no key.
const SECRET_FILE_BYTES: u64 = 1_024;
/// A genesis with ten thousand members is about 2 MiB.
const GENESIS_BYTES: u64 = 16 << 20;

/// The files of one node. Reads what it names; never writes.
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

    /// Where the signing key is.
    pub fn key_file(&self) -> PathBuf {
        self.directory.join("key")
    }

    /// Where the clients' token is.
    pub fn token_file(&self) -> PathBuf {
        self.directory.join("token")
    }

    /// Where the genesis is.
    pub fn genesis_file(&self) -> PathBuf {
        self.directory.join("genesis.json")
    }

    /// Where the store is.
    pub fn store_file(&self) -> PathBuf {
        self.directory.join("store.redb")
    }

    /// Where the vote log is.
    pub fn votes_file(&self) -> PathBuf {
        self.directory.join("votes.log")
    }

    /// Where it stands how far a key has signed in a network: beside the node's directory, not in it. No node has this name.
    pub fn last_signed_file(&self, key: Address, network: NetworkId) -> PathBuf {
        let network: String = network.as_bytes().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let root = self.directory.parent().unwrap_or(Path::new(""));
        root.join("_last_signed").join(format!("{key}-{network}"))
    }

    /// Where the last good peers are.
    pub fn anchors_file(&self) -> PathBuf {
        self.directory.join("anchors")
    }

    /// What is locked while a node runs here.
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
