//! One node in this process, from its start to a clean end. It starts its parts in this order, and ends them in reverse:
//!
//! ```text
//!  home, key --> genesis --> network (transport) --> core --> API --> wait for a signal, or an error of the core
//! ```
//!
//! The genesis comes from the home, a file, another node of the network (`joining`), or a founding (`founding`):
//! [`GenesisSource`]. HTTP listens on 127.0.0.1 only.

mod error;
mod founding;
mod founding_message;
mod identity;
mod joining;
mod options;
mod shutdown;

use std::io::{self, IsTerminal};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use prometheus_client::registry::Registry;
use quorate_disk::home::Home;
use quorate_event::{Genesis, SecretKey};
use quorate_transport::{self as net, NetHandle, TransportConfig};
use tokio::net::TcpListener;

pub use error::RunError;
pub use options::{GenesisSource, RunOptions};
pub use quorate_replica::{Sharing, TrustedMilestone};
pub use quorate_transport::{Discovery, Multiaddr, PeerId, all_interfaces, loopback, peer_id, reaches_beyond_loopback};

use crate::api::{self, Api, PeersView};
use crate::core::{self, CoreConfig, RunningCore};

/// Runs a node until a signal or an error.
///
/// # Errors
/// The error that prevented the start or ended the node, with a remedy.
pub fn run(options: RunOptions) -> Result<(), RunError> {
    start_log();
    // Dropped last: tasks of the runtime write to the store until the runtime is dropped, and the home holds the lock.
    let home = Home::open(&options.home, &options.name)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(RunError::Runtime)?;
    runtime.block_on(node(&home, options))
}

/// Log lines go to standard error. `QUORATE_LOG` selects them: `info`, `quorate_node=debug`.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("QUORATE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,libp2p_swarm=warn,libp2p_mdns=warn"));
    // A second node in one process uses the log of the first one.
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let _already = log.with_ansi(io::stderr().is_terminal()).try_init();
}

async fn node(home: &Home, options: RunOptions) -> Result<(), RunError> {
    // Before a founding, which sends the announced addresses to the other founders.
    net::check_announced(&options.announce)?;
    let key = identity::key(home, options.demo_key.as_ref())?;
    let token = home.token_or_create()?;
    // The port is taken first, so that a port in use is reported before anything is founded or opened.
    let listener = listen(options.http_port).await?;
    let shutdown = shutdown::ShutdownSignals::new(options.stdin_watch)?;
    let returning = home.genesis_file().exists();
    let founded = tokio::select! {
        founded = identity::genesis(home, &options, &key) => founded?,
        () = shutdown.requested() => return Ok(()),
    };
    let (genesis, peers) = (founded.genesis, founded.peers);
    let network = genesis.network();
    if !genesis.committee.contains(key.address()) {
        tracing::warn!(address = %key.address(), "this node's key is no member: it follows, and neither votes nor writes");
    }
    let mut config = TransportConfig::new(*key.expose(), *network.as_bytes())?;
    config.listen.clone_from(&options.listen);
    config.behind_nat = options.behind_nat;
    config.announce.clone_from(&options.announce);
    config.relay = options.relay;
    config.static_peers = peers;
    config.discovery = discovery(options.discovery.clone(), home, &genesis);
    let (net, events) = net::start(config).await?;
    let mut registry = Registry::default();
    let core_config = core_config(home, &genesis, &key, returning, &options)?;
    let running = core::start(core_config, net.clone(), events, &mut registry).await?;
    tracing::info!(
        name = options.name, %network, address = %key.address(), peer = %net.peer_id(),
        http = %format!("http://127.0.0.1:{}", options.http_port), "the node is up"
    );
    let api = Api {
        core: running.core.clone(),
        store: Arc::clone(&running.store),
        peers: PeersView::of(&net),
        token,
        genesis,
        name: options.name,
        peer_id: net.peer_id().to_string(),
        hosts: Vec::new(),
        registry,
    };
    serve(api, listener, running, net, shutdown).await
}

/// The discovery that the options name, with members preferred. Addresses of the last run are used only if lookup is on.
fn discovery(asked: Discovery, home: &Home, genesis: &Genesis) -> Discovery {
    let anchors = asked.lookup.then(|| home.anchors_file());
    let members = genesis.committee.members().iter();
    Discovery { anchors, preferred: members.map(|(member, _)| *member.as_bytes()).collect(), ..asked }
}

fn core_config(
    home: &Home,
    genesis: &Genesis,
    key: &SecretKey,
    returning: bool,
    options: &RunOptions,
) -> Result<CoreConfig, RunError> {
    Ok(CoreConfig {
        genesis: genesis.clone(),
        key: key.clone(),
        sharing: options.sharing,
        trusted: options.trusted,
        returning,
        store: home.store_file(),
        votes: home.votes(key.address(), genesis.network())?,
    })
}

async fn listen(port: u16) -> Result<TcpListener, RunError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpListener::bind(address).await.map_err(|source| RunError::Http { address, source })
}

/// Serves until a shutdown is requested or the core ends. Then ends in order: clients, core, network.
async fn serve(
    api: Api,
    listener: TcpListener,
    mut running: RunningCore,
    net: NetHandle,
    shutdown: shutdown::ShutdownSignals,
) -> Result<(), RunError> {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(api::serve(api, listener, async {
        // Dropping the sender ends serving as well.
        let _ended = stopped.await;
    }));
    let failed = tokio::select! {
        () = shutdown.requested() => None,
        ended = running.ended() => Some(ended),
    };
    drop(stop);
    let served = serving.await;
    let result = match failed {
        Some(ended) => ended.map_err(RunError::from),
        None => running.stop().await.map_err(RunError::from),
    };
    net.shutdown().await;
    result?;
    served.map_err(|_| RunError::Panicked)?.map_err(RunError::from)
}
