//! The events of the swarm, and the reaction of the network task to each.

use libp2p::core::ConnectedPoint;
use libp2p::multiaddr::Protocol;
use libp2p::swarm::{ConnectionId, SwarmEvent};
use libp2p::{Multiaddr, PeerId, gossipsub, identify, ping};

use super::run::Task;
use crate::addresses::reachability::Reach;
use crate::behaviour::NodeBehaviourEvent;
use crate::clock::now;
use crate::connections::not_connected_reason::{NotConnectedReason, Offence};
use crate::connections::peer_info::Direction;
use crate::direct::behaviour::DirectEvent;
use crate::direct::frame::FrameError;
use crate::direct::handler::ConnectionFault;
use crate::error::NetError;
use crate::events::NetEvent;
use crate::handle::{GossipToken, GossipVerdict};

impl Task {
    pub(crate) fn on_swarm_event(&mut self, event: SwarmEvent<NodeBehaviourEvent>) -> Result<(), NetError> {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour_event(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.on_opened(peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, cause, .. } => {
                self.on_closed(peer_id, connection_id, NotConnectedReason::of_close(cause.as_ref()));
            }
            SwarmEvent::OutgoingConnectionError { peer_id, connection_id, error } => {
                let reason = NotConnectedReason::of_dial(&error);
                self.static_peers.dial_failed(connection_id, reason, now());
                self.address_book.dial_failed(connection_id, reason, now());
                self.next_dial_check.get_or_insert_with(now);
                if let Some(peer) = peer_id.filter(|peer| !self.peers.has_ready_connection(peer)) {
                    self.peers.set_reason(&peer, reason);
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

    fn on_behaviour_event(&mut self, event: NodeBehaviourEvent) {
        match event {
            NodeBehaviourEvent::Direct(DirectEvent::Ready { peer, connection }) => self.on_ready(peer, connection),
            NodeBehaviourEvent::Direct(DirectEvent::Failed { peer, fault, .. }) => self.on_fault(&peer, &fault),
            NodeBehaviourEvent::Gossip(gossipsub::Event::Message { propagation_source, message_id, message }) => {
                let token = GossipToken { id: message_id, from: propagation_source };
                self.on_gossip(token, message.data);
            }
            NodeBehaviourEvent::Gossip(gossipsub::Event::Subscribed { peer_id, .. }) => self.peers.subscribed(peer_id),
            NodeBehaviourEvent::Identify(identify::Event::Received { peer_id, connection_id, info }) => {
                self.on_identified(peer_id, connection_id, info);
            }
            NodeBehaviourEvent::Lookup(Some(discovered)) => self.on_discovered(discovered),
            NodeBehaviourEvent::Local(event) => self.on_local(event),
            // A failed ping needs no reaction: ticks without an answer are counted.
            NodeBehaviourEvent::Ping(ping::Event { peer, result: Ok(rtt), .. }) => {
                self.peers.answered_ping(&peer, rtt, now())
            }
            _ => {}
        }
    }

    fn on_opened(&mut self, peer: PeerId, connection: ConnectionId, endpoint: &ConnectedPoint) {
        let direction = if endpoint.is_dialer() { Direction::Outbound } else { Direction::Inbound };
        let addr = self.leads_to(peer, endpoint);
        if let Some(forgotten) = self.peers.opened(peer, connection, direction, addr) {
            self.swarm.behaviour_mut().blocked.unblock_peer(forgotten);
        }
        self.static_peers.answered(connection, peer);
    }

    fn on_ready(&mut self, peer: PeerId, connection: ConnectionId) {
        self.peers.ready(peer, connection, now());
        self.static_peers.connected(&peer);
        // The address of a punched connection works neither for other peers nor for later dials, so it is not kept.
        let punched = self.swarm.behaviour().is_punched(connection);
        let dialled = self.peers.dialled_at(&peer, connection).filter(|_| !punched);
        self.address_book.connected(peer, dialled, now());
        self.publish_addresses(&peer);
        if self.peers.announced(&peer).contains(&connection) {
            self.swarm.behaviour_mut().direct.deliver(peer, connection);
        }
        self.changed = true;
    }

    fn on_closed(&mut self, peer: PeerId, connection: ConnectionId, reason: NotConnectedReason) {
        let now = now();
        let lost = self.peers.closed(peer, connection, reason, now);
        let reason = self.peers.reason(&peer).unwrap_or(reason);
        self.static_peers.dial_failed(connection, reason, now);
        self.address_book.dial_failed(connection, reason, now);
        if lost {
            self.remove_relay(&peer);
            self.address_book.disconnected(&peer, now);
            self.static_peers.disconnected(&peer, now);
        }
        self.changed = true;
    }

    fn on_fault(&mut self, peer: &PeerId, fault: &ConnectionFault) {
        let reason = match fault {
            ConnectionFault::OtherNetwork => NotConnectedReason::OtherNetwork,
            ConnectionFault::Frame(FrameError::Oversize { .. }) => NotConnectedReason::Oversize,
            ConnectionFault::Frame(FrameError::Stalled) => NotConnectedReason::Stalled,
            ConnectionFault::Frame(FrameError::Closed(_)) => NotConnectedReason::Closed,
        };
        self.peers.set_reason(peer, reason);
        self.changed = true;
        if reason == NotConnectedReason::Oversize {
            self.penalise(peer, Offence::Oversize);
        }
    }

    fn on_gossip(&mut self, token: GossipToken, data: Vec<u8>) {
        let event = NetEvent::Gossip { from: token.from, token: token.clone(), bytes: data.into() };
        if self.gossip.try_send(event).is_err() {
            self.on_verdict(&token, GossipVerdict::Ignore);
        }
    }

    fn on_identified(&mut self, peer: PeerId, connection: ConnectionId, info: identify::Info) {
        // The direct protocol decides whether the peer is of this network; this only gives the reason if not.
        if info.protocol_version != self.protocol {
            if !self.peers.has_ready_connection(&peer) {
                self.peers.set_reason(&peer, NotConnectedReason::OtherNetwork);
            }
            return;
        }
        self.swarm.behaviour_mut().observed(connection, &info.observed_addr);
        self.on_protocols(peer, self.peers.dialled_at(&peer, connection), &info.protocols);
        let peer_reach = self.peers.reach(&peer, connection).unwrap_or(Reach::Global);
        let allowed = self.on_claimed(peer, info.listen_addrs, peer_reach);
        self.peers.set_listen_addrs(&peer, allowed);
        self.changed = true;
    }

    /// The address of the peer of a connection. For one that came through a relay libp2p gives only the relay's address.
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
