//! One peer: its connections, its session, its offences.

use std::time::{Duration, Instant};

use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};

use crate::addresses::multiaddr::is_relayed;
use crate::connections::not_connected_reason::{NotConnectedReason, Offence};
use crate::connections::peer_info::{Direction, PeerInfo, PeerRoute, PeerStatus};
use crate::direct::frame::MIN_BYTES_PER_SECOND;
use crate::direct::traffic::TrafficCount;
use crate::identity::peer_address;

/// Ticks of a second after which a peer without an answer counts as silent: three pings, and room for a slow link.
pub(crate) const MAX_SILENCE: u32 = 20;

/// Unanswered bulk that extends the time until a peer counts as silent: a bound, since a peer that hangs must be noticed.
const MOST_UNANSWERED: u64 = 4 << 20;

/// One open connection.
pub(crate) struct PeerConnection {
    pub(crate) connection: ConnectionId,
    pub(crate) direction: Direction,
    pub(crate) addr: Multiaddr,
    pub(crate) ready: Option<Instant>,
}

/// One peer, connected or not.
#[derive(Default)]
pub(crate) struct PeerRecord {
    pub(crate) connections: Vec<PeerConnection>,
    /// Whether it takes part in gossip; one subscription holds for all its connections.
    pub(crate) subscribed: bool,
    pub(crate) session: Option<u64>,
    pub(crate) announced: Option<u64>,
    pub(crate) listen_addrs: Vec<Multiaddr>,
    pub(crate) rtt: Option<Duration>,
    pub(crate) last_seen: Option<Instant>,
    /// Ticks since its last answer. Ticks instead of a time, so that a pause of this process does not count as silence of its
    /// peers.
    pub(crate) silence: u32,
    /// The bytes on its connection at the last tick.
    pub(crate) traffic: TrafficCount,
    /// The bulk that was sent to it since its last answer.
    pub(crate) unanswered: u64,
    /// The end of its last session.
    pub(crate) lost: Option<Instant>,
    pub(crate) offences: f64,
    pub(crate) last_offence: Option<Offence>,
    pub(crate) banned_until: Option<Instant>,
    pub(crate) reason: Option<NotConnectedReason>,
}

impl PeerRecord {
    pub(crate) fn is_idle(&self) -> bool {
        self.connections.is_empty() && self.announced.is_none()
    }

    /// It answered, or sent something.
    pub(crate) fn is_alive(&mut self) {
        self.silence = 0;
        self.unanswered = 0;
    }

    /// Notes the bytes on its connection so far.
    pub(crate) fn set_traffic(&mut self, traffic: TrafficCount) {
        // The counters of a new connection begin at zero.
        let sent = traffic.bulk.checked_sub(self.traffic.bulk).unwrap_or(traffic.bulk);
        self.unanswered = self.unanswered.saturating_add(sent);
        if traffic.received != self.traffic.received {
            self.is_alive();
        }
        self.traffic = traffic;
    }

    /// Whether it has sent nothing for too many ticks, beyond the time that bulk on a slow link explains.
    pub(crate) fn is_silent(&self) -> bool {
        let bulk = self.unanswered.min(MOST_UNANSWERED) / MIN_BYTES_PER_SECOND;
        self.has_ready_connection() && u64::from(self.silence) > u64::from(MAX_SILENCE).saturating_add(bulk)
    }

    pub(crate) fn has_ready_connection(&self) -> bool {
        self.connections.iter().any(|link| link.ready.is_some())
    }

    /// The connection in use: direct before relayed, then the one that became ready last.
    pub(crate) fn newest(&self) -> Option<&PeerConnection> {
        self.connections
            .iter()
            .filter(|link| link.ready.is_some())
            .max_by_key(|link| (!is_relayed(&link.addr), link.ready, link.connection))
    }

    /// The state of this peer; score and drops are for the caller to add.
    pub(crate) fn info(&self, id: PeerId) -> PeerInfo {
        let state = match (self.session, self.lost) {
            (Some(_), _) => PeerStatus::Connected,
            (None, Some(since)) => PeerStatus::Offline { since },
            (None, None) => PeerStatus::NeverReached,
        };
        let connected = state == PeerStatus::Connected;
        let used = self.newest().map(|link| &link.addr);
        let of_connections = used.into_iter().chain(self.connections.iter().map(|link| &link.addr));
        let mut addrs: Vec<Multiaddr> = Vec::new();
        for addr in of_connections.chain(&self.listen_addrs) {
            if !addrs.contains(addr) {
                addrs.push(addr.clone());
            }
        }
        PeerInfo {
            peer: Some(id),
            address: peer_address(&id),
            addrs,
            direction: self.newest().map(|link| link.direction),
            route: used.map(PeerRoute::of),
            rtt: self.rtt.filter(|_| connected),
            last_seen: self.last_seen,
            state,
            configured: false,
            score: 0.0,
            urgent_dropped: 0,
            not_connected_reason: if connected { None } else { self.reason.or(Some(NotConnectedReason::Opening)) },
        }
    }
}
