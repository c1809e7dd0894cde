//! The options of a node.

use std::path::PathBuf;

use quorate_event::{Address, NetworkId, SecretKey, Stake};
use quorate_replica::{Sharing, TrustedMilestone};
use quorate_transport::{Discovery, Multiaddr};

/// The options of [`run`](super::run()).
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The node's name: its directory below `home`.
    pub name: String,
    /// The directory that holds the directories of nodes.
    pub home: PathBuf,
    /// The source of the genesis.
    pub genesis: GenesisSource,
    /// The port of HTTP, on loopback.
    pub http_port: u16,
    /// The addresses on which libp2p listens.
    pub listen: Vec<Multiaddr>,
    /// Whether other nodes cannot dial the `listen` addresses.
    pub behind_nat: bool,
    /// Further addresses at which other nodes reach this one.
    pub announce: Vec<Multiaddr>,
    /// Whether this node relays connections to peers that cannot be dialled.
    pub relay: bool,
    /// How to find peers beside the named ones.
    pub discovery: Discovery,
    /// The stake of this node, if it founds a network.
    pub stake: Stake,
    /// Nodes to which this node connects, and reconnects.
    pub peers: Vec<Multiaddr>,
    /// The public demo key that `--peerid` names. The home must hold this key, or gets it if it has none. Without this option
    /// a home without a key gets a fresh one.
    pub demo_key: Option<SecretKey>,
    /// Addresses whose keys are public. A genesis that names one must be marked as a demonstration.
    pub public_keys: Vec<Address>,
    /// A milestone that the operator knows to be true.
    pub trusted: Option<TrustedMilestone>,
    /// Whether writes of several clients may share an event.
    pub sharing: Sharing,
    /// Whether the end of standard input ends the node, since the process that started it is gone.
    pub stdin_watch: bool,
}

/// The source of the genesis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GenesisSource {
    /// A file. If the home holds another genesis, the node does not start.
    File(PathBuf),
    /// The home, which holds a genesis already.
    Home,
    /// A node of the network.
    Join {
        /// The address of that node.
        address: Multiaddr,
        /// The id to which the genesis must hash.
        network: NetworkId,
    },
    /// This node gathers the founders' signed joins, writes the genesis and sends it to them.
    Gather {
        /// The number of founders, this node included.
        founders: usize,
    },
    /// The first of the peers gathers the founders; this node sends its signed join, and accepts only a genesis that
    /// holds it unchanged.
    Found {
        /// The number of founders, this node included.
        founders: usize,
    },
}
