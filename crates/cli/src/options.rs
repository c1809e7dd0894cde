//! The options of `quorate run`, completed.

use std::path::Path;

use quorate_disk::home::Layout;
use quorate_event::Stake;
use quorate_node::run::{
    Discovery, GenesisSource, RunOptions, Sharing, all_interfaces, loopback, reaches_beyond_loopback,
};
use quorate_scenario::{demo_addresses, peer_key};

use super::args::RunArgs;
use super::error::CliError;
use super::network_file::NodeEntry;
use super::token::ClientOptions;

const HTTP_PORT: u16 = 8080;
/// Distance from the HTTP port to the libp2p port.
pub(crate) const P2P_ABOVE: u16 = 1_000;
const FOUNDERS: u16 = 4;

/// Completes the options from the home: a node that `up` made runs again without further options.
pub(crate) fn resolve(args: RunArgs, access: &ClientOptions) -> Result<RunOptions, CliError> {
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
        // An address that `up` wrote parses. If a user changed one, the others are enough.
        (Some(_), true) => others.iter().filter_map(|n| n.p2p.parse().ok()).collect(),
        _ => args.peers,
    };
    Ok(RunOptions {
        name: args.name,
        home: access.home().to_path_buf(),
        genesis,
        http_port,
        relay: args.relay || (reaches_beyond_loopback(&args.listen) && !args.behind_nat),
        listen: match args.listen {
            _ if args.no_listen => Vec::new(),
            listen if !listen.is_empty() => listen,
            _ if args.behind_nat => vec![all_interfaces(http_port.saturating_add(P2P_ABOVE))],
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
        public_keys: demo_addresses(),
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
        _ if known => GenesisSource::File(home.join(super::network_file::GENESIS_FILE)),
        _ if args.peers.is_empty() => GenesisSource::Gather { founders },
        _ => GenesisSource::Found { founders },
    }
}
