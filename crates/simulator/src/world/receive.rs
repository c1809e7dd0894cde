//! Inputs of replicas.

use std::rc::Rc;

use quorate_replica::{Atomicity, CheckedVertices, DiskTicket, Input, Intent, PeerMessage, Replica, Request};

use super::{World, peer};
use crate::node_id::NodeId;
use crate::oracle::Violation;
use crate::packet::Packet;

impl World {
    pub(super) fn client_writes(&mut self, node: NodeId, request: Request, intent: Intent) {
        self.input(node, Input::Write { request, intent, atomicity: Atomicity::Split });
    }

    pub(super) fn stored(&mut self, node: NodeId, ticket: DiskTicket) {
        if self.hosts[node.0].disk.finish_store(ticket) {
            let host = &self.hosts[node.0];
            self.oracle.stored(node, host.disk.stored(), host.replica.as_ref());
            self.input(node, Input::Stored(ticket));
        }
    }

    pub(super) fn recorded(&mut self, node: NodeId, ticket: DiskTicket) {
        if self.hosts[node.0].disk.log.finish(ticket) {
            self.input(node, Input::Recorded(ticket));
        }
    }

    /// A wake-up is stale if a later input has moved the timer.
    pub(super) fn wake(&mut self, node: NodeId) {
        let host = &mut self.hosts[node.0];
        let elapsed = host.clock.now(self.now).elapsed;
        if host.wake.is_some_and(|wake| wake <= elapsed) {
            host.wake = None;
            self.input(node, Input::Tick);
            if let Some(replica) = &self.hosts[node.0].replica {
                self.oracle.held(node, replica.held());
            }
        }
    }

    pub(super) fn deliver(&mut self, to: NodeId, from: NodeId, packet: &Rc<Packet>, corrupt: Option<u64>) {
        let packet = corrupt.map_or_else(|| Rc::clone(packet), |bit| Rc::new(packet.corrupted(bit)));
        let ends = [from.0 as u64, to.0 as u64].map(u64::to_be_bytes);
        self.trace.update(&self.now.as_nanos().to_be_bytes()).update(ends.as_flattened()).update(packet.digest());
        if self.act(to, |actor, context| actor.on_receive(from, &packet, context)) == Some(false) {
            return;
        }
        let Some(replica) = self.hosts[to.0].replica.as_ref() else {
            return;
        };
        match read(replica, from, &packet) {
            Some(inputs) => inputs.into_iter().for_each(|input| self.input(to, input)),
            None if self.is_honest => self.oracle.report(Violation::Refused { node: to, from }),
            None => {}
        }
    }

    pub(super) fn input(&mut self, node: NodeId, input: Input) {
        let host = &mut self.hosts[node.0];
        let now = host.clock.now(self.now);
        let Some(replica) = host.replica.as_mut() else {
            return;
        };
        let outputs = replica.handle(input, now);
        self.outputs(node, outputs);
        self.schedule_wake(node);
        if self.oracle.wants_look(node) {
            self.look(node);
        }
    }

    /// The node and all nodes that are up get `Connected` inputs for each other.
    pub(super) fn everybody_meets(&mut self, node: NodeId) {
        for other in self.up().into_iter().filter(|other| *other != node) {
            let (Some(ours), Some(theirs)) = (self.address(node), self.address(other)) else {
                continue;
            };
            self.input(other, Input::Connected { peer: peer(node), address: ours });
            self.input(node, Input::Connected { peer: peer(other), address: theirs });
        }
    }

    pub(super) fn everybody_loses(&mut self, node: NodeId) {
        for other in self.up() {
            self.input(other, Input::Disconnected { peer: peer(node) });
        }
    }
}

/// The inputs that a message becomes at the edge of a node; nothing if the edge refuses it as the fault of its sender.
fn read(replica: &Replica, from: NodeId, packet: &Packet) -> Option<Vec<Input>> {
    let from = peer(from);
    let input = match packet.message()? {
        PeerMessage::Agreement(_) => {
            packet.verified(&replica.verifier()).map(|message| Input::Agreement { from, message })?
        }
        PeerMessage::Summary(summary) => Input::Summary { from, summary: summary.clone() },
        PeerMessage::Want(ids) => Input::Want { from, ids: ids.clone() },
        PeerMessage::Vertices(_) => {
            let CheckedVertices { vertices, early: milestones, .. } = packet.arrivals(&replica.vertex_validator())?;
            let mut inputs = vec![Input::Vertices { from, vertices }];
            if !milestones.is_empty() {
                inputs.push(Input::FutureMilestones { from, milestones });
            }
            return Some(inputs);
        }
        PeerMessage::SyncResponse(rest) => {
            let CheckedVertices { vertices, left_out, .. } = packet.arrivals(&replica.vertex_validator())?;
            Input::SyncResponse { from, vertices, more: rest.more || left_out }
        }
        PeerMessage::GenesisWanted | PeerMessage::Genesis(_) => return None,
    };
    Some(vec![input])
}
