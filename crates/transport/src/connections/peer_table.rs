//! The peers that are or were connected: the table behind `peers()` and behind `Connected` and `Disconnected`.
//!
//! A peer has a *session* from its first ready connection to the end of its last one. A session is announced when the
//! receiver of events has room. For each peer the table holds the session that was announced last. So a slow receiver
//! misses sessions that ended meanwhile, its last state is always right, and the table does not grow.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};

use crate::addresses::reachability::{Reach, reach_of_peer};
use crate::connections::not_connected_reason::{NotConnectedReason, Offence};
use crate::connections::peer::{PeerConnection, PeerRecord};
use crate::connections::peer_info::{Direction, PeerInfo};
use crate::direct::traffic::TrafficCount;
use crate::gossip::BAN;

/// Peers in the table. Static peers have a table of their own beside it.
const MAX_KNOWN: usize = 512;

/// The score of one offence. Four within minutes reach the graylist.
const OFFENCE_SCORE: f64 = 25.0;

/// The decrease of a peer's offence score each second.
const FORGIVEN_PER_TICK: f64 = 0.1;

/// A change of a session, for the receiver of events.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SessionChange {
    Connected(PeerId),
    Disconnected(PeerId),
}

/// All peers that are or were recently connected.
#[derive(Default)]
pub(crate) struct PeerTable {
    table: BTreeMap<PeerId, PeerRecord>,
    /// Peers whose session differs from the announced one.
    unannounced: BTreeSet<PeerId>,
    sessions: u64,
}

impl PeerTable {
    /// A connection is open. Returns a peer that was removed to make room.
    pub(crate) fn opened(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        direction: Direction,
        addr: Multiaddr,
    ) -> Option<PeerId> {
        let link = PeerConnection { connection, direction, addr, ready: None };
        self.table.entry(peer).or_default().connections.push(link);
        (self.table.len() > MAX_KNOWN).then(|| self.evict()).flatten()
    }

    fn evict(&mut self) -> Option<PeerId> {
        let idle = self.table.iter().filter(|(_, peer)| peer.is_idle());
        // Peers without a ban first, then the one whose ban ends first: its removal ends the ban.
        let (id, _) = idle.min_by_key(|(_, peer)| peer.banned_until)?;
        let id = *id;
        self.table.remove(&id);
        Some(id)
    }

    /// A connection is ready.
    pub(crate) fn ready(&mut self, id: PeerId, connection: ConnectionId, now: Instant) {
        let Some(peer) = self.table.get_mut(&id) else {
            return;
        };
        for link in peer.connections.iter_mut().filter(|link| link.connection == connection) {
            link.ready = Some(now);
        }
        peer.reason = None;
        peer.last_seen = Some(now);
        peer.is_alive();
        self.begin(id);
    }

    /// A peer takes part in gossip.
    pub(crate) fn subscribed(&mut self, id: PeerId) {
        if let Some(peer) = self.table.get_mut(&id) {
            peer.subscribed = true;
            self.begin(id);
        }
    }

    /// Begins a session once the peer takes direct messages and gossip.
    fn begin(&mut self, id: PeerId) {
        let Some(peer) = self.table.get_mut(&id) else {
            return;
        };
        if peer.session.is_none() && peer.subscribed && peer.has_ready_connection() {
            self.sessions += 1;
            peer.session = Some(self.sessions);
            self.unannounced.insert(id);
        }
    }

    /// Connections that a newer one replaced at least `after` ago.
    pub(crate) fn surplus(&self, after: Duration, now: Instant) -> Vec<(PeerId, ConnectionId)> {
        let mut surplus = Vec::new();
        for (id, peer) in &self.table {
            let Some(newest) = peer.newest() else {
                continue;
            };
            if newest.ready.is_some_and(|ready| ready + after <= now) {
                let older = peer.connections.iter().filter(|link| link.ready.is_some());
                let older = older.map(|link| link.connection).filter(|other| *other != newest.connection);
                surplus.extend(older.map(|connection| (*id, connection)));
            }
        }
        surplus
    }

    /// A connection closed. Returns whether it was the peer's last ready one.
    pub(crate) fn closed(
        &mut self,
        id: PeerId,
        connection: ConnectionId,
        reason: NotConnectedReason,
        now: Instant,
    ) -> bool {
        let Some(peer) = self.table.get_mut(&id) else {
            return false;
        };
        let linked = peer.has_ready_connection();
        peer.connections.retain(|link| link.connection != connection);
        peer.subscribed &= !peer.connections.is_empty();
        if peer.has_ready_connection() {
            return false;
        }
        peer.reason.get_or_insert(reason);
        if peer.session.take().is_some() {
            peer.lost = Some(now);
            self.unannounced.insert(id);
        }
        linked
    }

    /// Whether a session change waits for the receiver.
    pub(crate) fn has_changes(&self) -> bool {
        !self.unannounced.is_empty()
    }

    /// The next session change to announce.
    pub(crate) fn next_change(&mut self) -> Option<SessionChange> {
        while let Some(id) = self.unannounced.first().copied() {
            let Some(peer) = self.table.get_mut(&id) else {
                self.unannounced.remove(&id);
                continue;
            };
            if peer.announced.is_some() && peer.announced != peer.session {
                peer.announced = None;
                return Some(SessionChange::Disconnected(id));
            }
            self.unannounced.remove(&id);
            if peer.session.is_some() && peer.announced.is_none() {
                peer.announced = peer.session;
                return Some(SessionChange::Connected(id));
            }
        }
        None
    }

    /// The ready connections of a peer whose session is announced.
    pub(crate) fn announced(&self, id: &PeerId) -> Vec<ConnectionId> {
        let Some(peer) = self.table.get(id) else {
            return Vec::new();
        };
        let told = peer.session.is_some() && peer.announced == peer.session;
        peer.connections.iter().filter(|link| told && link.ready.is_some()).map(|link| link.connection).collect()
    }

    /// Whether a peer has a ready connection.
    pub(crate) fn has_ready_connection(&self, id: &PeerId) -> bool {
        self.table.get(id).is_some_and(PeerRecord::has_ready_connection)
    }

    /// Whether a peer has an open connection, ready or not.
    pub(crate) fn has_connection(&self, id: &PeerId) -> bool {
        self.table.get(id).is_some_and(|peer| !peer.connections.is_empty())
    }

    pub(crate) fn is_banned(&self, id: &PeerId) -> bool {
        self.table.get(id).is_some_and(|peer| peer.banned_until.is_some())
    }

    /// Peers with a session.
    pub(crate) fn in_session(&self) -> Vec<PeerId> {
        self.table.iter().filter(|(_, peer)| peer.session.is_some()).map(|(id, _)| *id).collect()
    }

    /// The connections that this node dialled.
    pub(crate) fn dialled(&self) -> impl Iterator<Item = (&PeerId, &Multiaddr)> {
        self.table.iter().flat_map(|(id, peer)| {
            let outbound = peer.connections.iter().filter(|link| link.direction == Direction::Outbound);
            outbound.map(move |link| (id, &link.addr))
        })
    }

    /// The address that this node dialled for a connection, if it dialled.
    pub(crate) fn dialled_at(&self, id: &PeerId, connection: ConnectionId) -> Option<Multiaddr> {
        let link = self.link(id, connection)?;
        (link.direction == Direction::Outbound).then(|| link.addr.clone())
    }

    /// How far the peer at the other end of a connection reaches.
    pub(crate) fn reach(&self, id: &PeerId, connection: ConnectionId) -> Option<Reach> {
        Some(reach_of_peer(&self.link(id, connection)?.addr))
    }

    /// The reach of the farthest connected peer.
    pub(crate) fn farthest_reach(&self) -> Option<Reach> {
        self.table.values().flat_map(|peer| &peer.connections).map(|link| reach_of_peer(&link.addr)).max()
    }

    fn link(&self, id: &PeerId, connection: ConnectionId) -> Option<&PeerConnection> {
        self.table.get(id)?.connections.iter().find(|link| link.connection == connection)
    }

    /// All peers with an open connection, ready or not.
    pub(crate) fn open(&self) -> Vec<PeerId> {
        self.table.iter().filter(|(_, peer)| !peer.connections.is_empty()).map(|(id, _)| *id).collect()
    }

    /// A peer answered a ping.
    pub(crate) fn answered_ping(&mut self, id: &PeerId, rtt: Duration, now: Instant) {
        if let Some(peer) = self.table.get_mut(id) {
            peer.rtt = Some(rtt);
            peer.last_seen = Some(now);
            peer.is_alive();
        }
    }

    /// Notes the bytes on a peer's connection so far: a peer that sends is alive.
    pub(crate) fn set_traffic(&mut self, id: &PeerId, traffic: TrafficCount) {
        if let Some(peer) = self.table.get_mut(id) {
            peer.set_traffic(traffic);
        }
    }

    /// Peers with a ready connection that have sent nothing for too many ticks.
    pub(crate) fn silent(&self) -> Vec<PeerId> {
        self.table.iter().filter(|(_, peer)| peer.is_silent()).map(|(id, _)| *id).collect()
    }

    /// Notes the addresses that a peer announces as its own.
    pub(crate) fn set_listen_addrs(&mut self, id: &PeerId, addrs: Vec<Multiaddr>) {
        if let Some(peer) = self.table.get_mut(id) {
            peer.listen_addrs = addrs;
        }
    }

    /// The reason why a peer is not connected, if it is known.
    pub(crate) fn reason(&self, id: &PeerId) -> Option<NotConnectedReason> {
        self.table.get(id)?.reason
    }

    /// Notes why a peer will be disconnected, or could not be reached. The reason of a ban stays.
    pub(crate) fn set_reason(&mut self, id: &PeerId, reason: NotConnectedReason) {
        if let Some(peer) = self.table.get_mut(id).filter(|peer| peer.banned_until.is_none()) {
            peer.reason = Some(reason);
        }
    }

    /// Counts an offence.
    pub(crate) fn count_offence(&mut self, id: &PeerId, offence: Offence) {
        if let Some(peer) = self.table.get_mut(id) {
            peer.last_offence = Some(offence);
            peer.offences += OFFENCE_SCORE;
        }
    }

    /// The application score of a peer: zero or less.
    pub(crate) fn application_score(&self, id: &PeerId) -> f64 {
        self.table.get(id).map_or(0.0, |peer| -peer.offences)
    }

    /// Bans a peer for [`BAN`].
    pub(crate) fn ban(&mut self, id: &PeerId, now: Instant) {
        if let Some(peer) = self.table.get_mut(id) {
            peer.banned_until = Some(now + BAN);
            let offence = peer.last_offence.unwrap_or(Offence::Gossip);
            peer.reason = Some(NotConnectedReason::Banned { offence });
        }
    }

    /// A second has passed. Returns the peers whose ban is over.
    pub(crate) fn tick(&mut self, now: Instant) -> Vec<PeerId> {
        let mut free = Vec::new();
        for (id, peer) in &mut self.table {
            peer.silence = peer.silence.saturating_add(1);
            peer.offences = (peer.offences - FORGIVEN_PER_TICK).max(0.0);
            if peer.banned_until.is_some_and(|until| until <= now) {
                peer.banned_until = None;
                peer.offences = 0.0;
                free.push(*id);
            }
        }
        free
    }

    /// The state of every peer; scores and drops are for the caller to add.
    pub(crate) fn snapshot(&self) -> Vec<PeerInfo> {
        self.table.iter().map(|(id, peer)| peer.info(*id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addresses::multiaddr::loopback;
    use crate::clock::now;
    use crate::connections::peer::MAX_SILENCE;
    use crate::direct::frame::MIN_BYTES_PER_SECOND;

    fn open(peers: &mut PeerTable, peer: PeerId, n: usize) -> ConnectionId {
        let connection = ConnectionId::new_unchecked(n);
        peers.opened(peer, connection, Direction::Inbound, loopback(1));
        peers.ready(peer, connection, now());
        peers.subscribed(peer);
        connection
    }

    #[test]
    fn a_slow_receiver_gets_the_last_state_and_the_change_of_session() {
        let (mut peers, peer) = (PeerTable::default(), PeerId::random());
        let one = open(&mut peers, peer, 1);
        assert_eq!(peers.next_change(), Some(SessionChange::Connected(peer)));
        assert!(peers.closed(peer, one, NotConnectedReason::Closed, now()));
        let two = open(&mut peers, peer, 2);
        assert_eq!(peers.next_change(), Some(SessionChange::Disconnected(peer)));
        assert!(peers.announced(&peer).is_empty(), "nothing is delivered before it is announced");
        assert_eq!(peers.next_change(), Some(SessionChange::Connected(peer)));
        assert_eq!(peers.announced(&peer), [two]);
        assert_eq!(peers.next_change(), None);
    }

    #[test]
    fn a_second_connection_is_the_same_session() {
        let (mut peers, peer) = (PeerTable::default(), PeerId::random());
        let one = open(&mut peers, peer, 1);
        peers.next_change();
        let two = ConnectionId::new_unchecked(2);
        peers.opened(peer, two, Direction::Outbound, loopback(2));
        let now = now();
        peers.ready(peer, two, now);
        let grace = Duration::from_secs(2);
        assert!(peers.surplus(grace, now).is_empty());
        assert_eq!(peers.surplus(grace, now + grace), [(peer, one)]);
        assert!(!peers.closed(peer, one, NotConnectedReason::Closed, now));
        assert!(!peers.has_changes() && peers.has_ready_connection(&peer));
    }

    #[test]
    fn a_session_begins_when_the_peer_takes_gossip_too() {
        let (mut peers, peer) = (PeerTable::default(), PeerId::random());
        let one = ConnectionId::new_unchecked(1);
        peers.opened(peer, one, Direction::Inbound, loopback(1));
        peers.ready(peer, one, now());
        assert_eq!(peers.next_change(), None);
        peers.subscribed(peer);
        assert_eq!(peers.next_change(), Some(SessionChange::Connected(peer)));
    }

    #[test]
    fn the_table_is_bounded_by_what_is_connected() {
        let mut peers = PeerTable::default();
        for n in 0..MAX_KNOWN + 10 {
            let peer = PeerId::random();
            let connection = open(&mut peers, peer, n);
            while peers.next_change().is_some() {}
            peers.closed(peer, connection, NotConnectedReason::Closed, now());
            while peers.next_change().is_some() {}
        }
        assert!(peers.table.len() <= MAX_KNOWN);
    }

    #[test]
    fn a_peer_is_silent_after_many_ticks_and_not_because_much_time_went_by_at_once() {
        let (mut peers, peer, now) = (PeerTable::default(), PeerId::random(), now());
        let connection = open(&mut peers, peer, 1);
        peers.tick(now + BAN);
        assert!(peers.silent().is_empty());
        (0..MAX_SILENCE).for_each(|_| drop(peers.tick(now)));
        assert_eq!(peers.silent(), [peer]);
        peers.answered_ping(&peer, Duration::ZERO, now);
        assert!(peers.silent().is_empty());
        (0..=MAX_SILENCE).for_each(|_| drop(peers.tick(now)));
        peers.closed(peer, connection, NotConnectedReason::Silent, now);
        assert!(peers.silent().is_empty());
    }

    #[test]
    fn a_peer_that_sends_is_not_silent_and_one_that_is_sent_bulk_has_more_time() {
        let (mut peers, peer, now) = (PeerTable::default(), PeerId::random(), now());
        open(&mut peers, peer, 1);
        let ticks = |peers: &mut PeerTable, ticks: u32| (0..ticks).for_each(|_| drop(peers.tick(now)));
        for received in 1..=3 {
            ticks(&mut peers, MAX_SILENCE);
            peers.set_traffic(&peer, TrafficCount { received, bulk: 0 });
        }
        assert!(peers.silent().is_empty());
        peers.set_traffic(&peer, TrafficCount { received: 3, bulk: 10 * MIN_BYTES_PER_SECOND });
        ticks(&mut peers, MAX_SILENCE + 10);
        assert!(peers.silent().is_empty());
        ticks(&mut peers, 1);
        assert_eq!(peers.silent(), [peer]);
        // The extension is bounded, however much bulk is sent.
        peers.set_traffic(&peer, TrafficCount { received: 3, bulk: u64::MAX });
        ticks(&mut peers, 250);
        assert_eq!(peers.silent(), [peer]);
    }

    #[test]
    fn a_ban_ends_and_resets_the_score() {
        let (mut peers, peer, now) = (PeerTable::default(), PeerId::random(), now());
        open(&mut peers, peer, 1);
        peers.count_offence(&peer, Offence::Message);
        assert!(peers.application_score(&peer) < -20.0);
        peers.ban(&peer, now);
        assert!(peers.tick(now).is_empty());
        assert_eq!(peers.tick(now + BAN), [peer]);
        assert!(peers.application_score(&peer).abs() < f64::EPSILON);
    }
}
