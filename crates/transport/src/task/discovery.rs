//! Finding peers: what is learnt of whom, who is dialled, and which peers are kept for the next start.

use std::net::IpAddr;

use libp2p::swarm::DialError;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{Multiaddr, PeerId, mdns};

use super::run::{Task, dial_opts};
use crate::addresses::multiaddr::named_peer;
use crate::addresses::reachability::{Scope, ip_of, may_tell};
use crate::clock::now;
use crate::connections::not_connected_reason::WhyNot;
use crate::discovery::address_book::{Due, GAP, MAX_ADDRS};
use crate::discovery::kademlia::Wanted;

/// Outbound connections that are left to members and to peers that answered before, whatever strangers are told of.
pub(crate) const RESERVED: usize = 8;

/// Outbound connections to strangers in one /16 of IPv4 or /32 of IPv6: whoever rents a block of addresses gets no more.
/// Members are who they are wherever they live, and this machine is nobody's block.
const MAX_PER_PREFIX: usize = 4;

/// Peers that the local network may announce before its announcements are called a flood.
const MAX_LOCAL: usize = 256;

impl Task {
    /// Others said where a peer is. Nobody knows which of them: it counts as said by the one that is farthest away.
    pub(crate) fn on_wanted(&mut self, wanted: Wanted) {
        let farthest = self.peers.farthest().unwrap_or(Scope::Global);
        self.learn(wanted.peer, wanted.addrs, farthest);
    }

    /// The local network said where a peer is.
    pub(crate) fn on_local(&mut self, event: mdns::Event) {
        let mdns::Event::Discovered(found) = event else { return };
        for (peer, addr) in found {
            self.learn(peer, vec![addr], Scope::Private);
        }
        let local = &mut self.swarm.behaviour_mut().local;
        if local.as_ref().is_some_and(|local| local.discovered_nodes().len() > MAX_LOCAL) {
            tracing::warn!("the local network announces more than {MAX_LOCAL} peers: nobody listens to it any more");
            *local = Toggle::from(None);
        }
    }

    /// A peer of this network said where it listens. What it may say is kept, and returned.
    pub(crate) fn on_claimed(&mut self, peer: PeerId, claimed: Vec<Multiaddr>, teller: Scope) -> Vec<Multiaddr> {
        let allowed = allowed(peer, claimed, teller);
        if self.discovers() {
            self.learn(peer, allowed.clone(), teller);
            self.place(&peer);
        }
        allowed
    }

    fn learn(&mut self, peer: PeerId, addrs: Vec<Multiaddr>, teller: Scope) {
        if !self.discovers() || self.peers.is_banned(&peer) {
            return;
        }
        if self.learnt.learn(peer, allowed(peer, addrs, teller), now()) && self.learnt.is_preferred(&peer) {
            // A flood of strangers cannot push out a member either.
            self.swarm.behaviour_mut().limits.bypass_peer_id(&peer);
        }
        self.look_at.get_or_insert_with(now);
    }

    /// From now on others hear of a peer that is connected.
    pub(crate) fn place(&mut self, peer: &PeerId) {
        let addrs = if self.peers.is_linked(peer) { self.learnt.addrs(peer) } else { return };
        if let Some(lookup) = self.swarm.behaviour_mut().lookup.as_mut() {
            lookup.place(peer, &addrs);
        }
    }

    /// Nobody hears of a peer from here again, and nobody dials it.
    pub(crate) fn displace(&mut self, peer: &PeerId) {
        self.learnt.forget(peer);
        if let Some(lookup) = self.swarm.behaviour_mut().lookup.as_mut() {
            lookup.place(peer, &[]);
        }
    }

    /// Whether this node looks for peers at all.
    pub(crate) fn discovers(&self) -> bool {
        self.swarm.behaviour().lookup.is_enabled() || self.swarm.behaviour().local.is_enabled()
    }

    /// The anchors of the last run are dialled like peers that have answered.
    pub(crate) fn raise_anchors(&mut self) {
        let anchors = self.anchors.iter().flat_map(|anchors| anchors.peers()).collect::<Vec<_>>();
        for (peer, addr) in anchors {
            self.learnt.prove(peer, &addr, now());
            if self.learnt.is_preferred(&peer) {
                self.swarm.behaviour_mut().limits.bypass_peer_id(&peer);
            }
        }
        self.look_at = Some(now());
    }

    /// Keeps the peers that are connected, members first, for the next start.
    pub(crate) fn keep_anchors(&mut self) {
        let Some(anchors) = &mut self.anchors else { return };
        let mut good = Vec::new();
        let mut prefixes: Vec<IpAddr> = Vec::new();
        let (members, strangers): (Vec<_>, Vec<_>) =
            self.peers.in_session().into_iter().partition(|peer| self.learnt.is_preferred(peer));
        let strangers = strangers.into_iter().map(|peer| (peer, false));
        for (peer, is_member) in members.into_iter().map(|peer| (peer, true)).chain(strangers) {
            let Some(addr) = self.learnt.addrs(&peer).into_iter().next() else { continue };
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
    pub(crate) fn dial_learnt(&mut self) {
        let now = now();
        self.look_at = None;
        let Some(due) = self.learnt.due(now, |due| self.has_slot(due)) else { return };
        self.look_at = Some(now + GAP);
        let opts = dial_opts(due.addr.clone(), self.ports);
        self.learnt.started(&due, opts.connection_id(), now);
        let connection = opts.connection_id();
        match self.swarm.dial(opts) {
            Ok(()) => {}
            // Somebody else dialled meanwhile.
            Err(DialError::DialPeerConditionFalse(_)) => self.learnt.put_off(&due.peer, now),
            Err(error) => self.learnt.failed(connection, WhyNot::of_dial(&error), now),
        }
    }

    /// Whether a learnt peer may be dialled: it is not connected, and neither strangers nor its neighbours hold too much.
    fn has_slot(&self, due: &Due) -> bool {
        if self.peers.has_link(&due.peer) || self.peers.is_banned(&due.peer) {
            return false;
        }
        if due.preferred {
            return true;
        }
        let is_static = |peer: &PeerId| self.redial.targets.iter().any(|target| target.peer.as_ref() == Some(peer));
        let dialled = self.peers.dialled().filter(|(peer, _)| !is_static(peer) && !self.learnt.is_preferred(peer));
        let dialling = self.learnt.dialling().filter(|(_, preferred)| !preferred).map(|(addr, _)| addr);
        let strangers: Vec<&Multiaddr> = dialled.map(|(_, addr)| addr).chain(dialling).collect();
        let reserved = if due.proven { 0 } else { RESERVED };
        let near = |block: IpAddr| strangers.iter().filter(|addr| prefix(addr) == Some(block)).count();
        strangers.len() + reserved < self.max_outbound && prefix(&due.addr).is_none_or(|it| near(it) < MAX_PER_PREFIX)
    }
}

/// The addresses of `peer` that a peer reaching as far as `teller` is heard on.
fn allowed(peer: PeerId, addrs: Vec<Multiaddr>, teller: Scope) -> Vec<Multiaddr> {
    let of_peer = addrs.into_iter().filter_map(|addr| addr.with_p2p(peer).ok());
    let allowed = of_peer.filter(|addr| named_peer(addr) == Some(peer) && may_tell(teller, addr));
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
