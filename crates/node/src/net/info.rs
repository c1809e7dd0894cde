//! What a node tells of its peers.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use libp2p::core::transport::TransportError;
use libp2p::swarm::{ConnectionError, DialError};
use libp2p::{Multiaddr, PeerId};

use super::address::peer_address;
use super::redial::Target;

/// Who dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The peer dialled this node.
    Inbound,
    /// This node dialled the peer.
    Outbound,
}

/// One peer, as it stands now.
#[derive(Clone, Debug, PartialEq)]
pub struct PeerInfo {
    /// The peer; `None` for a static peer that is configured without an id and never answered.
    pub peer: Option<PeerId>,
    /// The Ethereum address of the peer's key.
    pub address: Option<[u8; 20]>,
    /// The addresses of its connections, then those on which it says that it listens, or its configured address.
    pub addrs: Vec<Multiaddr>,
    /// Who dialled the connection in use.
    pub direction: Option<Direction>,
    /// The last measured round trip.
    pub rtt: Option<Duration>,
    /// When it last answered.
    pub last_seen: Option<Instant>,
    /// Whether messages can be sent to it.
    pub connected: bool,
    /// Its score in gossip; below [`GRAYLIST_SCORE`](super::GRAYLIST_SCORE) it is disconnected and banned.
    pub score: f64,
    /// Urgent messages to it that gave way to newer ones, on the connection in use.
    pub urgent_dropped: u64,
    /// Why it is not connected; `None` if it is.
    pub why_not_connected: Option<WhyNot>,
}

impl PeerInfo {
    /// A static peer that was never connected.
    pub(super) fn never_seen(target: &Target) -> Self {
        Self {
            peer: target.peer,
            address: target.peer.as_ref().and_then(peer_address),
            addrs: vec![target.addr.clone()],
            direction: None,
            rtt: None,
            last_seen: None,
            connected: false,
            score: 0.0,
            urgent_dropped: 0,
            why_not_connected: target.why.or(Some(WhyNot::Opening)),
        }
    }

    /// Adds what the redial table knows of this peer.
    pub(super) fn configured(&mut self, target: &Target) {
        if !self.addrs.contains(&target.addr) {
            self.addrs.push(target.addr.clone());
        }
        if !self.connected && self.why_not_connected != Some(WhyNot::Banned) {
            self.why_not_connected = target.why.or(self.why_not_connected);
        }
    }
}

/// Why a peer is not connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// A connection is being made.
    Opening,
    /// Nobody listens there.
    Refused,
    /// No answer in time.
    TimedOut,
    /// The address cannot be reached from here, or what answers there does not speak our transport.
    Unreachable,
    /// The address is this node's own.
    Itself,
    /// The peer serves another network.
    OtherNetwork,
    /// Another key answered than the address names.
    WrongKey {
        /// The peer that answered.
        found: PeerId,
    },
    /// A connection or memory limit of this node is reached.
    Limit,
    /// The peer sent too much that was bad.
    Banned,
    /// The peer stopped answering pings.
    Silent,
    /// The peer let a message stall.
    Stalled,
    /// The peer announced a message above the bound.
    Oversize,
    /// The connection ended.
    Closed,
    /// This node's owner disconnected it.
    Disconnected,
}

impl WhyNot {
    /// A stable name for logs and interfaces.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Refused => "refused",
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::Itself => "itself",
            Self::OtherNetwork => "other_network",
            Self::WrongKey { .. } => "wrong_key",
            Self::Limit => "limit",
            Self::Banned => "banned",
            Self::Silent => "silent",
            Self::Stalled => "stalled",
            Self::Oversize => "oversize",
            Self::Closed => "closed",
            Self::Disconnected => "disconnected",
        }
    }

    pub(super) fn of_dial(error: &DialError) -> Self {
        match error {
            DialError::LocalPeerId { .. } => Self::Itself,
            DialError::WrongPeerId { obtained, .. } => Self::WrongKey { found: *obtained },
            DialError::Denied { .. } => Self::Limit,
            DialError::Transport(errors) => errors.last().map_or(Self::Unreachable, |(_, error)| of_transport(error)),
            DialError::NoAddresses | DialError::DialPeerConditionFalse(_) | DialError::Aborted => Self::Opening,
        }
    }

    pub(super) const fn of_close(cause: Option<&ConnectionError>) -> Self {
        match cause {
            // A connection without streams is one on which the peers found nothing in common.
            Some(ConnectionError::KeepAliveTimeout) => Self::OtherNetwork,
            Some(ConnectionError::IO(_)) | None => Self::Closed,
        }
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opening => "a connection is being made",
            Self::Refused => "nobody listens there: start the other node, or correct the address",
            Self::TimedOut => "no answer in time: check the address and the firewalls between",
            Self::Unreachable => "not reachable from here: check the address and the route",
            Self::Itself => "the address is this node's own: remove it from the peers",
            Self::OtherNetwork => "the peer serves another network: compare the two genesis files",
            Self::WrongKey { found } => {
                return write!(f, "{found} answers there: correct the /p2p/ part of the address");
            }
            Self::Limit => "a limit of this node is reached: raise it, or disconnect others",
            Self::Banned => "banned for some minutes: it sent too much that was bad",
            Self::Silent => "it stopped answering",
            Self::Stalled => "it let a message stall",
            Self::Oversize => "it announced a message above the bound",
            Self::Closed => "the connection ended",
            Self::Disconnected => "disconnected on request",
        })
    }
}

fn of_transport(error: &TransportError<io::Error>) -> WhyNot {
    let TransportError::Other(error) = error else {
        return WhyNot::Unreachable;
    };
    match deepest_kind(error) {
        io::ErrorKind::ConnectionRefused => WhyNot::Refused,
        io::ErrorKind::TimedOut => WhyNot::TimedOut,
        io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => WhyNot::Closed,
        _ => WhyNot::Unreachable,
    }
}

/// libp2p wraps the system's error several times; the innermost one says what happened.
fn deepest_kind(error: &io::Error) -> io::ErrorKind {
    let mut kind = error.kind();
    let mut inner: Option<&(dyn Error + 'static)> = error.get_ref().map(|inner| inner as &(dyn Error + 'static));
    while let Some(error) = inner {
        inner = match error.downcast_ref::<io::Error>() {
            Some(error) => {
                kind = error.kind();
                error.get_ref().map(|inner| inner as &(dyn Error + 'static))
            }
            None => error.source(),
        };
    }
    kind
}
