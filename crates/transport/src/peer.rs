//! One peer: its connections, its session, what is held against it.

use std::time::{Duration, Instant};

use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};

use super::address::peer_address;
use super::config::is_relayed;
use super::frame::MIN_BYTES_PER_SECOND;
use super::info::{Direction, PeerInfo, Route, State};
use super::traffic::Moved;
use super::why::{Offence, WhyNot};

/// Ticks of a second after which a peer that answers nothing is gone: three pings and room for a slow link.
pub(super) const MAX_SILENCE: u32 = 20;

/// The bulk that a peer may have on its way to it and be waited for: what hangs must not be waited for without end.
const MOST_UNANSWERED: u64 = 4 << 20;

/// One open connection.
pub(super) struct Link {
    pub(super) connection: ConnectionId,
    pub(super) direction: Direction,
    pub(super) addr: Multiaddr,
    pub(super) ready: Option<Instant>,
}

/// One peer, connected or not.
#[derive(Default)]
pub(super) struct Peer {
    pub(super) links: Vec<Link>,
    /// Whether it takes part in gossip; said once for all its connections.
    pub(super) subscribed: bool,
    pub(super) session: Option<u64>,
    pub(super) announced: Option<u64>,
    pub(super) claimed: Vec<Multiaddr>,
    pub(super) rtt: Option<Duration>,
    pub(super) last_seen: Option<Instant>,
    /// Ticks since it last answered: not a time, so that a node which itself stood still blames nobody for it.
    pub(super) silence: u32,
    /// What had moved when it was last looked at.
    pub(super) moved: Moved,
    /// The bulk that was sent to it since it last answered.
    pub(super) unanswered: u64,
    /// When its last session ended.
    pub(super) lost: Option<Instant>,
    pub(super) offences: f64,
    pub(super) last_offence: Option<Offence>,
    pub(super) banned_until: Option<Instant>,
    pub(super) why: Option<WhyNot>,
}

impl Peer {
    pub(super) fn is_idle(&self) -> bool {
        self.links.is_empty() && self.announced.is_none()
    }

    /// It answered, or said something by itself.
    pub(super) fn is_alive(&mut self) {
        self.silence = 0;
        self.unanswered = 0;
    }

    /// What moved until now.
    pub(super) fn moved(&mut self, moved: Moved) {
        // Another connection counts anew.
        let sent = moved.bulk.checked_sub(self.moved.bulk).unwrap_or(moved.bulk);
        self.unanswered = self.unanswered.saturating_add(sent);
        if moved.heard != self.moved.heard {
            self.is_alive();
        }
        self.moved = moved;
    }

    /// Whether it has answered nothing for too many ticks, and not because answers wait behind bulk on a slow link.
    pub(super) fn is_silent(&self) -> bool {
        let bulk = self.unanswered.min(MOST_UNANSWERED) / MIN_BYTES_PER_SECOND;
        self.is_linked() && u64::from(self.silence) > u64::from(MAX_SILENCE).saturating_add(bulk)
    }

    pub(super) fn is_linked(&self) -> bool {
        self.links.iter().any(|link| link.ready.is_some())
    }

    /// The connection in use: a direct one before one through a relay, then the one that became ready last.
    pub(super) fn newest(&self) -> Option<&Link> {
        self.links
            .iter()
            .filter(|link| link.ready.is_some())
            .max_by_key(|link| (!is_relayed(&link.addr), link.ready, link.connection))
    }

    /// What is told of this peer; score and drops are for others to add.
    pub(super) fn info(&self, id: PeerId) -> PeerInfo {
        let state = match (self.session, self.lost) {
            (Some(_), _) => State::Connected,
            (None, Some(since)) => State::Offline { since },
            (None, None) => State::NeverReached,
        };
        let connected = state == State::Connected;
        let used = self.newest().map(|link| &link.addr);
        let of_links = used.into_iter().chain(self.links.iter().map(|link| &link.addr));
        let mut addrs: Vec<Multiaddr> = Vec::new();
        for addr in of_links.chain(&self.claimed) {
            if !addrs.contains(addr) {
                addrs.push(addr.clone());
            }
        }
        PeerInfo {
            peer: Some(id),
            address: peer_address(&id),
            addrs,
            direction: self.newest().map(|link| link.direction),
            route: used.map(Route::of),
            rtt: self.rtt.filter(|_| connected),
            last_seen: self.last_seen,
            state,
            configured: false,
            score: 0.0,
            urgent_dropped: 0,
            why_not_connected: if connected { None } else { self.why.or(Some(WhyNot::Opening)) },
        }
    }
}
