//! The configuration of the network.

use std::collections::BTreeSet;
use std::path::PathBuf;

use libp2p::identity::{Keypair, secp256k1};
use libp2p::{Multiaddr, PeerId};

use crate::addresses::multiaddr::{is_static, is_tcp, loopback};
use crate::addresses::reachability::reach;
use crate::error::NetError;

/// A bound on the table of static peers: more than a committee whose addresses are typed by hand.
pub const MAX_STATIC_PEERS: usize = 256;

/// Everything that [`start`](super::start) needs.
#[derive(Clone, Debug)]
pub struct TransportConfig {
    keypair: Keypair,
    network: [u8; 32],
    /// Addresses to listen on, by default `/ip4/127.0.0.1/tcp/0`; port 0 lets the system choose. A node without one is
    /// reached through relays among its peers.
    pub listen: Vec<Multiaddr>,
    /// Whether other nodes cannot dial the addresses that this node listens on. It then does not announce them, dials from
    /// them, is reached through relays among its peers, and tries a direct connection to peers that come through a relay.
    pub behind_nat: bool,
    /// Addresses at which other nodes reach this one, if they differ from `listen`: a forwarded port, the public address of a
    /// machine in a cloud.
    pub announce: Vec<Multiaddr>,
    /// Peers that are dialled at the start and again whenever they are lost, with or without a trailing `/p2p/<peer>`. A name
    /// in place of an IP address (`/dns4/…`, `/dns6/…`, `/dns/…`) is looked up before each dial.
    pub static_peers: Vec<Multiaddr>,
    /// How this node finds further peers.
    pub discovery: Discovery,
    /// Whether this node is a relay for peers that cannot be dialled.
    pub relay: bool,
    /// The resources that other nodes may take.
    pub limits: ResourceLimits,
}

/// How a node finds peers beside the static ones. By default it does not look for any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// Ask peers for further peers by Kademlia, and dial those.
    pub lookup: bool,
    /// Announce this node on the local network and find others there, by mDNS. A node that listens on loopback alone does
    /// neither.
    pub local: bool,
    /// The file of the last good peers, which are dialled first after a restart.
    pub anchors: Option<PathBuf>,
    /// Ethereum addresses of the members. They are dialled first, and their room in tables and limits is never given to
    /// other peers.
    pub preferred: BTreeSet<[u8; 20]>,
}

/// The resources of this process that all peers together may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceLimits {
    /// Established connections that others dialled. Static peers are not counted.
    pub inbound: u32,
    /// Established connections that this node dialled. Static peers are not counted.
    pub outbound: u32,
    /// Inbound connections from one IP address, static peers included; loopback is not counted, since a whole
    /// network may run on one machine.
    pub inbound_per_ip: u32,
    /// New inbound connections from one IP address in a minute, which may come all at once; loopback is not counted.
    pub inbound_rate_per_ip: u32,
    /// Whether the two limits for one IP address hold for loopback too.
    pub loopback_counts: bool,
    /// Resident memory of this process, in bytes, above which no new connection is made or accepted.
    pub process_bytes: usize,
}

impl Default for ResourceLimits {
    fn default() -> Self {
        Self {
            inbound: 128,
            outbound: 64,
            inbound_per_ip: 16,
            inbound_rate_per_ip: 60,
            loopback_counts: false,
            process_bytes: 4 << 30,
        }
    }
}

impl TransportConfig {
    /// A configuration that listens on loopback and knows no peer.
    ///
    /// `secret` is the node's secp256k1 key (32 bytes, big-endian); `network` is the id that all protocol names carry.
    ///
    /// # Errors
    /// [`NetError::SecretKey`] if `secret` is zero or not below the order of the curve.
    pub fn new(mut secret: [u8; 32], network: [u8; 32]) -> Result<Self, NetError> {
        // The parser overwrites `secret` with zeros when it succeeds.
        let secret = secp256k1::SecretKey::try_from_bytes(&mut secret).map_err(NetError::SecretKey)?;
        Ok(Self {
            keypair: secp256k1::Keypair::from(secret).into(),
            network,
            listen: vec![loopback(0)],
            behind_nat: false,
            announce: Vec::new(),
            static_peers: Vec::new(),
            discovery: Discovery::default(),
            relay: false,
            limits: ResourceLimits::default(),
        })
    }

    /// The peer id of the secret key.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        self.keypair.public().to_peer_id()
    }

    /// The id of the network to join.
    #[must_use]
    pub fn network(&self) -> [u8; 32] {
        self.network
    }

    pub(crate) fn keypair(&self) -> &Keypair {
        &self.keypair
    }

    /// Checks the public fields.
    pub(crate) fn check(&self) -> Result<(), NetError> {
        if self.listen.is_empty() && self.static_peers.is_empty() && self.discovery.anchors.is_none() {
            return Err(NetError::NoListenAddress);
        }
        if self.static_peers.len() > MAX_STATIC_PEERS {
            return Err(NetError::TooManyStaticPeers { given: self.static_peers.len(), max: MAX_STATIC_PEERS });
        }
        check_announced(&self.announce)?;
        let odd = self.listen.iter().find(|addr| !is_tcp(addr));
        let odd = odd.or_else(|| self.static_peers.iter().find(|addr| !is_static(addr)));
        odd.map_or(Ok(()), |addr| Err(NetError::Unusable { addr: addr.clone() }))
    }
}

/// Checks that these addresses can be announced to other nodes.
///
/// # Errors
/// [`NetError::Unreachable`] for an address that no other node can dial.
pub fn check_announced(announce: &[Multiaddr]) -> Result<(), NetError> {
    match announce.iter().find(|addr| !is_tcp(addr) || reach(addr).is_none()) {
        Some(addr) => Err(NetError::Unreachable { addr: addr.clone() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addresses::multiaddr::all_interfaces;

    #[test]
    fn a_config_is_refused_with_the_field_that_is_wrong() {
        assert!(matches!(TransportConfig::new([0; 32], [1; 32]), Err(NetError::SecretKey(_))));
        let mut config = TransportConfig::new([7; 32], [1; 32]).unwrap();
        assert!(config.check().is_ok());
        config.static_peers = vec!["/dns4/example.org/tcp/1".parse().unwrap()];
        assert!(config.check().is_ok());
        config.static_peers = vec!["/dns4/example.org/udp/1".parse().unwrap()];
        assert!(matches!(config.check(), Err(NetError::Unusable { .. })));
        config.static_peers = vec![loopback(1); MAX_STATIC_PEERS + 1];
        assert!(matches!(config.check(), Err(NetError::TooManyStaticPeers { .. })));
        config.static_peers.clear();
        for nowhere in [loopback(0), all_interfaces(1), "/dns4/example.org/tcp/1".parse().unwrap()] {
            config.announce = vec![nowhere];
            assert!(matches!(config.check(), Err(NetError::Unreachable { .. })));
        }
        config.announce = vec!["/ip4/203.0.113.7/tcp/4001".parse().unwrap()];
        assert!(config.check().is_ok());
        config.listen.clear();
        config.static_peers = vec![loopback(1)];
        assert!(config.check().is_ok(), "a node that only dials");
        config.static_peers.clear();
        assert!(matches!(config.check(), Err(NetError::NoListenAddress)));
    }

    #[test]
    fn debug_output_does_not_show_the_secret() {
        let secret = [0xab; 32];
        let shown = format!("{:?}", TransportConfig::new(secret, [1; 32]).unwrap());
        assert!(!shown.contains("abab") && !shown.contains("171, 171"), "{shown}");
    }
}
