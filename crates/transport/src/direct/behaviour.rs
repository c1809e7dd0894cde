//! The direct protocol as a part of the behaviour of the node.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::{
    CloseConnection, ConnectionClosed, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NotifyHandler,
    THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};

use super::inbox::Inbox;
use crate::direct::handler::{ConnectionFault, Deliver, DirectHandler, HandlerReport};
use crate::direct::negotiate::ClassProtocols;
use crate::direct::send_queue::{SendQueue, SendQueues};

/// A change of a connection.
#[derive(Debug)]
pub(crate) enum DirectEvent {
    /// Both streams are open: the peer is of this network.
    Ready { peer: PeerId, connection: ConnectionId },
    /// The connection is being closed, or will be closed soon.
    Failed { peer: PeerId, fault: ConnectionFault },
}

/// The direct protocol as a part of the node's behaviour.
pub(crate) struct DirectBehaviour {
    protocols: ClassProtocols,
    inbox: Inbox,
    send_queues: Arc<SendQueues>,
    /// The queue of each connection; the connection limits bound their number.
    open: BTreeMap<ConnectionId, Arc<SendQueue>>,
    /// At most a few for each connection.
    queue: VecDeque<ToSwarm<DirectEvent, Deliver>>,
}

impl DirectBehaviour {
    pub(crate) fn new(protocols: ClassProtocols, inbox: Inbox, send_queues: Arc<SendQueues>) -> Self {
        Self { protocols, inbox, send_queues, open: BTreeMap::new(), queue: VecDeque::new() }
    }

    /// Starts the readers of a connection.
    pub(crate) fn deliver(&mut self, peer_id: PeerId, connection: ConnectionId) {
        let handler = NotifyHandler::One(connection);
        self.queue.push_back(ToSwarm::NotifyHandler { peer_id, handler, event: Deliver });
    }

    /// `end` is the address that names the relay, if the connection goes through one.
    fn handler(&mut self, peer: PeerId, connection: ConnectionId, end: &Multiaddr) -> DirectHandler {
        let send_queue = Arc::new(SendQueue::of(end));
        self.open.insert(connection, Arc::clone(&send_queue));
        DirectHandler::new(peer, self.protocols.clone(), self.inbox.clone(), send_queue)
    }

    fn on_report(&mut self, peer: PeerId, connection: ConnectionId, report: HandlerReport) {
        let event = match report {
            HandlerReport::Ready => {
                let Some(send_queue) = self.open.get(&connection) else {
                    return;
                };
                self.send_queues.insert(peer, connection, Arc::clone(send_queue));
                DirectEvent::Ready { peer, connection }
            }
            HandlerReport::Failed(fault) => DirectEvent::Failed { peer, fault },
        };
        // A peer of another network is left to the idle timeout: if this side closed at once, the other side would not
        // learn the reason.
        let close = matches!(&event, DirectEvent::Failed { fault: ConnectionFault::Frame(_), .. });
        self.queue.push_back(ToSwarm::GenerateEvent(event));
        if close {
            let connection = CloseConnection::One(connection);
            self.queue.push_back(ToSwarm::CloseConnection { peer_id: peer, connection });
        }
    }
}

impl NetworkBehaviour for DirectBehaviour {
    type ConnectionHandler = DirectHandler;
    type ToSwarm = DirectEvent;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(peer, connection, local))
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        addr: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(peer, connection, addr))
    }

    fn on_swarm_event(&mut self, event: FromSwarm) {
        if let FromSwarm::ConnectionClosed(ConnectionClosed { peer_id, connection_id, .. }) = event {
            self.open.remove(&connection_id);
            self.send_queues.remove(&peer_id, connection_id);
        }
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, report: THandlerOutEvent<Self>) {
        self.on_report(peer, connection, report);
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        // The queue changes only in calls by the swarm or its owner, and the swarm polls again after each.
        self.queue.pop_front().map_or(Poll::Pending, Poll::Ready)
    }
}

#[cfg(test)]
mod tests {
    use crate::direct::frame::{MAX_URGENT_BYTES, Urgency};
    use crate::{NetEvent, NotConnectedReason, TransportConfig, start};

    #[tokio::test]
    async fn a_peer_that_sends_an_oversize_frame_is_dropped() {
        let (one, mut one_events) = start(TransportConfig::new([1; 32], [7; 32]).unwrap()).await.unwrap();
        let mut config = TransportConfig::new([2; 32], [7; 32]).unwrap();
        config.static_peers = one.listen_addrs().await.unwrap();
        let (two, mut two_events) = start(config).await.unwrap();
        let (one_id, two_id) = (one.peer_id(), two.peer_id());
        while two_events.recv().await.unwrap() != (NetEvent::Connected { peer: one_id }) {}
        // Without the check of the length, as an attacker would.
        two.send_queues.push_unchecked(&one_id, Urgency::Urgent, vec![0; MAX_URGENT_BYTES + 1].into());
        loop {
            match one_events.recv().await.unwrap() {
                NetEvent::Disconnected { peer } => break assert_eq!(peer, two_id),
                event => assert!(!matches!(event, NetEvent::Message { .. }), "{event:?}"),
            }
        }
        let peers = one.peers().await.unwrap();
        assert_eq!(peers[0].not_connected_reason, Some(NotConnectedReason::Oversize));
        assert!(peers[0].score < 0.0);
    }
}
