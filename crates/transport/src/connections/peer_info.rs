//! The state of a peer, for status pages and logs.

use std::time::{Duration, Instant};

use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

use crate::addresses::multiaddr::is_relayed;
use crate::connections::not_connected_reason::NotConnectedReason;
use crate::connections::static_peers::StaticPeer;
use crate::identity::peer_address;

/// The side that dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The peer dialled this node.
    Inbound,
    /// This node dialled the peer.
    Outbound,
}

/// The route of a connection to a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerRoute {
    /// Without a relay.
    Direct,
    /// Through this relay, if it is known.
    Relayed(Option<PeerId>),
}

impl PeerRoute {
    /// The route of a connection to `addr`.
    pub(crate) fn of(addr: &Multiaddr) -> Self {
        let before = addr.iter().take_while(|part| *part != Protocol::P2pCircuit).last();
        match before {
            _ if !is_relayed(addr) => Self::Direct,
            Some(Protocol::P2p(relay)) => Self::Relayed(Some(relay)),
            _ => Self::Relayed(None),
        }
    }
}

/// Whether a peer takes messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerStatus {
    /// It takes messages.
    Connected,
    /// It was connected before.
    Offline {
        /// When its last connection ended.
        since: Instant,
    },
    /// It was never connected since this node started.
    NeverReached,
}

/// One peer at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct PeerInfo {
    /// The peer; `None` for a static peer that is configured without an id and never answered.
    pub peer: Option<PeerId>,
    /// The Ethereum address of the peer's key.
    pub address: Option<[u8; 20]>,
    /// The addresses of its connections, then those that it announces, or its configured address.
    pub addrs: Vec<Multiaddr>,
    /// The side that dialled the connection in use.
    pub direction: Option<Direction>,
    /// The route of the connection in use.
    pub route: Option<PeerRoute>,
    /// The last measured round trip, while it is connected.
    pub rtt: Option<Duration>,
    /// The time of its last answer.
    pub last_seen: Option<Instant>,
    /// Whether it takes messages.
    pub state: PeerStatus,
    /// Whether it is a static peer, which is dialled again whenever it is lost.
    pub configured: bool,
    /// Its score in gossip; below [`GRAYLIST_SCORE`](crate::GRAYLIST_SCORE) it is disconnected and banned.
    pub score: f64,
    /// Urgent messages to it that newer ones replaced in the queue of the connection in use.
    pub urgent_dropped: u64,
    /// The reason why it is not connected; `None` if it is.
    pub not_connected_reason: Option<NotConnectedReason>,
}

impl PeerInfo {
    /// A static peer that was never connected.
    pub(crate) fn never_seen(target: &StaticPeer) -> Self {
        Self {
            peer: target.peer,
            address: target.peer.as_ref().and_then(peer_address),
            addrs: vec![target.addr.clone()],
            direction: None,
            route: None,
            rtt: None,
            last_seen: None,
            state: PeerStatus::NeverReached,
            configured: true,
            score: 0.0,
            urgent_dropped: 0,
            not_connected_reason: target.reason.or(Some(NotConnectedReason::Opening)),
        }
    }

    /// A member in the address book that was never connected.
    pub(crate) fn discovered(peer: PeerId, addrs: Vec<Multiaddr>, reason: Option<NotConnectedReason>) -> Self {
        Self {
            peer: Some(peer),
            address: peer_address(&peer),
            addrs,
            direction: None,
            route: None,
            rtt: None,
            last_seen: None,
            state: PeerStatus::NeverReached,
            configured: false,
            score: 0.0,
            urgent_dropped: 0,
            not_connected_reason: reason.or(Some(NotConnectedReason::Opening)),
        }
    }

    /// Adds the state of this peer in the table of static peers.
    pub(crate) fn add_configuration(&mut self, target: &StaticPeer) {
        self.configured = true;
        if !self.addrs.contains(&target.addr) {
            self.addrs.push(target.addr.clone());
        }
        let banned = matches!(self.not_connected_reason, Some(NotConnectedReason::Banned { .. }));
        if self.state != PeerStatus::Connected && !banned {
            self.not_connected_reason = target.reason.or(self.not_connected_reason);
        }
    }
}
