//! The options of the commands that make and run one node: `keys`, `init` and `run`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use quorate_event::NetworkId;
use quorate_node::run::Multiaddr;
use quorate_node::run::TrustedMilestone;

use super::value::{address, stake, trusted};

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Create a key
    New(KeyName),
    /// Show the address and the peer id of a key, never the key
    Show(KeyName),
    /// Read a key of 64 hex digits from a file or from standard input
    Import(KeysImportArgs),
    /// Write the secret key to a file that only you can read
    Export(KeysExportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct KeyName {
    /// Name of the node
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct KeysImportArgs {
    /// Name of the node
    pub(crate) name: String,
    /// Path of the key; `-` is standard input
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct KeysExportArgs {
    /// Name of the node
    pub(crate) name: String,
    /// Path of the new file; must not exist
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Name of the node
    pub(crate) name: String,
    /// Use the public demo key of this number of `genesis new --seeds`
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
}

/// `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Name of the node, and of its directory below --home
    pub name: String,
    /// Path of the genesis of the network
    #[arg(long, value_name = "FILE", conflicts_with_all = ["join", "network", "founders"])]
    pub genesis: Option<PathBuf>,
    /// Address of a node of the network to join
    #[arg(long, value_name = "ADDR", value_parser = address, requires = "network", conflicts_with = "founders")]
    pub join: Option<Multiaddr>,
    /// Id of the network to join
    #[arg(long, value_name = "ID", requires = "join")]
    pub network: Option<NetworkId>,
    /// Number of founders of the network, this node included [default: 4]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub founders: Option<u16>,
    /// HTTP port; libp2p takes the port 1000 above [default: 8080, or the port that `up` gave the node]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64_535))]
    pub port: Option<u16>,
    /// Addresses to listen on, such as /ip4/0.0.0.0/tcp/9080 [default: /ip4/127.0.0.1/tcp/PORT+1000]
    #[arg(long, value_delimiter = ',', value_name = "ADDR,…", value_parser = address)]
    pub listen: Vec<Multiaddr>,
    /// Do not listen: this node dials others, and is reached through a relay among them
    #[arg(long, conflicts_with = "listen")]
    pub no_listen: bool,
    /// This node is behind NAT: peers reach it through a relay, then both try to open a direct connection (experimental)
    /// [listens on /ip4/0.0.0.0/tcp/PORT+1000 by default]
    #[arg(long, conflicts_with_all = ["no_listen", "relay"])]
    pub behind_nat: bool,
    /// Announce these addresses to peers, such as that of a forwarded port: /ip4/203.0.113.7/tcp/9080
    #[arg(long, value_delimiter = ',', value_name = "ADDR,…", value_parser = address)]
    pub announce: Vec<Multiaddr>,
    /// Relay connections of peers that cannot be dialled [default: if this node listens beyond this machine]
    #[arg(long)]
    pub relay: bool,
    /// Connect to --peers only, without discovery and without announcements
    #[arg(long)]
    pub no_discovery: bool,
    /// Do not use mDNS discovery on the local network
    #[arg(long)]
    pub no_mdns: bool,
    /// Stake of this node when it founds a network
    #[arg(long, default_value_t = 100, value_parser = stake)]
    pub stake: u128,
    /// Addresses of nodes to connect to; without --peers and without a genesis this node gathers the founders
    #[arg(long, value_delimiter = ',', value_name = "ADDR,…", value_parser = address)]
    pub peers: Vec<Multiaddr>,
    /// Use the public demo key that is derived from this text
    #[arg(long, value_name = "SEED")]
    pub peerid: Option<String>,
    /// A milestone that you trust: the node stops if it receives another one of this height
    #[arg(long, value_name = "HEIGHT:ID", value_parser = trusted)]
    pub trusted_milestone: Option<TrustedMilestone>,
    /// Create one event per write, also for writes that wait for the same disk write
    #[arg(long, hide = true)]
    pub one_event_each: bool,
    /// End when standard input ends
    #[arg(long, hide = true)]
    pub stdin_watch: bool,
}
