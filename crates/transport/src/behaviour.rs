//! The libp2p behaviour of a node, and the swarm that runs it.

use std::fmt::Write;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libp2p::allow_block_list::{self, BlockedPeers};
use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::Boxed;
use libp2p::core::transport::timeout::{TransportTimeout, TransportTimeoutError};
use libp2p::core::upgrade::Version;
use libp2p::gossipsub::IdentTopic;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::swarm::{self, ConnectionId, NetworkBehaviour};
use libp2p::{
    Multiaddr, PeerId, StreamProtocol, Swarm, Transport, identify, mdns, memory_connection_limits, noise, ping, relay,
    tcp, yamux,
};

use crate::addresses::multiaddr::named_peer;
use crate::addresses::reachability::reaches_beyond_loopback;
use crate::config::{ResourceLimits, TransportConfig};
use crate::connections::connection_limits::InboundLimits;
use crate::direct::behaviour::DirectBehaviour;
use crate::direct::inbox::Inbox;
use crate::direct::negotiate::ClassProtocols;
use crate::direct::send_queue::SendQueues;
use crate::discovery::kademlia::KademliaDirectory;
use crate::error::NetError;
use crate::gossip::{Gossip, gossip};
#[cfg(feature = "hole-punching")]
use crate::hole_punching::behaviour::HolePunching;
use crate::relay as relayed;

/// The interval of pings: a dead peer is noticed within two views.
const PING_INTERVAL: Duration = Duration::from_secs(5);

/// The deadline of a ping.
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// The deadline of TCP, Noise and Yamux together: a slow link needs a second.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The time after which a connection without a stream of ours is closed: both sides learn the reason before.
const IDLE: Duration = Duration::from_secs(2);

/// Handshakes at one time in each direction: each costs a key agreement.
const MAX_PENDING: u32 = 64;

/// Connections of one peer: one, one that replaces it, and one that the other side dialled at the same moment.
const MAX_PER_PEER: u32 = 3;

/// Streams on one connection. This node needs eight; an unread stream costs a window of 256 KiB.
const MAX_STREAMS: usize = 64;

/// Streams of one connection that may negotiate at one time.
const MAX_NEGOTIATING: usize = 16;

/// All protocols of a node. The limits come first, so that they refuse a connection before the others allocate for it.
#[derive(NetworkBehaviour)]
pub(crate) struct NodeBehaviour {
    pub(crate) limits: connection_limits::Behaviour,
    memory: memory_connection_limits::Behaviour,
    inbound_limits: InboundLimits,
    pub(crate) blocked: allow_block_list::Behaviour<BlockedPeers>,
    pub(crate) direct: DirectBehaviour,
    pub(crate) gossip: Gossip,
    pub(crate) identify: identify::Behaviour,
    pub(crate) ping: ping::Behaviour,
    pub(crate) lookup: Toggle<KademliaDirectory>,
    pub(crate) local: Toggle<mdns::tokio::Behaviour>,
    relay: Toggle<relay::Behaviour>,
    relayed: relay::client::Behaviour,
    #[cfg(feature = "hole-punching")]
    hole_punching: HolePunching,
}

#[cfg(feature = "hole-punching")]
impl NodeBehaviour {
    /// Whether hole punching made this connection.
    pub(crate) fn is_punched(&self, connection: ConnectionId) -> bool {
        self.hole_punching.is_punched(connection)
    }

    /// A peer of this network observes this node at `addr`.
    pub(crate) fn observed(&mut self, connection: ConnectionId, addr: &Multiaddr) {
        self.hole_punching.observed(connection, addr);
    }

    /// Starts the attempts at hole punching that are due.
    pub(crate) fn punch_holes(&mut self, now: Instant) {
        self.hole_punching.tick(now);
    }
}

/// Without hole punching, relayed connections stay relayed.
#[cfg(not(feature = "hole-punching"))]
impl NodeBehaviour {
    pub(crate) fn is_punched(&self, _: ConnectionId) -> bool {
        false
    }

    pub(crate) fn observed(&mut self, _: ConnectionId, _: &Multiaddr) {}

    pub(crate) fn punch_holes(&mut self, _: Instant) {}
}

/// `/quorate/<network id in hex>`, the prefix of all protocol names, so that two networks share none.
pub(crate) fn prefix(network: &[u8; 32]) -> String {
    let mut name = String::from("/quorate/");
    for byte in network {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// A swarm for `config` that does not listen yet, and the gossip topic.
pub(crate) fn build(
    config: &TransportConfig,
    inbox: Inbox,
    send_queues: Arc<SendQueues>,
) -> Result<(Swarm<NodeBehaviour>, IdentTopic), NetError> {
    let prefix = prefix(&config.network());
    let (gossip, topic) = gossip(&prefix)?;
    let name = |class| {
        let name = format!("{prefix}/direct/1/{class}");
        StreamProtocol::try_from_owned(name).map_err(|_| NetError::Defect)
    };
    let protocols = ClassProtocols([name("urgent")?, name("bulk")?]);
    #[cfg(feature = "hole-punching")]
    let punch = StreamProtocol::try_from_owned(format!("{prefix}/punch/1")).map_err(|_| NetError::Defect)?;
    let identify = identify::Config::new(prefix.clone(), config.keypair().public())
        .with_agent_version(concat!("quorate/", env!("CARGO_PKG_VERSION")).to_owned())
        .with_push_listen_addr_updates(true)
        .with_hide_listen_addrs(config.behind_nat)
        .with_cache_size(0);
    let lookup = StreamProtocol::try_from_owned(format!("{prefix}/lookup/1")).map_err(|_| NetError::Defect)?;
    let lookup = config.discovery.lookup.then(|| KademliaDirectory::new(config.peer_id(), lookup));
    let (through, relayed) = relay::client::new(config.peer_id());
    let relay = config.relay.then(|| relayed::server(config.peer_id(), &send_queues));
    let behaviour = NodeBehaviour {
        limits: connection_limits(config),
        memory: memory_connection_limits::Behaviour::with_max_bytes(config.limits.process_bytes),
        inbound_limits: InboundLimits::new(&config.limits),
        blocked: allow_block_list::Behaviour::default(),
        direct: DirectBehaviour::new(protocols, inbox, send_queues),
        gossip,
        identify: identify::Behaviour::new(identify),
        ping: ping::Behaviour::new(ping::Config::new().with_interval(PING_INTERVAL).with_timeout(PING_TIMEOUT)),
        lookup: lookup.into(),
        local: local(config).into(),
        relay: relay.into(),
        relayed,
        #[cfg(feature = "hole-punching")]
        hole_punching: HolePunching::new(config.peer_id(), punch, &config.listen, &config.announce),
    };
    let swarm_config = swarm::Config::with_tokio_executor()
        .with_idle_connection_timeout(IDLE)
        .with_max_negotiating_inbound_streams(MAX_NEGOTIATING);
    let swarm = Swarm::new(transport(config, through)?, behaviour, config.peer_id(), swarm_config);
    Ok((swarm, topic))
}

/// mDNS, if this node takes part in it. A node whose system refuses mDNS runs without.
fn local(config: &TransportConfig) -> Option<mdns::tokio::Behaviour> {
    if !config.discovery.local || !reaches_beyond_loopback(&config.listen) {
        return None;
    }
    let local = mdns::tokio::Behaviour::new(mdns::Config::default(), config.peer_id());
    local.map_err(|error| tracing::warn!(%error, "no discovery on the local network: see its interfaces")).ok()
}

/// An error of the system. As a source it can be found below the errors that libp2p wraps around it.
#[derive(Debug, thiserror::Error)]
#[error("tcp: {0}")]
struct Tcp(#[source] io::Error);

/// A relay or TCP, then Noise, then Yamux, with one deadline for all.
fn transport(
    config: &TransportConfig,
    through: relay::client::Transport,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, NetError> {
    let noise = noise::Config::new(config.keypair()).map_err(|_| NetError::Defect)?;
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(MAX_STREAMS);
    let tcp = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true)).map_err(Tcp);
    let stack = through
        .or_transport(tcp)
        .upgrade(Version::V1Lazy)
        .authenticate(noise)
        .multiplex(yamux)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    let in_time = TransportTimeout::new(stack, HANDSHAKE).map_err(|error| match error {
        TransportTimeoutError::Timeout => io::ErrorKind::TimedOut.into(),
        TransportTimeoutError::TimerError(error) => error,
        TransportTimeoutError::Other(error) => io::Error::other(error),
    });
    Ok(in_time.boxed())
}

fn connection_limits(config: &TransportConfig) -> connection_limits::Behaviour {
    let ResourceLimits { inbound, outbound, .. } = config.limits;
    let limits = ConnectionLimits::default()
        .with_max_pending_incoming(Some(MAX_PENDING))
        .with_max_pending_outgoing(Some(MAX_PENDING))
        .with_max_established_incoming(Some(inbound))
        .with_max_established_outgoing(Some(outbound))
        .with_max_established_per_peer(Some(MAX_PER_PEER));
    let mut limits = connection_limits::Behaviour::new(limits);
    // The limits do not apply to static peers, so that a flood of other peers cannot take their room.
    for peer in config.static_peers.iter().filter_map(named_peer) {
        limits.bypass_peer_id(&peer);
    }
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_spells_the_network_id_in_hex() {
        let name = prefix(&[0x0a; 32]);
        assert_eq!(name, format!("/quorate/{}", "0a".repeat(32)));
    }
}
