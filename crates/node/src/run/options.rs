//! What a node must be given before it can run.

use std::path::PathBuf;

use quorate_event::{Address, NetworkId, SecretKey, Stake};
use quorate_replica::{Sharing, TrustedMilestone};
use quorate_transport::{Discovery, Multiaddr};

/// Everything that [`quorate_node::run`] needs to run one node in this process.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The node's name: its directory below `home`.
    pub name: String,
    /// Where nodes live.
    pub home: PathBuf,
    /// Where the genesis comes from.
    pub genesis: GenesisSource,
    /// HTTP, on loopback.
    pub http_port: u16,
    /// libp2p, where other nodes reach this one.
    pub listen: Vec<Multiaddr>,
    /// Whether others cannot dial this node there.
    pub behind_nat: bool,
    /// Where else others reach it.
    pub announce: Vec<Multiaddr>,
    /// Whether to carry connections of peers that cannot be dialled.
    pub relay: bool,
    /// Whether to look for peers beside those that were named, and whether on the local network too.
    pub discovery: Discovery,
    /// This node's stake, if it founds a network.
    pub stake: Stake,
    /// Nodes to connect to, and to connect to again.
    pub peers: Vec<Multiaddr>,
    /// The public demo key that was asked for by `--peerid`. The home's key must be this one, or is made so if there is
    /// none; without it, a home without a key gets a fresh one.
    pub demo_key: Option<SecretKey>,
    /// Addresses whose keys everybody has: a genesis that names one must say that it is a demonstration.
    pub public_keys: Vec<Address>,
    /// A milestone that the operator knows to be true.
    pub trusted: Option<TrustedMilestone>,
    /// Whether intents share events.
    pub sharing: Sharing,
    /// End when standard input does: whoever started this node is gone.
    pub stdin_watch: bool,
}

/// Where a node's genesis comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GenesisSource {
    /// From this file. A home that holds another one keeps to its own and refuses this one.
    File(PathBuf),
    /// The home holds it already.
    Home,
    /// From a node of the network, which must have this id.
    Join {
        /// Where that node is.
        address: Multiaddr,
        /// What its genesis must hash to.
        network: NetworkId,
    },
    /// This node gathers the founders' signed joins, writes the genesis and sends it to them.
    Gather {
        /// How many there must be, this one included.
        founders: usize,
    },
    /// The first of the peers gathers the founders; this node sends its signed join, and accepts only a genesis that
    /// holds it unchanged.
    Found {
        /// How many there must be, this one included.
        founders: usize,
    },
}
