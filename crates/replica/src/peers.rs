//! Who can be reached, and which of them are members.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_agreement::Peer;
use quorate_event::{Address, Committee};

/// The connected peers.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    connected: BTreeMap<Peer, Address>,
    /// When each was last told what we hold.
    told: BTreeMap<Peer, Duration>,
    /// Where the round of periodic summaries stands.
    last_asked: Option<Peer>,
}

impl Peers {
    pub(crate) fn connect(&mut self, peer: Peer, address: Address) {
        self.connected.insert(peer, address);
    }

    pub(crate) fn disconnect(&mut self, peer: Peer) {
        self.connected.remove(&peer);
        self.told.remove(&peer);
    }

    /// What we hold is told to a connected peer now, unless that was done less than `pause` ago.
    pub(crate) fn tell(&mut self, peer: Peer, now: Duration, pause: Duration) -> bool {
        let recent = self.told.get(&peer).is_some_and(|last| now.saturating_sub(*last) < pause);
        if recent || !self.is_connected(peer) {
            return false;
        }
        self.told.insert(peer, now);
        true
    }

    pub(crate) fn address(&self, peer: Peer) -> Option<Address> {
        self.connected.get(&peer).copied()
    }

    pub(crate) fn reaches(&self, member: Address) -> bool {
        self.connected.values().any(|address| *address == member)
    }

    /// The next peer in turn, so that one that never answers delays nobody for long.
    pub(crate) fn next_in_turn(&mut self) -> Option<Peer> {
        self.last_asked = self.after(self.last_asked);
        self.last_asked
    }

    /// The connected peer after `peer` in their circle.
    pub(crate) fn after(&self, peer: Option<Peer>) -> Option<Peer> {
        let first = || self.connected.keys().next().copied();
        let following = |peer: Peer| {
            use std::ops::Bound::{Excluded, Unbounded};
            self.connected.range((Excluded(peer), Unbounded)).next().map(|(peer, _)| *peer)
        };
        peer.and_then(following).or_else(first)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.connected.is_empty()
    }

    pub(crate) fn is_connected(&self, peer: Peer) -> bool {
        self.connected.contains_key(&peer)
    }

    /// The members that cannot be reached, `me` not among them.
    pub(crate) fn away(&self, committee: &Committee, me: Address) -> Vec<Address> {
        let members = committee.members().iter().map(|(member, _)| *member);
        members.filter(|member| *member != me && !self.reaches(*member)).collect()
    }
}
