//! The options of the commands that make and run one node: `keys`, `init` and `run`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use quorate_event::NetworkId;
use quorate_node::run::Multiaddr;
use quorate_node::run::TrustedMilestone;

use super::value::{address, stake, trusted};

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key
    New(KeyName),
    /// Show a key's address and peer id, never the key
    Show(KeyName),
    /// Take a key from a file of 64 hex digits, or from standard input
    Import(KeysImportArgs),
    /// Write the key itself to a file that only you can read
    Export(KeysExportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct KeyName {
    /// Whose: the node's name
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct KeysImportArgs {
    /// Whose: the node's name
    pub(crate) name: String,
    /// Where the key is; `-` is standard input
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct KeysExportArgs {
    /// Whose: the node's name
    pub(crate) name: String,
    /// Where to write it; must not exist
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The node's name
    pub(crate) name: String,
    /// Use the public demo key of this number, as `genesis new --seeds` counts them
    #[arg(long, value_name = "S")]
    pub(crate) seed: Option<u64>,
}

/// `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The node's name, and its directory below --home
    pub name: String,
    /// The genesis to start from
    #[arg(long, value_name = "FILE", conflicts_with_all = ["join", "network", "founders"])]
    pub genesis: Option<PathBuf>,
    /// A node of the network to join
    #[arg(long, value_name = "ADDR", value_parser = address, requires = "network", conflicts_with = "founders")]
    pub join: Option<Multiaddr>,
    /// The network to join, by its id
    #[arg(long, value_name = "ID", requires = "join")]
    pub network: Option<NetworkId>,
    /// How many found the network, this node included [default: 4]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub founders: Option<u16>,
    /// HTTP; libp2p is 1000 above [default: 8080, or as `up` left it]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64_535))]
    pub port: Option<u16>,
    /// Where other nodes reach this one, such as /ip4/0.0.0.0/tcp/9080 [default: /ip4/127.0.0.1/tcp/PORT+1000]
    #[arg(long, value_delimiter = ',', value_name = "ADDR,…", value_parser = address)]
    pub listen: Vec<Multiaddr>,
    /// Listen nowhere: this node dials others, and is reached through a relay among them
    #[arg(long, conflicts_with = "listen")]
    pub no_listen: bool,
    /// Others cannot dial this node where it listens: it is reached through a relay among its peers, and opens a direct way
    /// to whoever comes through one [listens on /ip4/0.0.0.0/tcp/PORT+1000 by default]
    #[arg(long, conflicts_with_all = ["no_listen", "relay"])]
    pub behind_nat: bool,
    /// Tell others to dial this node here, such as at a forwarded port: /ip4/203.0.113.7/tcp/9080
    #[arg(long, value_delimiter = ',', value_name = "ADDR,…", value_parser = address)]
    pub announce: Vec<Multiaddr>,
    /// Carry connections of peers that cannot be dialled [default: if this node listens beyond this machine]
    #[arg(long)]
    pub relay: bool,
    /// Connect to --peers only: ask nobody for others, and announce nothing
    #[arg(long)]
    pub no_discovery: bool,
    /// Do not announce this node on the local network, and hear nobody there
    #[arg(long)]
    pub no_mdns: bool,
    /// This node's stake when it founds a network
    #[arg(long, default_value_t = 100, value_parser = stake)]
    pub stake: u128,
    /// Nodes to connect to; without any, and without a genesis, this node gathers the founders
    #[arg(long, value_delimiter = ',', value_name = "ADDR,…", value_parser = address)]
    pub peers: Vec<Multiaddr>,
    /// Use the public key pair that this text names, for demonstrations
    #[arg(long, value_name = "SEED")]
    pub peerid: Option<String>,
    /// A milestone that you know to be true: a node that is told another at its height stops, and says so
    #[arg(long, value_name = "HEIGHT:ID", value_parser = trusted)]
    pub trusted_milestone: Option<TrustedMilestone>,
    /// Make an event of every write, even of those that wait for the same disk write
    #[arg(long, hide = true)]
    pub one_event_each: bool,
    /// End when standard input does
    #[arg(long, hide = true)]
    pub stdin_watch: bool,
}
