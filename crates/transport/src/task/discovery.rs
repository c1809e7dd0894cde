//! Finding peers: what is learnt of whom, who is dialled, and which peers are kept for the next start.

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

/// Outbound connections that are left to members and to peers that answered before, whatever strangers are told of.
pub(crate) const RESERVED: usize = 8;

/// Outbound connections to strangers in one /16 of IPv4 or /32 of IPv6: whoever rents a block of addresses gets no more.
/// Members are who they are wherever they live, and this machine is nobody's block.
const MAX_PER_PREFIX: usize = 4;

/// PeerTable that the local network may announce before its announcements are called a flood.
const MAX_LOCAL: usize = 256;

impl Task {
    /// Others said where a peer is. Nobody knows which of them: it counts as said by the one that is farthest away.
    pub(crate) fn on_discovered(&mut self, discovered: DiscoveredPeer) {
        let farthest_reach = self.peers.farthest_reach().unwrap_or(Reach::Global);
        self.add_addresses(discovered.peer, discovered.addrs, farthest_reach);
    }

    /// The local network said where a peer is.
    pub(crate) fn on_local(&mut self, event: mdns::Event) {
        let mdns::Event::Discovered(found) = event else { return };
        for (peer, addr) in found {
            self.add_addresses(peer, vec![addr], Reach::Private);
        }
        let local = &mut self.swarm.behaviour_mut().local;
        if local.as_ref().is_some_and(|local| local.discovered_nodes().len() > MAX_LOCAL) {
            tracing::warn!("the local network announces more than {MAX_LOCAL} peers: nobody listens to it any more");
            *local = Toggle::from(None);
        }
    }

    /// A peer of this network said where it listens. What it may say is kept, and returned.
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
            // A flood of strangers cannot push out a member either.
            self.swarm.behaviour_mut().limits.bypass_peer_id(&peer);
        }
        self.next_dial_check.get_or_insert_with(now);
    }

    /// From now on others hear of a peer that is connected.
    pub(crate) fn publish_addresses(&mut self, peer: &PeerId) {
        let addrs = if self.peers.has_ready_connection(peer) { self.address_book.addrs(peer) } else { return };
        if let Some(lookup) = self.swarm.behaviour_mut().lookup.as_mut() {
            lookup.set_addresses(peer, &addrs);
        }
    }

    /// Nobody hears of a peer from here again, and nobody dials it.
    pub(crate) fn remove_peer(&mut self, peer: &PeerId) {
        self.address_book.remove(peer);
        if let Some(lookup) = self.swarm.behaviour_mut().lookup.as_mut() {
            lookup.set_addresses(peer, &[]);
        }
    }

    /// Whether this node looks for peers at all.
    pub(crate) fn discovers(&self) -> bool {
        self.swarm.behaviour().lookup.is_enabled() || self.swarm.behaviour().local.is_enabled()
    }

    /// The anchors of the last run are dialled like peers that have answered.
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

    /// Keeps the peers that are connected, members first, for the next start.
    pub(crate) fn keep_anchors(&mut self) {
        let Some(anchors) = &mut self.anchors else { return };
        let mut good = Vec::new();
        let mut prefixes: Vec<IpAddr> = Vec::new();
        let (members, strangers): (Vec<_>, Vec<_>) =
            self.peers.in_session().into_iter().partition(|peer| self.address_book.is_preferred(peer));
        let strangers = strangers.into_iter().map(|peer| (peer, false));
        for (peer, is_member) in members.into_iter().map(|peer| (peer, true)).chain(strangers) {
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

    /// Dials the learnt peer whose turn it is, if there is one, and looks again after a pause.
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
            // Somebody else dialled meanwhile.
            Err(DialError::DialPeerConditionFalse(_)) => self.address_book.postpone(&due.peer, now),
            Err(error) => self.address_book.dial_failed(connection, NotConnectedReason::of_dial(&error), now),
        }
    }

    /// Whether a learnt peer may be dialled: it is not connected, and neither strangers nor its neighbours hold too much.
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
        let strangers: Vec<&Multiaddr> = dialled.map(|(_, addr)| addr).chain(dialling).collect();
        let reserved = if due.confirmed { 0 } else { RESERVED };
        let near = |block: IpAddr| strangers.iter().filter(|addr| prefix(addr) == Some(block)).count();
        strangers.len() + reserved < self.max_outbound && prefix(&due.addr).is_none_or(|it| near(it) < MAX_PER_PREFIX)
    }
}

/// The addresses of `peer` that a peer reaching as far as `teller` is heard on.
fn allowed(peer: PeerId, addrs: Vec<Multiaddr>, peer_reach: Reach) -> Vec<Multiaddr> {
    let of_peer = addrs.into_iter().filter_map(|addr| addr.with_p2p(peer).ok());
    let allowed = of_peer.filter(|addr| named_peer(addr) == Some(peer) && may_announce(peer_reach, addr));
    allowed.take(MAX_ADDRS).collect()
}

/// The block that an address lies in; none for loopback.
fn prefix(addr: &Multiaddr) -> Option<IpAddr> {
    match ip_of(addr)? {
        ip if ip.is_loopback() => None,
        IpAddr::V4(ip) => Some(IpAddr::from((ip.to_bits() & 0xffff_0000).to_be_bytes())),
        IpAddr::V6(ip) => Some(IpAddr::from((ip.to_bits() & (u128::MAX << 96)).to_be_bytes())),
    }
}
