//! `network.json` in a home that `up` made: the URLs and names of the nodes on this machine.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use quorate_event::{Address, NetworkId};
use serde::{Deserialize, Serialize};

use quorate_disk::durable_file;

/// Name of the network file below the home.
pub const NETWORK_FILE: &str = "network.json";

/// Name of the genesis file below the home of `up`.
pub const GENESIS_FILE: &str = "genesis.json";

/// A network on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkFile {
    /// The network's id.
    pub network: String,
    /// Its nodes, in order.
    pub nodes: Vec<NodeEntry>,
}

/// A node on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeEntry {
    /// Its name, and its directory below the home.
    pub name: String,
    /// URL of its HTTP interface.
    pub url: String,
    /// Its libp2p multiaddress with the peer id.
    pub p2p: String,
    /// The address of its key.
    pub address: String,
    /// HTTP port.
    pub port: u16,
    /// libp2p port.
    pub p2p_port: u16,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NetworkFileError {
    /// It cannot be read or written.
    #[error("cannot use {}: check its disk and its permissions", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The content is not that of `up`.
    #[error("{} is not what `up` wrote ({source}): run `quorate up --reset`", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// The place and the reason.
        source: serde_json::Error,
    },
}

impl NetworkFile {
    /// Reads the file below `home`; nothing if there is none.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub fn load(home: &Path) -> Result<Option<Self>, NetworkFileError> {
        let path = home.join(NETWORK_FILE);
        match fs::read(&path) {
            Ok(text) => match serde_json::from_slice(&text) {
                Ok(file) => Ok(Some(file)),
                Err(source) => Err(NetworkFileError::Syntax { path, source }),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(NetworkFileError::Io { path, source }),
        }
    }

    /// Writes the file below `home`: a crash leaves the old one or the new one.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn save(&self, home: &Path) -> Result<(), NetworkFileError> {
        let path = home.join(NETWORK_FILE);
        let text = serde_json::to_vec_pretty(self);
        let write = |text: Vec<u8>| {
            let fresh = durable_file::fresh_name(&path);
            fs::write(&fresh, text)?;
            durable_file::settle(&fresh, &path)
        };
        text.map_err(io::Error::from)
            .and_then(write)
            .map_err(|source| NetworkFileError::Io { path: path.clone(), source })
    }

    /// The node of that name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&NodeEntry> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// The node at `url`; `localhost`, 127.0.0.1 and `[::1]` count as one host.
    #[must_use]
    pub fn by_url(&self, url: &str) -> Option<&NodeEntry> {
        let port = loopback_port(url)?;
        self.nodes.iter().find(|node| node.port == port)
    }

    /// The name of the node with this address, if it is in the file.
    #[must_use]
    pub fn name_of(&self, address: Address) -> Option<&str> {
        let is = |node: &&NodeEntry| node.address.parse() == Ok(address);
        self.nodes.iter().find(is).map(|node| node.name.as_str())
    }

    /// Whether this is the network of that id.
    #[must_use]
    pub fn is(&self, network: NetworkId) -> bool {
        self.network.parse() == Ok(network)
    }
}

fn loopback_port(url: &str) -> Option<u16> {
    let authority = url.strip_prefix("http://")?.split('/').next()?;
    let (host, port) = authority.rsplit_once(':')?;
    let local = ["127.0.0.1", "localhost", "[::1]"].contains(&host);
    port.parse().ok().filter(|_| local)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> NetworkFile {
        let node = |index: u16| NodeEntry {
            name: format!("n{index}"),
            url: format!("http://127.0.0.1:{}", 8079 + index),
            p2p: String::new(),
            address: Address::new([u8::try_from(index).unwrap(); 20]).to_string(),
            port: 8079 + index,
            p2p_port: 9079 + index,
        };
        NetworkFile { network: NetworkId::new([7; 32]).to_string(), nodes: vec![node(1), node(2)] }
    }

    #[test]
    fn a_url_of_this_machine_names_a_node_however_it_is_written() {
        let file = file();
        for url in ["http://127.0.0.1:8081", "http://localhost:8081", "http://[::1]:8081"] {
            assert_eq!(file.by_url(url).unwrap().name, "n2", "{url}");
        }
        assert_eq!(file.by_url("http://10.0.0.1:8081"), None);
        assert_eq!(file.by_url("http://127.0.0.1:8082"), None);
    }

    #[test]
    fn an_author_names_a_node() {
        assert_eq!(file().name_of(Address::new([1; 20])), Some("n1"));
        assert_eq!(file().name_of(Address::new([9; 20])), None);
    }
}
