//! What `quorate run` was told.

use std::path::{Path, PathBuf};

use libp2p::Multiaddr;
use quorate_event::{NetworkId, SecretKey, Stake};
use quorate_replica::{Sharing, Trusted};
use quorate_scenario::peer_key;

use super::args::RunArgs;
use super::error::CliError;
use super::network_file::NodeEntry;
use super::token::Access;
use crate::home::Layout;
use crate::net::{Discovery, everywhere, loopback, reaches_beyond};

const HTTP_PORT: u16 = 8080;
/// libp2p listens so far above HTTP.
pub(crate) const P2P_ABOVE: u16 = 1_000;
const FOUNDERS: u16 = 4;

/// Everything that [`crate::run`] needs to run one node in this process.
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
    /// A milestone that the operator knows to be true.
    pub trusted: Option<Trusted>,
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

/// Completes what was said by what lies in the home: a node that `up` made runs again without being told anything.
pub(crate) fn resolve(args: RunArgs, access: &Access) -> Result<RunOptions, CliError> {
    let layout = Layout::new(access.home(), &args.name)?;
    let network = access.network()?;
    let others = network.iter().flat_map(|network| &network.nodes);
    let others: Vec<&NodeEntry> = others.filter(|node| node.name != args.name).collect();
    let known = network.as_ref().and_then(|n| n.by_name(&args.name));
    let demo_key = args.peerid.as_deref().map(peer_key).transpose()?;
    let genesis = source(&args, &layout, access.home(), known.is_some());
    let http_port = args.port.or(known.map(|node| node.port));
    let http_port = http_port.unwrap_or(HTTP_PORT);
    let peers = match (&known, args.peers.is_empty() && args.join.is_none()) {
        // An address that `up` wrote parses; if somebody changed it, the rest of them will do.
        (Some(_), true) => others.iter().filter_map(|n| n.p2p.parse().ok()).collect(),
        _ => args.peers,
    };
    Ok(RunOptions {
        name: args.name,
        home: access.home().to_path_buf(),
        genesis,
        http_port,
        relay: args.relay || (reaches_beyond(&args.listen) && !args.behind_nat),
        listen: match args.listen {
            _ if args.no_listen => Vec::new(),
            listen if !listen.is_empty() => listen,
            _ if args.behind_nat => vec![everywhere(http_port.saturating_add(P2P_ABOVE))],
            _ => vec![loopback(http_port.saturating_add(P2P_ABOVE))],
        },
        behind_nat: args.behind_nat,
        announce: args.announce,
        discovery: Discovery {
            lookup: !args.no_discovery,
            local: !args.no_discovery && !args.no_mdns,
            ..Discovery::default()
        },
        stake: Stake(args.stake),
        peers,
        demo_key,
        trusted: args.trusted_milestone,
        sharing: if args.one_event_each { Sharing::Single } else { Sharing::Shared },
        stdin_watch: args.stdin_watch,
    })
}

fn source(args: &RunArgs, layout: &Layout, home: &Path, known: bool) -> GenesisSource {
    let founders = usize::from(args.founders.unwrap_or(FOUNDERS));
    match (&args.genesis, &args.join, args.network) {
        (Some(file), _, _) => GenesisSource::File(file.clone()),
        (None, Some(address), Some(network)) => GenesisSource::Join { address: address.clone(), network },
        _ if layout.genesis_file().exists() => GenesisSource::Home,
        _ if known => GenesisSource::File(home.join(super::up::GENESIS_FILE)),
        _ if args.peers.is_empty() => GenesisSource::Gather { founders },
        _ => GenesisSource::Found { founders },
    }
}
