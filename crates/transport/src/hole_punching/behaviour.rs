//! Hole punching as a part of the behaviour of the node: the peers that are dialled, their addresses, and the rate.

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

use super::attempts::{AttemptSchedule, DueAttempt};
use super::coordination::{AgreedDial, DialPlan, MAX_ADDRS};
use super::handler::{OpenCoordination, PunchHandler, PunchProtocol};
use crate::addresses::multiaddr::{is_relayed, named_peer};
use crate::addresses::reachability::reaches_beyond_loopback;
use crate::addresses::reachability::{Reach, may_announce, reach_of_peer};
use crate::clock::now;

/// The interval in which one peer causes one dial at most; a correct peer requests fewer.
const REQUEST_INTERVAL: Duration = Duration::from_secs(5);

/// Peers that may cause a dial within that interval.
const MAX_REQUESTS: usize = 64;

/// Agreed dials that are under way. A dial without an answer lasts ten seconds and occupies one of the pending
/// connections.
const MAX_DIALLING: usize = 8;

/// A direct connection.
struct DirectConnection {
    peer: PeerId,
    /// Whether this node dialled it. An attacker can open many inbound connections, so these count less.
    dialled: bool,
    reach: Reach,
    /// Whether the other side observes the listening port of this node: others can dial such an address.
    is_listening_port: bool,
    /// The address that the other side observes.
    observed: Option<Multiaddr>,
}

/// Hole punching as a part of the node's behaviour. The connection limits bound its tables.
pub(crate) struct HolePunching {
    local: PeerId,
    name: StreamProtocol,
    listens: bool,
    /// The nearest reach at which this node dials: that of its own listening addresses.
    floor: Reach,
    announced: Vec<Multiaddr>,
    own: watch::Sender<Vec<Multiaddr>>,
    direct: BTreeMap<ConnectionId, DirectConnection>,
    attempts: AttemptSchedule,
    /// The time of the last dial that each peer caused.
    recent_requests: BTreeMap<PeerId, Instant>,
    /// Agreed dials, until they end.
    dialling: BTreeMap<ConnectionId, PeerId>,
    /// The connections that these dials made.
    punched: BTreeSet<ConnectionId>,
    /// At most one for each attempt and each dial.
    queue: VecDeque<ToSwarm<Infallible, OpenCoordination>>,
}

impl HolePunching {
    /// `listen` are the listening addresses, `announced` those that the operator announces.
    pub(crate) fn new(local: PeerId, name: StreamProtocol, listen: &[Multiaddr], announced: &[Multiaddr]) -> Self {
        let beyond = reaches_beyond_loopback(listen);
        Self {
            local,
            name,
            listens: !listen.is_empty(),
            floor: if beyond || listen.is_empty() { Reach::Private } else { Reach::Loopback },
            announced: announced.to_vec(),
            own: watch::Sender::new(announced.iter().take(MAX_ADDRS).cloned().collect()),
            direct: BTreeMap::new(),
            attempts: AttemptSchedule::default(),
            recent_requests: BTreeMap::new(),
            dialling: BTreeMap::new(),
            punched: BTreeSet::new(),
            queue: VecDeque::new(),
        }
    }

    /// A peer of this network observes this node at `addr`.
    pub(crate) fn observed(&mut self, connection: ConnectionId, addr: &Multiaddr) {
        let addr: Multiaddr = addr.iter().filter(|part| !matches!(part, Protocol::P2p(_))).collect();
        let listens = self.listens && !is_relayed(&addr);
        let Some(direct) = self.direct.get_mut(&connection).filter(|direct| listens && direct.is_listening_port) else {
            return;
        };
        direct.observed = Some(addr).filter(|addr| may_announce(direct.reach, addr));
        self.update_own_addresses();
    }

    /// Computes the addresses of this node: those announced, then those that most peers observe. Peers that this node dialled
    /// count before others, since an attacker can connect under any number of peer ids.
    fn update_own_addresses(&mut self) {
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

    /// Whether a connection comes from an agreed dial: other peers cannot dial its address.
    pub(crate) fn is_punched(&self, connection: ConnectionId) -> bool {
        self.punched.contains(&connection)
    }

    /// Starts the attempts that are due.
    pub(crate) fn tick(&mut self, now: Instant) {
        let has_addrs = !self.own.borrow().is_empty();
        let direct: BTreeSet<PeerId> = self.direct.values().map(|direct| direct.peer).collect();
        for DueAttempt { peer, connection, attempts } in self.attempts.due(now, |peer| direct.contains(peer)) {
            let (peer_id, handler) = (peer, NotifyHandler::One(connection));
            let event = OpenCoordination(DialPlan::of(attempts, has_addrs));
            self.queue.push_back(ToSwarm::NotifyHandler { peer_id, handler, event });
        }
    }

    fn handler(&self, addr: &Multiaddr) -> PunchHandler {
        let name = is_relayed(addr).then(|| self.name.clone());
        PunchHandler::new(PunchProtocol(name), self.own.subscribe())
    }

    fn on_agreed(&mut self, peer: PeerId, AgreedDial { role, addrs }: AgreedDial, now: Instant) {
        let is_direct = self.direct.values().any(|direct| direct.peer == peer);
        let has_room = self.dialling.len() < MAX_DIALLING && self.dialling.values().all(|other| *other != peer);
        if is_direct || !has_room || !self.may_request(peer, now) {
            return;
        }
        let addrs = self.allowed(peer, addrs);
        if addrs.is_empty() {
            tracing::debug!(%peer, "no address that it names may be dialled");
            return;
        }
        tracing::debug!(%peer, ?addrs, ?role, "trying a direct connection");
        let opts = DialOpts::peer_id(peer).addresses(addrs).condition(PeerCondition::Always);
        let opts = if role == Endpoint::Listener { opts.override_role() } else { opts }.build();
        self.dialling.insert(opts.connection_id(), peer);
        self.queue.push_back(ToSwarm::Dial { opts });
    }

    /// Whether a peer may cause a dial now.
    fn may_request(&mut self, peer: PeerId, now: Instant) -> bool {
        self.recent_requests.retain(|_, asked| now < *asked + REQUEST_INTERVAL);
        let may_request = self.recent_requests.len() < MAX_REQUESTS && !self.recent_requests.contains_key(&peer);
        if may_request {
            self.recent_requests.insert(peer, now);
        }
        may_request
    }

    /// Those of the addresses that a peer named at which this node may dial it.
    fn allowed(&self, peer: PeerId, addrs: Vec<Multiaddr>) -> Vec<Multiaddr> {
        let farthest = self.direct.values().map(|direct| direct.reach).max().unwrap_or(Reach::Global).max(self.floor);
        let may = |addr: &Multiaddr| !is_relayed(addr) && may_announce(farthest, addr);
        let addrs = addrs.into_iter().filter_map(|addr| addr.with_p2p(peer).ok());
        addrs.filter(|addr| may(addr) && named_peer(addr) == Some(peer)).take(MAX_ADDRS).collect()
    }

    fn on_closed(&mut self, peer: &PeerId, connection: ConnectionId) {
        self.punched.remove(&connection);
        self.attempts.disconnected(peer, connection);
        if self.direct.remove(&connection).is_some() {
            self.update_own_addresses();
        }
    }

    fn on_opened(&mut self, ConnectionEstablished { peer_id, connection_id, endpoint, .. }: ConnectionEstablished<'_>) {
        if self.dialling.remove(&connection_id).is_some() {
            self.punched.insert(connection_id);
        }
        if !endpoint.is_relayed() {
            let is_listening_port = match endpoint {
                ConnectedPoint::Listener { .. } => true,
                ConnectedPoint::Dialer { port_use, .. } => *port_use == PortUse::Reuse,
            };
            let reach = reach_of_peer(endpoint.get_remote_address());
            let dialled = endpoint.is_dialer();
            self.direct.insert(
                connection_id,
                DirectConnection { peer: peer_id, dialled, reach, is_listening_port, observed: None },
            );
        } else if self.local < peer_id {
            let now = now();
            self.attempts.connected(peer_id, connection_id, now);
            self.tick(now);
        }
    }
}

impl NetworkBehaviour for HolePunching {
    type ConnectionHandler = PunchHandler;
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
        // The queue changes only in calls by the swarm or its owner, and the swarm polls again after each.
        self.queue.pop_front().map_or(Poll::Pending, Poll::Ready)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
