//! Discovery: which announced addresses enter the address book, which peer is dialled, and which are kept for the next start.

use std::net::IpAddr;

use libp2p::swarm::DialError;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{Multiaddr, PeerId, mdns};

use super::run::{Task, dial_opts};
use crate::addresses::multiaddr::named_peer;
use crate::addresses::reachability::{Reach, ip_of, may_announce};
use crate::clock::now;
use crate::connections::not_connected_reason::NotConnectedReason;
use crate::discovery::address_book::{DueDial, GAP, MAX_ADDRS};
use crate::discovery::kademlia::DiscoveredPeer;

/// Outbound connections that are reserved for members and for peers that answered before.
pub(crate) const RESERVED: usize = 8;

/// Outbound connections to peers that are not members in one /16 of IPv4 or /32 of IPv6, so that one rented block of addresses
/// cannot surround this node. Loopback is not counted.
const MAX_PER_PREFIX: usize = 4;

/// Peers that mDNS may announce before its announcements count as a flood.
const MAX_LOCAL: usize = 256;

impl Task {
    /// Kademlia found a peer. It does not say which peer sent the address, so the reach of the farthest one applies.
    pub(crate) fn on_discovered(&mut self, discovered: DiscoveredPeer) {
        let farthest_reach = self.peers.farthest_reach().unwrap_or(Reach::Global);
        self.add_addresses(discovered.peer, discovered.addrs, farthest_reach);
    }

    /// mDNS found a peer.
    pub(crate) fn on_local(&mut self, event: mdns::Event) {
        let mdns::Event::Discovered(found) = event else { return };
        for (peer, addr) in found {
            self.add_addresses(peer, vec![addr], Reach::Private);
        }
        let local = &mut self.swarm.behaviour_mut().local;
        if local.as_ref().is_some_and(|local| local.discovered_nodes().len() > MAX_LOCAL) {
            tracing::warn!(
                "the local network announces more than {MAX_LOCAL} peers: its announcements are ignored from now on"
            );
            *local = Toggle::from(None);
        }
    }

    /// A peer of this network announces its addresses. Returns those that it may announce.
    pub(crate) fn on_claimed(&mut self, peer: PeerId, claimed: Vec<Multiaddr>, peer_reach: Reach) -> Vec<Multiaddr> {
        let allowed = allowed(peer, claimed, peer_reach);
        if self.discovers() {
            self.add_addresses(peer, allowed.clone(), peer_reach);
            self.publish_addresses(&peer);
        }
        allowed
    }

    fn add_addresses(&mut self, peer: PeerId, addrs: Vec<Multiaddr>, peer_reach: Reach) {
        if !self.discovers() || self.peers.is_banned(&peer) {
            return;
        }
        if self.address_book.add(peer, allowed(peer, addrs, peer_reach), now()) && self.address_book.is_preferred(&peer)
        {
            // The limits do not apply to members, so that a flood of other peers cannot take their room.
            self.swarm.behaviour_mut().limits.bypass_peer_id(&peer);
        }
        self.next_dial_check.get_or_insert_with(now);
    }

    /// Makes Kademlia answer with the addresses of a connected peer.
    pub(crate) fn publish_addresses(&mut self, peer: &PeerId) {
        let addrs = if self.peers.has_ready_connection(peer) { self.address_book.addrs(peer) } else { return };
        if let Some(lookup) = self.swarm.behaviour_mut().lookup.as_mut() {
            lookup.set_addresses(peer, &addrs);
        }
    }

    /// Removes a peer from the address book and from the answers of Kademlia.
    pub(crate) fn remove_peer(&mut self, peer: &PeerId) {
        self.address_book.remove(peer);
        if let Some(lookup) = self.swarm.behaviour_mut().lookup.as_mut() {
            lookup.set_addresses(peer, &[]);
        }
    }

    /// Whether discovery is enabled.
    pub(crate) fn discovers(&self) -> bool {
        self.swarm.behaviour().lookup.is_enabled() || self.swarm.behaviour().local.is_enabled()
    }

    /// Adds the anchors of the last run to the address book, as addresses at which the peer has answered.
    pub(crate) fn load_anchors(&mut self) {
        let anchors = self.anchors.iter().flat_map(|anchors| anchors.peers()).collect::<Vec<_>>();
        for (peer, addr) in anchors {
            self.address_book.confirm(peer, &addr, now());
            if self.address_book.is_preferred(&peer) {
                self.swarm.behaviour_mut().limits.bypass_peer_id(&peer);
            }
        }
        self.next_dial_check = Some(now());
    }

    /// Keeps the connected peers as anchors, members first.
    pub(crate) fn keep_anchors(&mut self) {
        let Some(anchors) = &mut self.anchors else { return };
        let mut good = Vec::new();
        let mut prefixes: Vec<IpAddr> = Vec::new();
        let (members, others): (Vec<_>, Vec<_>) =
            self.peers.in_session().into_iter().partition(|peer| self.address_book.is_preferred(peer));
        let others = others.into_iter().map(|peer| (peer, false));
        for (peer, is_member) in members.into_iter().map(|peer| (peer, true)).chain(others) {
            let Some(addr) = self.address_book.addrs(&peer).into_iter().next() else { continue };
            if !is_member && let Some(prefix) = prefix(&addr) {
                if prefixes.iter().filter(|other| **other == prefix).count() >= MAX_PER_PREFIX {
                    continue;
                }
                prefixes.push(prefix);
            }
            good.push((peer, addr));
        }
        anchors.keep(good);
    }

    /// Dials the next peer of the address book, if one is due, and looks again after [`GAP`].
    pub(crate) fn dial_discovered(&mut self) {
        let now = now();
        self.next_dial_check = None;
        let Some(due) = self.address_book.due(now, |due| self.has_slot(due)) else { return };
        self.next_dial_check = Some(now + GAP);
        let opts = dial_opts(due.addr.clone(), self.ports);
        self.address_book.dial_started(&due, opts.connection_id(), now);
        let connection = opts.connection_id();
        match self.swarm.dial(opts) {
            Ok(()) => {}
            // A connection is being made already.
            Err(DialError::DialPeerConditionFalse(_)) => self.address_book.postpone(&due.peer, now),
            Err(error) => self.address_book.dial_failed(connection, NotConnectedReason::of_dial(&error), now),
        }
    }

    /// Whether a peer of the address book may be dialled: it is not connected, and the limits for peers that are not members
    /// leave room.
    fn has_slot(&self, due: &DueDial) -> bool {
        if self.peers.has_connection(&due.peer) || self.peers.is_banned(&due.peer) {
            return false;
        }
        if due.preferred {
            return true;
        }
        let is_static =
            |peer: &PeerId| self.static_peers.targets.iter().any(|target| target.peer.as_ref() == Some(peer));
        let dialled =
            self.peers.dialled().filter(|(peer, _)| !is_static(peer) && !self.address_book.is_preferred(peer));
        let dialling = self.address_book.dialling().filter(|(_, preferred)| !preferred).map(|(addr, _)| addr);
        let others: Vec<&Multiaddr> = dialled.map(|(_, addr)| addr).chain(dialling).collect();
        let reserved = if due.confirmed { 0 } else { RESERVED };
        let near = |block: IpAddr| others.iter().filter(|addr| prefix(addr) == Some(block)).count();
        others.len() + reserved < self.max_outbound && prefix(&due.addr).is_none_or(|it| near(it) < MAX_PER_PREFIX)
    }
}

/// Those of the addresses of `peer` that a peer with reach `peer_reach` may announce.
fn allowed(peer: PeerId, addrs: Vec<Multiaddr>, peer_reach: Reach) -> Vec<Multiaddr> {
    let of_peer = addrs.into_iter().filter_map(|addr| addr.with_p2p(peer).ok());
    let allowed = of_peer.filter(|addr| named_peer(addr) == Some(peer) && may_announce(peer_reach, addr));
    allowed.take(MAX_ADDRS).collect()
}

/// The block of an address, a /16 of IPv4 or a /32 of IPv6; none for loopback.
fn prefix(addr: &Multiaddr) -> Option<IpAddr> {
    match ip_of(addr)? {
        ip if ip.is_loopback() => None,
        IpAddr::V4(ip) => Some(IpAddr::from((ip.to_bits() & 0xffff_0000).to_be_bytes())),
        IpAddr::V6(ip) => Some(IpAddr::from((ip.to_bits() & (u128::MAX << 96)).to_be_bytes())),
    }
}
