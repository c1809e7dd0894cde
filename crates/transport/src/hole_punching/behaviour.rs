//! Hole punching as a part of the behaviour of the node: which peer is dialled at which address, and how often.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::behaviour::ConnectionEstablished;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{
    ConnectionClosed, ConnectionDenied, ConnectionId, DialFailure, FromSwarm, NetworkBehaviour, NotifyHandler,
    THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, StreamProtocol};
use tokio::sync::watch;

use super::attempts::{Due, Meetings};
use super::coordination::{Agreed, MAX_ADDRS, Plan};
use super::handler::{Handler, Name, Open};
use crate::addresses::multiaddr::{is_relayed, named_peer};
use crate::addresses::reachability::reaches_beyond;
use crate::addresses::reachability::{Scope, may_tell, teller};
use crate::clock::now;

/// One peer makes this node dial once in this time; an honest one asks less often.
const PACE: Duration = Duration::from_secs(5);

/// Peers that may make this node dial within that time.
const MAX_ASKING: usize = 64;

/// Dials that were agreed on and are under way. Those at addresses where nobody answers last ten seconds, and take places
/// from all other dials.
const MAX_DIALLING: usize = 8;

/// A direct connection.
struct Direct {
    peer: PeerId,
    /// Whether this node dialled it, and so chose whom to believe.
    dialled: bool,
    reach: Scope,
    /// Whether the address at which the other side sees this node is one that others can use: it leads to a listening port.
    tells: bool,
    /// That address.
    observed: Option<Multiaddr>,
}

/// Hole punching as a part of the node's behaviour. The connection limits bound its tables.
pub(crate) struct Punch {
    local: PeerId,
    name: StreamProtocol,
    listens: bool,
    /// What this node listens on reaches no farther, nor does it dial less far.
    floor: Scope,
    announced: Vec<Multiaddr>,
    own: watch::Sender<Vec<Multiaddr>>,
    direct: BTreeMap<ConnectionId, Direct>,
    meetings: Meetings,
    /// When a peer last made this node dial.
    asking: BTreeMap<PeerId, Instant>,
    /// Dials that were agreed on, until they end.
    dialling: BTreeMap<ConnectionId, PeerId>,
    /// The connections that came of them.
    punched: BTreeSet<ConnectionId>,
    /// At most one for each meeting and each dial.
    queue: VecDeque<ToSwarm<Infallible, Open>>,
}

impl Punch {
    /// `listen` is where this node listens, `announced` what its owner says of where it is reached.
    pub(crate) fn new(local: PeerId, name: StreamProtocol, listen: &[Multiaddr], announced: &[Multiaddr]) -> Self {
        let beyond = reaches_beyond(listen);
        Self {
            local,
            name,
            listens: !listen.is_empty(),
            floor: if beyond || listen.is_empty() { Scope::Private } else { Scope::Loopback },
            announced: announced.to_vec(),
            own: watch::Sender::new(announced.iter().take(MAX_ADDRS).cloned().collect()),
            direct: BTreeMap::new(),
            meetings: Meetings::default(),
            asking: BTreeMap::new(),
            dialling: BTreeMap::new(),
            punched: BTreeSet::new(),
            queue: VecDeque::new(),
        }
    }

    /// A peer of this network said at which address it sees this node.
    pub(crate) fn observed(&mut self, connection: ConnectionId, addr: &Multiaddr) {
        let addr: Multiaddr = addr.iter().filter(|part| !matches!(part, Protocol::P2p(_))).collect();
        let listens = self.listens && !is_relayed(&addr);
        let Some(direct) = self.direct.get_mut(&connection).filter(|direct| listens && direct.tells) else { return };
        direct.observed = Some(addr).filter(|addr| may_tell(direct.reach, addr));
        self.settle();
    }

    /// Works out this node's own addresses: those announced, then those that most peers see, of which those that this node
    /// dialled come first. Anybody can dial in under as many names as it likes.
    fn settle(&mut self) {
        let mut seen: BTreeMap<&Multiaddr, BTreeMap<PeerId, bool>> = BTreeMap::new();
        for direct in self.direct.values() {
            let Some(addr) = direct.observed.as_ref().filter(|addr| !self.announced.contains(addr)) else { continue };
            *seen.entry(addr).or_default().entry(direct.peer).or_default() |= direct.dialled;
        }
        let mut seen: Vec<_> = seen.into_iter().collect();
        let dialled = |peers: &BTreeMap<PeerId, bool>| peers.values().filter(|dialled| **dialled).count();
        seen.sort_by_key(|(_, peers)| Reverse((dialled(peers), peers.len())));
        let seen = seen.into_iter().map(|(addr, _)| addr);
        let own: Vec<Multiaddr> = self.announced.iter().chain(seen).take(MAX_ADDRS).cloned().collect();
        self.own.send_replace(own);
    }

    /// Whether this node dialled a connection because two peers agreed on it: nobody else reaches the peer there.
    pub(crate) fn is_punched(&self, connection: ConnectionId) -> bool {
        self.punched.contains(&connection)
    }

    /// Opens the talks that are due.
    pub(crate) fn tick(&mut self, now: Instant) {
        let has_addrs = !self.own.borrow().is_empty();
        let direct: BTreeSet<PeerId> = self.direct.values().map(|direct| direct.peer).collect();
        for Due { peer, way, attempts } in self.meetings.due(now, |peer| direct.contains(peer)) {
            let (peer_id, handler) = (peer, NotifyHandler::One(way));
            let event = Open(Plan::of(attempts, has_addrs));
            self.queue.push_back(ToSwarm::NotifyHandler { peer_id, handler, event });
        }
    }

    fn handler(&self, addr: &Multiaddr) -> Handler {
        let name = is_relayed(addr).then(|| self.name.clone());
        Handler::new(Name(name), self.own.subscribe())
    }

    fn on_agreed(&mut self, peer: PeerId, Agreed { role, addrs }: Agreed, now: Instant) {
        let is_direct = self.direct.values().any(|direct| direct.peer == peer);
        let has_room = self.dialling.len() < MAX_DIALLING && self.dialling.values().all(|other| *other != peer);
        if is_direct || !has_room || !self.obeys(peer, now) {
            return;
        }
        let addrs = self.allowed(peer, addrs);
        if addrs.is_empty() {
            tracing::debug!(%peer, "it names no address at which it may be dialled");
            return;
        }
        tracing::debug!(%peer, ?addrs, ?role, "trying a direct connection");
        let opts = DialOpts::peer_id(peer).addresses(addrs).condition(PeerCondition::Always);
        let opts = if role == Endpoint::Listener { opts.override_role() } else { opts }.build();
        self.dialling.insert(opts.connection_id(), peer);
        self.queue.push_back(ToSwarm::Dial { opts });
    }

    /// Whether a peer may make this node dial now.
    fn obeys(&mut self, peer: PeerId, now: Instant) -> bool {
        self.asking.retain(|_, asked| now < *asked + PACE);
        let obeys = self.asking.len() < MAX_ASKING && !self.asking.contains_key(&peer);
        if obeys {
            self.asking.insert(peer, now);
        }
        obeys
    }

    /// Those of the addresses that a peer named at which it may be dialled.
    fn allowed(&self, peer: PeerId, addrs: Vec<Multiaddr>) -> Vec<Multiaddr> {
        let farthest = self.direct.values().map(|direct| direct.reach).max().unwrap_or(Scope::Global).max(self.floor);
        let may = |addr: &Multiaddr| !is_relayed(addr) && may_tell(farthest, addr);
        let addrs = addrs.into_iter().filter_map(|addr| addr.with_p2p(peer).ok());
        addrs.filter(|addr| may(addr) && named_peer(addr) == Some(peer)).take(MAX_ADDRS).collect()
    }

    fn on_closed(&mut self, peer: &PeerId, connection: ConnectionId) {
        self.punched.remove(&connection);
        self.meetings.left(peer, connection);
        if self.direct.remove(&connection).is_some() {
            self.settle();
        }
    }

    fn on_opened(&mut self, ConnectionEstablished { peer_id, connection_id, endpoint, .. }: ConnectionEstablished<'_>) {
        if self.dialling.remove(&connection_id).is_some() {
            self.punched.insert(connection_id);
        }
        if !endpoint.is_relayed() {
            let tells = match endpoint {
                ConnectedPoint::Listener { .. } => true,
                ConnectedPoint::Dialer { port_use, .. } => *port_use == PortUse::Reuse,
            };
            let reach = teller(endpoint.get_remote_address());
            let dialled = endpoint.is_dialer();
            self.direct.insert(connection_id, Direct { peer: peer_id, dialled, reach, tells, observed: None });
        } else if self.local < peer_id {
            let now = now();
            self.meetings.met(peer_id, connection_id, now);
            self.tick(now);
        }
    }
}

impl NetworkBehaviour for Punch {
    type ConnectionHandler = Handler;
    type ToSwarm = Infallible;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        local: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(local))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        addr: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(addr))
    }

    fn on_swarm_event(&mut self, event: FromSwarm) {
        match event {
            FromSwarm::ConnectionEstablished(opened) => self.on_opened(opened),
            FromSwarm::ConnectionClosed(ConnectionClosed { peer_id, connection_id, .. }) => {
                self.on_closed(&peer_id, connection_id);
            }
            FromSwarm::DialFailure(DialFailure { connection_id, error, .. }) => {
                if let Some(peer) = self.dialling.remove(&connection_id) {
                    tracing::debug!(%peer, %error, "no direct connection");
                }
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, _: ConnectionId, agreed: THandlerOutEvent<Self>) {
        self.on_agreed(peer, agreed, now());
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        // Every change to the queue comes from a call by the swarm's owner or by the swarm, which polls again after it.
        self.queue.pop_front().map_or(Poll::Pending, Poll::Ready)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
