//! Peers that others told of: where they are said to be, and whom to dial next.
//!
//! An address is learnt from the peer itself (identify), from others (Kademlia), from the local network (mDNS), or from the
//! file that the last run left (anchors). The task filters what is told; this table bounds it, paces the dials, and
//! forgets what leads nowhere, so that a liar's addresses make room for better ones.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};

use crate::connections::not_connected_reason::WhyNot;
use crate::identity::peer_address;

/// Addresses of one peer: some interfaces, IPv4 and IPv6, a relay or two.
pub(crate) const MAX_ADDRS: usize = 8;

/// Peers in the table, beside those that are preferred: what a node with 64 outbound connections could try in a while.
const MAX_LEARNT: usize = 256;

/// Dials to learnt addresses that are under way at one time.
const MAX_DIALLING: usize = 8;

/// Between two of those dials: a flood of invented addresses is dialled at 20 a second, whoever lives there.
pub(crate) const GAP: Duration = Duration::from_millis(50);

/// The wait after a peer's first failed dial; it doubles.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The wait after a dial that a limit of this node denied: the dials that take the places have ended by then.
const LIMIT_WAIT: Duration = Duration::from_secs(10);

/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Dials in a row that may fail before an address is forgotten, if nobody ever answered there.
const TRIES: u32 = 3;

/// The same for an address at which the peer has answered: it is dialled for about ten minutes.
const TRIES_PROVEN: u32 = 12;

/// One address of a peer.
#[derive(Debug)]
struct Place {
    addr: Multiaddr,
    /// Whether the peer has answered there, now or in the last run.
    proven: bool,
    failures: u32,
}

/// What is known of one peer.
#[derive(Debug)]
struct Entry {
    places: Vec<Place>,
    preferred: bool,
    failures: u32,
    next: Instant,
    dialling: Option<(ConnectionId, Multiaddr)>,
    why: Option<WhyNot>,
}

/// All peers that were told of.
pub(crate) struct Learnt {
    local: PeerId,
    /// Ethereum addresses of the peers that matter most: the members.
    preferred: BTreeSet<[u8; 20]>,
    table: BTreeMap<PeerId, Entry>,
    /// No dial begins before.
    pause: Instant,
}

/// A peer that is due, at the address that has the best chance.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) peer: PeerId,
    pub(crate) addr: Multiaddr,
    pub(crate) preferred: bool,
    pub(crate) proven: bool,
}

impl Learnt {
    pub(crate) fn new(local: PeerId, preferred: BTreeSet<[u8; 20]>, now: Instant) -> Self {
        Self { local, preferred, table: BTreeMap::new(), pause: now }
    }

    /// Whether this is a peer that matters most.
    pub(crate) fn is_preferred(&self, peer: &PeerId) -> bool {
        peer_address(peer).is_some_and(|address| self.preferred.contains(&address))
    }

    /// Notes addresses of `peer`, as many as there is room for. Returns whether the peer was not known before.
    pub(crate) fn learn(&mut self, peer: PeerId, addrs: impl IntoIterator<Item = Multiaddr>, now: Instant) -> bool {
        let known = self.table.contains_key(&peer);
        let preferred = self.is_preferred(&peer);
        if peer == self.local || (!known && !preferred && !self.has_room()) {
            return false;
        }
        let new = || Entry { places: Vec::new(), preferred, failures: 0, next: now, dialling: None, why: None };
        let entry = self.table.entry(peer).or_insert_with(new);
        for addr in addrs {
            let is_new = entry.places.iter().all(|place| place.addr != addr);
            if is_new && entry.places.len() < MAX_ADDRS {
                entry.places.push(Place { addr, proven: false, failures: 0 });
                // Where it failed so far says nothing of the new address.
                entry.next = entry.next.min(now + FIRST_WAIT);
            }
        }
        if entry.places.is_empty() {
            self.table.remove(&peer);
        }
        !known && self.table.contains_key(&peer)
    }

    /// Makes room if that is possible: for a peer that is not preferred, at the cost of one that fails.
    fn has_room(&mut self) -> bool {
        let strangers = || self.table.iter().filter(|(_, entry)| !entry.preferred);
        if strangers().count() < MAX_LEARNT {
            return true;
        }
        let failing = strangers().filter(|(_, entry)| entry.failures > 0 && entry.dialling.is_none());
        let Some(worst) = failing.max_by_key(|(_, entry)| entry.failures).map(|(peer, _)| *peer) else {
            return false;
        };
        self.table.remove(&worst).is_some()
    }

    /// Whom to dial now: members first, then peers that have answered before, then those that failed least.
    pub(crate) fn due(&self, now: Instant, is_wanted: impl Fn(&Due) -> bool) -> Option<Due> {
        if now < self.pause || self.dialling().count() >= MAX_DIALLING {
            return None;
        }
        let due = self.table.iter().filter(|(_, entry)| entry.dialling.is_none() && entry.next <= now);
        let best = |(peer, entry): (&PeerId, &Entry)| {
            let place = entry.places.first()?;
            let due = Due { peer: *peer, addr: place.addr.clone(), preferred: entry.preferred, proven: place.proven };
            is_wanted(&due).then_some(((!due.preferred, !due.proven, entry.failures), due))
        };
        due.filter_map(best).min_by_key(|(rank, _)| *rank).map(|(_, due)| due)
    }

    /// The dials under way, and whether they go to a peer that matters most.
    pub(crate) fn dialling(&self) -> impl Iterator<Item = (&Multiaddr, bool)> {
        self.table.values().filter_map(|entry| Some((&entry.dialling.as_ref()?.1, entry.preferred)))
    }

    /// A peer that could not be dialled just now, which is nobody's fault.
    pub(crate) fn put_off(&mut self, peer: &PeerId, now: Instant) {
        if let Some(entry) = self.table.get_mut(peer) {
            entry.dialling = None;
            entry.next = now + FIRST_WAIT;
        }
    }

    /// A dial has begun.
    pub(crate) fn started(&mut self, due: &Due, connection: ConnectionId, now: Instant) {
        self.pause = now + GAP;
        if let Some(entry) = self.table.get_mut(&due.peer) {
            entry.dialling = Some((connection, due.addr.clone()));
        }
    }

    /// A peer is of this network, and answered at `dialled` if this node dialled it.
    pub(crate) fn ready(&mut self, peer: PeerId, dialled: Option<Multiaddr>, now: Instant) {
        if let Some(addr) = dialled.and_then(|addr| addr.with_p2p(peer).ok()) {
            self.prove(peer, &addr, now);
        }
        if let Some(entry) = self.table.get_mut(&peer) {
            entry.failures = 0;
            entry.dialling = None;
            entry.why = None;
            entry.places.iter_mut().for_each(|place| place.failures = 0);
        }
    }

    /// Notes an address at which the peer answered; it comes before all others, and one of them gives way to it.
    pub(crate) fn prove(&mut self, peer: PeerId, addr: &Multiaddr, now: Instant) {
        if let Some(entry) = self.table.get_mut(&peer) {
            entry.places.retain(|place| place.addr != *addr);
            entry.places.truncate(MAX_ADDRS.saturating_sub(1));
        }
        self.learn(peer, [addr.clone()], now);
        let Some(entry) = self.table.get_mut(&peer) else { return };
        if let Some(at) = entry.places.iter().position(|place| place.addr == *addr) {
            entry.places[at].proven = true;
            entry.places[..=at].rotate_right(1);
        }
    }

    /// A dial ended without a connection that is ready.
    pub(crate) fn failed(&mut self, connection: ConnectionId, why: WhyNot, now: Instant) {
        let ours = |entry: &Entry| entry.dialling.as_ref().is_some_and(|(other, _)| *other == connection);
        let Some((peer, entry)) = self.table.iter_mut().find(|(_, entry)| ours(entry)) else {
            return;
        };
        let peer = *peer;
        let Some((_, addr)) = entry.dialling.take() else { return };
        entry.why = Some(why);
        if why == WhyNot::Limit {
            // It says nothing of the address.
            entry.next = now + LIMIT_WAIT;
            return;
        }
        entry.failures = entry.failures.saturating_add(1);
        entry.next = now + wait(entry.failures);
        // The next address has its turn, and this one comes last from now on.
        if let Some(at) = entry.places.iter().position(|place| place.addr == addr) {
            let mut place = entry.places.remove(at);
            place.failures = place.failures.saturating_add(1);
            let tries = if place.proven { TRIES_PROVEN } else { TRIES };
            let hopeless =
                matches!(why, WhyNot::OtherNetwork | WhyNot::WrongKey { .. } | WhyNot::Itself | WhyNot::Stranger);
            // The last address of a member is kept: nobody else may ever tell of it.
            let last_hope = entry.preferred && place.proven && entry.places.is_empty();
            if last_hope || (place.failures < tries && !hopeless) {
                entry.places.push(place);
            }
        }
        if entry.places.is_empty() {
            self.table.remove(&peer);
        }
    }

    /// The last connection to a peer ended.
    pub(crate) fn lost(&mut self, peer: &PeerId, now: Instant) {
        if let Some(entry) = self.table.get_mut(peer).filter(|entry| entry.dialling.is_none()) {
            entry.next = now + wait(entry.failures);
        }
    }

    /// A peer that is not to be dialled again.
    pub(crate) fn forget(&mut self, peer: &PeerId) {
        self.table.remove(peer);
    }

    /// The addresses of a peer, the best first.
    pub(crate) fn addrs(&self, peer: &PeerId) -> Vec<Multiaddr> {
        let places = self.table.get(peer).into_iter().flat_map(|entry| &entry.places);
        places.map(|place| place.addr.clone()).collect()
    }

    /// The members that were told of, where they are said to be, and why the last dial failed.
    pub(crate) fn members(&self) -> impl Iterator<Item = (PeerId, Vec<Multiaddr>, Option<WhyNot>)> {
        let members = self.table.iter().filter(|(_, entry)| entry.preferred);
        members.map(|(peer, entry)| (*peer, self.addrs(peer), entry.why))
    }
}

/// `FIRST_WAIT` doubled for each failure after the first, at most `LONGEST_WAIT`.
fn wait(failures: u32) -> Duration {
    let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests;
