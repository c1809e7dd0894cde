//! The address book of discovered peers, and the choice of the next peer to dial.
//!
//! An address comes from the peer itself (identify), from other peers (Kademlia), from the local network (mDNS), or from the
//! file of the last run (anchors). The task filters addresses by their reach. The address book bounds their number, limits
//! the rate of dials, and removes addresses at which dials fail, so that invented addresses make room for better ones.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId};

use crate::connections::not_connected_reason::NotConnectedReason;
use crate::identity::peer_address;

/// Addresses of one peer: some interfaces, IPv4 and IPv6, a relay or two.
pub(crate) const MAX_ADDRS: usize = 8;

/// Peers in the book that are not members: four for each of 64 outbound connections.
const MAX_STRANGERS: usize = 256;

/// Dials to addresses of the book that are under way at one time.
const MAX_DIALLING: usize = 8;

/// The interval between two of those dials: a flood of invented addresses causes at most 20 dials a second to others.
pub(crate) const GAP: Duration = Duration::from_millis(50);

/// The wait after the first failed dial to a peer; it doubles.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The wait after a dial that a limit of this node denied: other dials have ended by then.
const LIMIT_WAIT: Duration = Duration::from_secs(10);

/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Failed dials in a row after which an address is removed, if the peer never answered there.
const TRIES: u32 = 3;

/// The same for an address at which the peer has answered, which is dialled for about ten minutes.
const TRIES_CONFIRMED: u32 = 12;

/// One address of a peer.
#[derive(Debug)]
struct KnownAddress {
    addr: Multiaddr,
    /// Whether the peer has answered there, now or in the last run.
    confirmed: bool,
    failures: u32,
}

/// One peer in the book.
#[derive(Debug)]
struct BookEntry {
    addresses: Vec<KnownAddress>,
    preferred: bool,
    failures: u32,
    next: Instant,
    dialling: Option<(ConnectionId, Multiaddr)>,
    reason: Option<NotConnectedReason>,
}

/// All discovered peers.
pub(crate) struct AddressBook {
    local: PeerId,
    /// Ethereum addresses of the members.
    preferred: BTreeSet<[u8; 20]>,
    table: BTreeMap<PeerId, BookEntry>,
    /// No dial begins before this.
    next_dial: Instant,
}

/// A dial that is due: a peer, and the address with the best chance.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DueDial {
    pub(crate) peer: PeerId,
    pub(crate) addr: Multiaddr,
    pub(crate) preferred: bool,
    pub(crate) confirmed: bool,
}

impl AddressBook {
    pub(crate) fn new(local: PeerId, preferred: BTreeSet<[u8; 20]>, now: Instant) -> Self {
        Self { local, preferred, table: BTreeMap::new(), next_dial: now }
    }

    /// Whether this peer is a member.
    pub(crate) fn is_preferred(&self, peer: &PeerId) -> bool {
        peer_address(peer).is_some_and(|address| self.preferred.contains(&address))
    }

    /// Adds addresses of `peer`, as many as there is room for. Returns whether the peer is new in the book.
    pub(crate) fn add(&mut self, peer: PeerId, addrs: impl IntoIterator<Item = Multiaddr>, now: Instant) -> bool {
        let known = self.table.contains_key(&peer);
        let preferred = self.is_preferred(&peer);
        if peer == self.local || (!known && !preferred && !self.has_room()) {
            return false;
        }
        let new =
            || BookEntry { addresses: Vec::new(), preferred, failures: 0, next: now, dialling: None, reason: None };
        let entry = self.table.entry(peer).or_insert_with(new);
        for addr in addrs {
            let is_new = entry.addresses.iter().all(|address| address.addr != addr);
            if is_new && entry.addresses.len() < MAX_ADDRS {
                entry.addresses.push(KnownAddress { addr, confirmed: false, failures: 0 });
                // Failures at other addresses are no reason to wait with a new one.
                entry.next = entry.next.min(now + FIRST_WAIT);
            }
        }
        if entry.addresses.is_empty() {
            self.table.remove(&peer);
        }
        !known && self.table.contains_key(&peer)
    }

    /// Whether there is room for a peer that is not a member. If the book is full, the peer with most failures is removed.
    fn has_room(&mut self) -> bool {
        let strangers = || self.table.iter().filter(|(_, entry)| !entry.preferred);
        if strangers().count() < MAX_STRANGERS {
            return true;
        }
        let failing = strangers().filter(|(_, entry)| entry.failures > 0 && entry.dialling.is_none());
        let Some(worst) = failing.max_by_key(|(_, entry)| entry.failures).map(|(peer, _)| *peer) else {
            return false;
        };
        self.table.remove(&worst).is_some()
    }

    /// The next dial: members first, then peers that have answered before, then those with the fewest failures.
    pub(crate) fn due(&self, now: Instant, is_wanted: impl Fn(&DueDial) -> bool) -> Option<DueDial> {
        if now < self.next_dial || self.dialling().count() >= MAX_DIALLING {
            return None;
        }
        let due = self.table.iter().filter(|(_, entry)| entry.dialling.is_none() && entry.next <= now);
        let best = |(peer, entry): (&PeerId, &BookEntry)| {
            let address = entry.addresses.first()?;
            let due = DueDial {
                peer: *peer,
                addr: address.addr.clone(),
                preferred: entry.preferred,
                confirmed: address.confirmed,
            };
            is_wanted(&due).then_some(((!due.preferred, !due.confirmed, entry.failures), due))
        };
        due.filter_map(best).min_by_key(|(rank, _)| *rank).map(|(_, due)| due)
    }

    /// The dials under way, and whether each is to a member.
    pub(crate) fn dialling(&self) -> impl Iterator<Item = (&Multiaddr, bool)> {
        self.table.values().filter_map(|entry| Some((&entry.dialling.as_ref()?.1, entry.preferred)))
    }

    /// A dial could not begin, which does not count as a failure.
    pub(crate) fn postpone(&mut self, peer: &PeerId, now: Instant) {
        if let Some(entry) = self.table.get_mut(peer) {
            entry.dialling = None;
            entry.next = now + FIRST_WAIT;
        }
    }

    /// A dial has begun.
    pub(crate) fn dial_started(&mut self, due: &DueDial, connection: ConnectionId, now: Instant) {
        self.next_dial = now + GAP;
        if let Some(entry) = self.table.get_mut(&due.peer) {
            entry.dialling = Some((connection, due.addr.clone()));
        }
    }

    /// A peer of this network is connected; it answered at `dialled` if this node dialled it.
    pub(crate) fn connected(&mut self, peer: PeerId, dialled: Option<Multiaddr>, now: Instant) {
        if let Some(addr) = dialled.and_then(|addr| addr.with_p2p(peer).ok()) {
            self.confirm(peer, &addr, now);
        }
        if let Some(entry) = self.table.get_mut(&peer) {
            entry.failures = 0;
            entry.dialling = None;
            entry.reason = None;
            entry.addresses.iter_mut().for_each(|address| address.failures = 0);
        }
    }

    /// Notes an address at which the peer answered. It comes first, and replaces the last one if there is no room.
    pub(crate) fn confirm(&mut self, peer: PeerId, addr: &Multiaddr, now: Instant) {
        if let Some(entry) = self.table.get_mut(&peer) {
            entry.addresses.retain(|address| address.addr != *addr);
            entry.addresses.truncate(MAX_ADDRS.saturating_sub(1));
        }
        self.add(peer, [addr.clone()], now);
        let Some(entry) = self.table.get_mut(&peer) else { return };
        if let Some(at) = entry.addresses.iter().position(|address| address.addr == *addr) {
            entry.addresses[at].confirmed = true;
            entry.addresses[..=at].rotate_right(1);
        }
    }

    /// A dial ended without a connection that is ready.
    pub(crate) fn dial_failed(&mut self, connection: ConnectionId, reason: NotConnectedReason, now: Instant) {
        let ours = |entry: &BookEntry| entry.dialling.as_ref().is_some_and(|(other, _)| *other == connection);
        let Some((peer, entry)) = self.table.iter_mut().find(|(_, entry)| ours(entry)) else {
            return;
        };
        let peer = *peer;
        let Some((_, addr)) = entry.dialling.take() else { return };
        entry.reason = Some(reason);
        if reason == NotConnectedReason::Limit {
            // The limit is this node's, so it is no failure of the address.
            entry.next = now + LIMIT_WAIT;
            return;
        }
        entry.failures = entry.failures.saturating_add(1);
        entry.next = now + wait(entry.failures);
        // The next dial is to the next address; this one moves to the end.
        if let Some(at) = entry.addresses.iter().position(|address| address.addr == addr) {
            let mut address = entry.addresses.remove(at);
            address.failures = address.failures.saturating_add(1);
            let tries = if address.confirmed { TRIES_CONFIRMED } else { TRIES };
            let hopeless = matches!(
                reason,
                NotConnectedReason::OtherNetwork
                    | NotConnectedReason::WrongKey { .. }
                    | NotConnectedReason::Itself
                    | NotConnectedReason::Stranger
            );
            // The last address of a member is kept: no other peer may ever announce it.
            let last_hope = entry.preferred && address.confirmed && entry.addresses.is_empty();
            if last_hope || (address.failures < tries && !hopeless) {
                entry.addresses.push(address);
            }
        }
        if entry.addresses.is_empty() {
            self.table.remove(&peer);
        }
    }

    /// The last connection to a peer ended.
    pub(crate) fn disconnected(&mut self, peer: &PeerId, now: Instant) {
        if let Some(entry) = self.table.get_mut(peer).filter(|entry| entry.dialling.is_none()) {
            entry.next = now + wait(entry.failures);
        }
    }

    /// Removes a peer, so that it is not dialled again.
    pub(crate) fn remove(&mut self, peer: &PeerId) {
        self.table.remove(peer);
    }

    /// The addresses of a peer, the best first.
    pub(crate) fn addrs(&self, peer: &PeerId) -> Vec<Multiaddr> {
        let addresses = self.table.get(peer).into_iter().flat_map(|entry| &entry.addresses);
        addresses.map(|address| address.addr.clone()).collect()
    }

    /// The members in the book, their addresses, and why the last dial to each failed.
    pub(crate) fn preferred_peers(&self) -> impl Iterator<Item = (PeerId, Vec<Multiaddr>, Option<NotConnectedReason>)> {
        let preferred_peers = self.table.iter().filter(|(_, entry)| entry.preferred);
        preferred_peers.map(|(peer, entry)| (*peer, self.addrs(peer), entry.reason))
    }
}

/// `FIRST_WAIT` doubled for each failure after the first, at most `LONGEST_WAIT`.
fn wait(failures: u32) -> Duration {
    let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests;
