//! Who is connected, who was, and why not: the table behind `peers()` and behind `Connected` and `Disconnected`.
//!
//! A peer has a *session* from its first ready connection to the end of its last one. Sessions are announced when the
//! receiver has room, so the table holds, for each peer, which session was announced: a receiver that falls behind
//! misses flaps, but never sees a wrong last state, and nothing here grows while it sleeps.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};

use crate::addresses::reachability::{Scope, teller};
use crate::connections::not_connected_reason::{Offence, WhyNot};
use crate::connections::peer::{Link, Peer};
use crate::connections::peer_info::{Direction, PeerInfo};
use crate::direct::traffic::Moved;
use crate::gossip::BAN;

/// Peers that are remembered after they left. Static peers are remembered by the redial table in any case.
const MAX_KNOWN: usize = 512;

/// One offence that a peer can commit only on purpose. Four of them, within minutes, reach the graylist.
const OFFENCE: f64 = 25.0;

/// What is forgiven each second.
const FORGIVEN: f64 = 0.1;

/// What the table tells the receiver of events.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum News {
    Connected(PeerId),
    Disconnected(PeerId),
}

/// All peers that are connected or were lately.
#[derive(Default)]
pub(crate) struct Peers {
    table: BTreeMap<PeerId, Peer>,
    /// Peers whose session differs from the announced one.
    untold: BTreeSet<PeerId>,
    sessions: u64,
}

impl Peers {
    /// A connection is open. Returns a peer that had to be forgotten to make room.
    pub(crate) fn opened(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        direction: Direction,
        addr: Multiaddr,
    ) -> Option<PeerId> {
        let link = Link { connection, direction, addr, ready: None };
        self.table.entry(peer).or_default().links.push(link);
        (self.table.len() > MAX_KNOWN).then(|| self.evict()).flatten()
    }

    fn evict(&mut self) -> Option<PeerId> {
        let idle = self.table.iter().filter(|(_, peer)| peer.is_idle());
        // Banned peers go last, and of those the ban that ends first.
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
        for link in peer.links.iter_mut().filter(|link| link.connection == connection) {
            link.ready = Some(now);
        }
        peer.why = None;
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

    /// A session begins once messages reach the peer both ways: directly and by gossip.
    fn begin(&mut self, id: PeerId) {
        let Some(peer) = self.table.get_mut(&id) else {
            return;
        };
        if peer.session.is_none() && peer.subscribed && peer.is_linked() {
            self.sessions += 1;
            peer.session = Some(self.sessions);
            self.untold.insert(id);
        }
    }

    /// Connections that a newer one replaced `after` ago or longer.
    pub(crate) fn surplus(&self, after: Duration, now: Instant) -> Vec<(PeerId, ConnectionId)> {
        let mut surplus = Vec::new();
        for (id, peer) in &self.table {
            let Some(newest) = peer.newest() else {
                continue;
            };
            if newest.ready.is_some_and(|ready| ready + after <= now) {
                let older = peer.links.iter().filter(|link| link.ready.is_some());
                let older = older.map(|link| link.connection).filter(|other| *other != newest.connection);
                surplus.extend(older.map(|connection| (*id, connection)));
            }
        }
        surplus
    }

    /// A connection is gone. Returns whether it was the peer's last ready one.
    pub(crate) fn closed(&mut self, id: PeerId, connection: ConnectionId, why: WhyNot, now: Instant) -> bool {
        let Some(peer) = self.table.get_mut(&id) else {
            return false;
        };
        let linked = peer.is_linked();
        peer.links.retain(|link| link.connection != connection);
        peer.subscribed &= !peer.links.is_empty();
        if peer.is_linked() {
            return false;
        }
        peer.why.get_or_insert(why);
        if peer.session.take().is_some() {
            peer.lost = Some(now);
            self.untold.insert(id);
        }
        linked
    }

    /// Whether there is something to announce.
    pub(crate) fn has_news(&self) -> bool {
        !self.untold.is_empty()
    }

    /// The next thing to announce.
    pub(crate) fn next_news(&mut self) -> Option<News> {
        while let Some(id) = self.untold.first().copied() {
            let Some(peer) = self.table.get_mut(&id) else {
                self.untold.remove(&id);
                continue;
            };
            if peer.announced.is_some() && peer.announced != peer.session {
                peer.announced = None;
                return Some(News::Disconnected(id));
            }
            self.untold.remove(&id);
            if peer.session.is_some() && peer.announced.is_none() {
                peer.announced = peer.session;
                return Some(News::Connected(id));
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
        peer.links.iter().filter(|link| told && link.ready.is_some()).map(|link| link.connection).collect()
    }

    /// Whether a peer has a ready connection.
    pub(crate) fn is_linked(&self, id: &PeerId) -> bool {
        self.table.get(id).is_some_and(Peer::is_linked)
    }

    /// Whether a peer has an open connection, ready or not.
    pub(crate) fn has_link(&self, id: &PeerId) -> bool {
        self.table.get(id).is_some_and(|peer| !peer.links.is_empty())
    }

    pub(crate) fn is_banned(&self, id: &PeerId) -> bool {
        self.table.get(id).is_some_and(|peer| peer.banned_until.is_some())
    }

    /// Peers to which messages can be sent.
    pub(crate) fn in_session(&self) -> Vec<PeerId> {
        self.table.iter().filter(|(_, peer)| peer.session.is_some()).map(|(id, _)| *id).collect()
    }

    /// The connections that this node dialled.
    pub(crate) fn dialled(&self) -> impl Iterator<Item = (&PeerId, &Multiaddr)> {
        self.table.iter().flat_map(|(id, peer)| {
            let outbound = peer.links.iter().filter(|link| link.direction == Direction::Outbound);
            outbound.map(move |link| (id, &link.addr))
        })
    }

    /// The address at which this node dialled a connection, if it did.
    pub(crate) fn dialled_at(&self, id: &PeerId, connection: ConnectionId) -> Option<Multiaddr> {
        let link = self.link(id, connection)?;
        (link.direction == Direction::Outbound).then(|| link.addr.clone())
    }

    /// How far the peer at the other end of a connection may reach.
    pub(crate) fn reach(&self, id: &PeerId, connection: ConnectionId) -> Option<Scope> {
        Some(teller(&self.link(id, connection)?.addr))
    }

    /// How far the farthest of all connected peers may reach.
    pub(crate) fn farthest(&self) -> Option<Scope> {
        self.table.values().flat_map(|peer| &peer.links).map(|link| teller(&link.addr)).max()
    }

    fn link(&self, id: &PeerId, connection: ConnectionId) -> Option<&Link> {
        self.table.get(id)?.links.iter().find(|link| link.connection == connection)
    }

    /// All peers with an open connection, ready or not.
    pub(crate) fn open(&self) -> Vec<PeerId> {
        self.table.iter().filter(|(_, peer)| !peer.links.is_empty()).map(|(id, _)| *id).collect()
    }

    /// A peer answered a ping.
    pub(crate) fn seen(&mut self, id: &PeerId, rtt: Duration, now: Instant) {
        if let Some(peer) = self.table.get_mut(id) {
            peer.rtt = Some(rtt);
            peer.last_seen = Some(now);
            peer.is_alive();
        }
    }

    /// What moved on a peer's connection until now: who sends is alive.
    pub(crate) fn moved(&mut self, id: &PeerId, moved: Moved) {
        if let Some(peer) = self.table.get_mut(id) {
            peer.moved(moved);
        }
    }

    /// Peers with a ready connection that answered nothing for too many ticks.
    pub(crate) fn silent(&self) -> Vec<PeerId> {
        self.table.iter().filter(|(_, peer)| peer.is_silent()).map(|(id, _)| *id).collect()
    }

    /// A peer says where it listens.
    pub(crate) fn claimed(&mut self, id: &PeerId, addrs: Vec<Multiaddr>) {
        if let Some(peer) = self.table.get_mut(id) {
            peer.claimed = addrs;
        }
    }

    /// Why a peer is not connected, if that is known.
    pub(crate) fn why(&self, id: &PeerId) -> Option<WhyNot> {
        self.table.get(id)?.why
    }

    /// Notes why a peer is about to be disconnected, or could not be reached.
    pub(crate) fn blame(&mut self, id: &PeerId, why: WhyNot) {
        if let Some(peer) = self.table.get_mut(id).filter(|peer| peer.banned_until.is_none()) {
            peer.why = Some(why);
        }
    }

    /// Counts an offence.
    pub(crate) fn offended(&mut self, id: &PeerId, offence: Offence) {
        if let Some(peer) = self.table.get_mut(id) {
            peer.last_offence = Some(offence);
            peer.offences += OFFENCE;
        }
    }

    /// The application score of a peer: zero or less.
    pub(crate) fn application_score(&self, id: &PeerId) -> f64 {
        self.table.get(id).map_or(0.0, |peer| -peer.offences)
    }

    /// Keeps a peer away for [`BAN`].
    pub(crate) fn ban(&mut self, id: &PeerId, now: Instant) {
        if let Some(peer) = self.table.get_mut(id) {
            peer.banned_until = Some(now + BAN);
            let offence = peer.last_offence.unwrap_or(Offence::Gossip);
            peer.why = Some(WhyNot::Banned { offence });
        }
    }

    /// A second has passed. Returns the peers whose ban is over.
    pub(crate) fn tick(&mut self, now: Instant) -> Vec<PeerId> {
        let mut free = Vec::new();
        for (id, peer) in &mut self.table {
            peer.silence = peer.silence.saturating_add(1);
            peer.offences = (peer.offences - FORGIVEN).max(0.0);
            if peer.banned_until.is_some_and(|until| until <= now) {
                peer.banned_until = None;
                peer.offences = 0.0;
                free.push(*id);
            }
        }
        free
    }

    /// What is known of every peer.
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

    fn open(peers: &mut Peers, peer: PeerId, n: usize) -> ConnectionId {
        let connection = ConnectionId::new_unchecked(n);
        peers.opened(peer, connection, Direction::Inbound, loopback(1));
        peers.ready(peer, connection, now());
        peers.subscribed(peer);
        connection
    }

    #[test]
    fn a_receiver_that_slept_hears_the_last_state_and_that_the_session_changed() {
        let (mut peers, peer) = (Peers::default(), PeerId::random());
        let one = open(&mut peers, peer, 1);
        assert_eq!(peers.next_news(), Some(News::Connected(peer)));
        assert!(peers.closed(peer, one, WhyNot::Closed, now()));
        let two = open(&mut peers, peer, 2);
        assert_eq!(peers.next_news(), Some(News::Disconnected(peer)));
        assert!(peers.announced(&peer).is_empty(), "nothing is delivered before it is announced");
        assert_eq!(peers.next_news(), Some(News::Connected(peer)));
        assert_eq!(peers.announced(&peer), [two]);
        assert_eq!(peers.next_news(), None);
    }

    #[test]
    fn a_second_connection_is_the_same_session() {
        let (mut peers, peer) = (Peers::default(), PeerId::random());
        let one = open(&mut peers, peer, 1);
        peers.next_news();
        let two = ConnectionId::new_unchecked(2);
        peers.opened(peer, two, Direction::Outbound, loopback(2));
        let now = now();
        peers.ready(peer, two, now);
        let grace = Duration::from_secs(2);
        assert!(peers.surplus(grace, now).is_empty());
        assert_eq!(peers.surplus(grace, now + grace), [(peer, one)]);
        assert!(!peers.closed(peer, one, WhyNot::Closed, now));
        assert!(!peers.has_news() && peers.is_linked(&peer));
    }

    #[test]
    fn a_session_begins_when_the_peer_hears_gossip_too() {
        let (mut peers, peer) = (Peers::default(), PeerId::random());
        let one = ConnectionId::new_unchecked(1);
        peers.opened(peer, one, Direction::Inbound, loopback(1));
        peers.ready(peer, one, now());
        assert_eq!(peers.next_news(), None);
        peers.subscribed(peer);
        assert_eq!(peers.next_news(), Some(News::Connected(peer)));
    }

    #[test]
    fn the_table_is_bounded_by_what_is_connected() {
        let mut peers = Peers::default();
        for n in 0..MAX_KNOWN + 10 {
            let peer = PeerId::random();
            let connection = open(&mut peers, peer, n);
            while peers.next_news().is_some() {}
            peers.closed(peer, connection, WhyNot::Closed, now());
            while peers.next_news().is_some() {}
        }
        assert!(peers.table.len() <= MAX_KNOWN);
    }

    #[test]
    fn a_peer_is_silent_after_many_ticks_and_not_because_much_time_went_by_at_once() {
        let (mut peers, peer, now) = (Peers::default(), PeerId::random(), now());
        let connection = open(&mut peers, peer, 1);
        peers.tick(now + BAN);
        assert!(peers.silent().is_empty());
        (0..MAX_SILENCE).for_each(|_| drop(peers.tick(now)));
        assert_eq!(peers.silent(), [peer]);
        peers.seen(&peer, Duration::ZERO, now);
        assert!(peers.silent().is_empty());
        (0..=MAX_SILENCE).for_each(|_| drop(peers.tick(now)));
        peers.closed(peer, connection, WhyNot::Silent, now);
        assert!(peers.silent().is_empty());
    }

    #[test]
    fn whoever_sends_is_not_silent_and_whoever_is_sent_bulk_has_the_time_that_it_takes() {
        let (mut peers, peer, now) = (Peers::default(), PeerId::random(), now());
        open(&mut peers, peer, 1);
        let ticks = |peers: &mut Peers, ticks: u32| (0..ticks).for_each(|_| drop(peers.tick(now)));
        for heard in 1..=3 {
            ticks(&mut peers, MAX_SILENCE);
            peers.moved(&peer, Moved { heard, bulk: 0 });
        }
        assert!(peers.silent().is_empty());
        peers.moved(&peer, Moved { heard: 3, bulk: 10 * MIN_BYTES_PER_SECOND });
        ticks(&mut peers, MAX_SILENCE + 10);
        assert!(peers.silent().is_empty());
        ticks(&mut peers, 1);
        assert_eq!(peers.silent(), [peer]);
        // However much it is sent, it is not waited for without end.
        peers.moved(&peer, Moved { heard: 3, bulk: u64::MAX });
        ticks(&mut peers, 250);
        assert_eq!(peers.silent(), [peer]);
    }

    #[test]
    fn a_ban_ends_and_forgives() {
        let (mut peers, peer, now) = (Peers::default(), PeerId::random(), now());
        open(&mut peers, peer, 1);
        peers.offended(&peer, Offence::Message);
        assert!(peers.application_score(&peer) < -20.0);
        peers.ban(&peer, now);
        assert!(peers.tick(now).is_empty());
        assert_eq!(peers.tick(now + BAN), [peer]);
        assert!(peers.application_score(&peer).abs() < f64::EPSILON);
    }
}
