//! What the network task makes of each thing that the swarm reports.

use libp2p::core::ConnectedPoint;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{ConnectionId, SwarmEvent};
use libp2p::{Multiaddr, PeerId, gossipsub, identify, ping};

use super::run::Task;
use crate::addresses::reachability::Scope;
use crate::behaviour::BehaviourEvent;
use crate::clock::now;
use crate::connections::not_connected_reason::{Offence, WhyNot};
use crate::connections::peer_info::Direction;
use crate::direct::behaviour as direct;
use crate::direct::frame::FrameError;
use crate::direct::handler::Fault;
use crate::error::NetError;
use crate::events::NetEvent;
use crate::handle::{Token, Verdict};

impl Task {
    pub(crate) fn on_swarm_event(&mut self, event: SwarmEvent<BehaviourEvent>) -> Result<(), NetError> {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour_event(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.on_opened(peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, cause, .. } => {
                self.on_closed(peer_id, connection_id, WhyNot::of_close(cause.as_ref()));
            }
            SwarmEvent::OutgoingConnectionError { peer_id, connection_id, error } => {
                let why = WhyNot::of_dial(&error);
                self.redial.failed(connection_id, why, now());
                self.learnt.failed(connection_id, why, now());
                self.look_at.get_or_insert_with(now);
                if let Some(peer) = peer_id.filter(|peer| !self.peers.is_linked(peer)) {
                    self.peers.blame(&peer, why);
                }
                self.changed = true;
            }
            SwarmEvent::NewListenAddr { address, .. } => self.on_new_address(address),
            SwarmEvent::ListenerClosed { listener_id, .. } if self.reservations.lost(listener_id) => {}
            SwarmEvent::ListenerClosed { .. } => return Err(NetError::ListenerClosed),
            _ => {}
        }
        Ok(())
    }

    fn on_behaviour_event(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Direct(direct::Event::Ready { peer, connection }) => self.on_ready(peer, connection),
            BehaviourEvent::Direct(direct::Event::Failed { peer, fault, .. }) => self.on_fault(&peer, &fault),
            BehaviourEvent::Gossip(gossipsub::Event::Message { propagation_source, message_id, message }) => {
                let token = Token { id: message_id, from: propagation_source };
                self.on_gossip(token, message.data);
            }
            BehaviourEvent::Gossip(gossipsub::Event::Subscribed { peer_id, .. }) => self.peers.subscribed(peer_id),
            BehaviourEvent::Identify(identify::Event::Received { peer_id, connection_id, info }) => {
                self.on_identified(peer_id, connection_id, info);
            }
            BehaviourEvent::Lookup(Some(wanted)) => self.on_wanted(wanted),
            BehaviourEvent::Local(event) => self.on_local(event),
            // One that failed says little: the next may come through, and silence is counted.
            BehaviourEvent::Ping(ping::Event { peer, result: Ok(rtt), .. }) => self.peers.seen(&peer, rtt, now()),
            _ => {}
        }
    }

    fn on_opened(&mut self, peer: PeerId, connection: ConnectionId, endpoint: &ConnectedPoint) {
        let direction = if endpoint.is_dialer() { Direction::Outbound } else { Direction::Inbound };
        let addr = self.leads_to(peer, endpoint);
        if let Some(forgotten) = self.peers.opened(peer, connection, direction, addr) {
            self.swarm.behaviour_mut().blocked.unblock_peer(forgotten);
        }
        self.redial.answered(connection, peer);
    }

    fn on_ready(&mut self, peer: PeerId, connection: ConnectionId) {
        self.peers.ready(peer, connection, now());
        self.redial.ready(&peer);
        // Where two punched a way, nobody else reaches the peer, nor does this node another time.
        let punched = self.swarm.behaviour().punch.is_punched(connection);
        let dialled = self.peers.dialled_at(&peer, connection).filter(|_| !punched);
        self.learnt.ready(peer, dialled, now());
        self.place(&peer);
        if self.peers.announced(&peer).contains(&connection) {
            self.swarm.behaviour_mut().direct.deliver(peer, connection);
        }
        self.changed = true;
    }

    fn on_closed(&mut self, peer: PeerId, connection: ConnectionId, why: WhyNot) {
        let now = now();
        let lost = self.peers.closed(peer, connection, why, now);
        let why = self.peers.why(&peer).unwrap_or(why);
        self.redial.failed(connection, why, now);
        self.learnt.failed(connection, why, now);
        if lost {
            self.no_relay(&peer);
            self.learnt.lost(&peer, now);
            self.redial.lost(&peer, now);
        }
        self.changed = true;
    }

    fn on_fault(&mut self, peer: &PeerId, fault: &Fault) {
        let why = match fault {
            Fault::OtherNetwork => WhyNot::OtherNetwork,
            Fault::Frame(FrameError::Oversize { .. }) => WhyNot::Oversize,
            Fault::Frame(FrameError::Stalled) => WhyNot::Stalled,
            Fault::Frame(FrameError::Closed(_)) => WhyNot::Closed,
        };
        self.peers.blame(peer, why);
        self.changed = true;
        if why == WhyNot::Oversize {
            self.penalise(peer, Offence::Oversize);
        }
    }

    fn on_gossip(&mut self, token: Token, data: Vec<u8>) {
        let event = NetEvent::Gossip { from: token.from, token: token.clone(), bytes: data.into() };
        if self.gossip.try_send(event).is_err() {
            self.on_verdict(&token, Verdict::Ignore);
        }
    }

    fn on_identified(&mut self, peer: PeerId, connection: ConnectionId, info: identify::Info) {
        // The names of the direct protocol decide; this only says why they did not agree.
        if info.protocol_version != self.protocol {
            if !self.peers.is_linked(&peer) {
                self.peers.blame(&peer, WhyNot::OtherNetwork);
            }
            return;
        }
        self.swarm.behaviour_mut().punch.observed(connection, &info.observed_addr);
        self.on_protocols(peer, self.peers.dialled_at(&peer, connection), &info.protocols);
        let teller = self.peers.reach(&peer, connection).unwrap_or(Scope::Global);
        let allowed = self.on_claimed(peer, info.listen_addrs, teller);
        self.peers.claimed(&peer, allowed);
        self.changed = true;
    }

    /// Where a connection leads. One that came through a relay names the relay's address on this side, and nothing else.
    fn leads_to(&self, peer: PeerId, endpoint: &ConnectedPoint) -> Multiaddr {
        match endpoint {
            ConnectedPoint::Listener { local_addr, .. } if endpoint.is_relayed() => {
                let place =
                    local_addr.iter().take_while(|part| !matches!(part, Protocol::P2p(_) | Protocol::P2pCircuit));
                let place: Multiaddr = place.collect();
                let relay = self.reservations.relay_at(&place).map(Protocol::P2p);
                place.into_iter().chain(relay).chain([Protocol::P2pCircuit, Protocol::P2p(peer)]).collect()
            }
            _ => endpoint.get_remote_address().clone(),
        }
    }
}
