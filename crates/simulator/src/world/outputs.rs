//! Outputs of replicas: writes, messages, reports.

use std::convert::Infallible;
use std::rc::Rc;

use quorate_event::{EventId, KeyRing, VerifiedVertex};
use quorate_replica::{
    AgreementMessage as Message, Notice, Output, Peer, PeerMessage, Recipient, Request, SyncResponseIds,
};

use super::{RequestOutcome, SimEvent, World, named};
use crate::node_id::NodeId;
use crate::oracle::Violation;
use crate::packet::Packet;
use crate::receipt::Receipt;

impl World {
    pub(super) fn outputs(&mut self, node: NodeId, outputs: Vec<Output>) {
        for output in outputs {
            self.output(node, output);
        }
    }

    fn output(&mut self, node: NodeId, output: Output) {
        if let Some(what) = rare(&output) {
            self.mark(what);
        }
        let life = self.hosts[node.0].life;
        match output {
            Output::Persist { ticket, vertices } => {
                self.hosts[node.0].disk.store(ticket, vertices);
                self.sync(node, SimEvent::Stored { node, life, ticket });
            }
            Output::Record { ticket, bytes, supersedes } => {
                self.hosts[node.0].disk.log.write(ticket, bytes, supersedes);
                self.sync(node, SimEvent::Recorded { node, life, ticket });
            }
            Output::Publish(vertices) => {
                self.oracle.published(node, &vertices);
                self.send(node, Recipient::All, PeerMessage::Vertices(bytes(&vertices)));
            }
            Output::Agreement { to, message } => {
                self.oracle.will_say(node, &message, &self.hosts[node.0].disk.log);
                self.oracle.said(node, &message);
                self.send(node, to, PeerMessage::Agreement(message));
            }
            Output::Summary { to, summary } => self.send(node, Recipient::Peer(to), PeerMessage::Summary(summary)),
            Output::Want { to, ids } => self.send(node, Recipient::Peer(to), PeerMessage::Want(ids)),
            Output::SendVertices { to, ids } => self.send_vertices(node, to, &ids),
            Output::SendSyncResponse { to, response: rest } => self.send_sync_response(node, to, &rest),
            Output::Durable { request, events } => {
                self.oracle.acknowledged(node, &events);
                self.outcome_mut(node, request).durable = Some(events);
            }
            Output::Final { request, milestone } => {
                let now = self.now;
                let outcome = self.outcome_mut(node, request);
                (outcome.finality, outcome.final_at) = (Some(milestone), Some(now));
                let events = outcome.durable.clone().unwrap_or_default();
                self.oracle.finalised(node, &events, milestone);
            }
            Output::Refused { request, refusal } => self.outcome_mut(node, request).refusal = Some(refusal),
            Output::Notice(notice) => self.noticed(node, &notice),
            Output::Fault { peer } if self.is_honest => {
                self.oracle.report(Violation::Blamed { node, peer: named(peer) });
            }
            Output::Fault { .. } | Output::Step(_) => {}
            Output::Contradicted { height, .. } | Output::Halt { height } => {
                self.oracle.report(Violation::Halted { node, height })
            }
        }
    }

    fn noticed(&mut self, node: NodeId, notice: &Notice) {
        match notice {
            Notice::Admitted { id } => self.oracle.admitted(node, id),
            Notice::Milestone { height, id, covered, .. } => {
                self.oracle.applied(node, *height, *id);
                self.send_receipts(node, Receipt { height: *height, covered: *covered });
            }
            Notice::Evidence { culprit } => {
                self.oracle.accused(node, *culprit);
                self.hosts[node.0].accused.insert(*culprit);
            }
            Notice::Changed { .. } => {}
        }
    }

    /// Schedules the end of a write, which may fail.
    fn sync(&mut self, node: NodeId, done: SimEvent) {
        let after = self.disk_rng.time(&self.disks.fsync);
        let rate = u64::from(self.disks.fail_per_million);
        let is_full = self.hosts[node.0].is_full;
        let fails = rate > 0 && self.disk_rng.below(1_000_000) < rate || is_full;
        if is_full {
            self.mark("a disk was full");
        }
        let life = self.hosts[node.0].life;
        self.schedule(after, if fails { SimEvent::Failed { node, life } } else { done });
    }

    fn outcome_mut(&mut self, node: NodeId, request: Request) -> &mut RequestOutcome {
        self.hosts[node.0].outcomes.entry(request).or_default()
    }

    fn send_vertices(&mut self, node: NodeId, to: Peer, ids: &[EventId]) {
        let disk = &self.hosts[node.0].disk;
        let vertices = ids.iter().filter_map(|id| disk.vertex(id)).cloned();
        let vertices: Vec<_> = vertices.filter_map(proven).collect();
        self.send(node, Recipient::Peer(to), PeerMessage::Vertices(bytes(&vertices)));
    }

    fn send_sync_response(&mut self, node: NodeId, to: Peer, rest: &SyncResponseIds) {
        let disk = &self.hosts[node.0].disk;
        let load = |id: &EventId| Ok::<_, Infallible>(disk.vertex(id).map(|vertex| vertex.bytes().to_vec()));
        let Ok(rest) = rest.load(load);
        if let Some(rest) = rest {
            self.send(node, Recipient::Peer(to), PeerMessage::SyncResponse(rest));
        }
    }

    fn send_receipts(&mut self, from: NodeId, receipt: Receipt) {
        if self.subscribers.is_empty() {
            return;
        }
        let packet = Rc::new(Packet::of_bytes(receipt.to_bytes()));
        for to in self.subscribers.clone() {
            self.carry(from, to, &packet);
        }
    }

    fn send(&mut self, from: NodeId, to: Recipient, message: PeerMessage) {
        if self.drops_sends {
            return;
        }
        let wanted: Vec<NodeId> = match to {
            Recipient::All => self.up().into_iter().filter(|node| *node != from).collect(),
            Recipient::Peer(wanted) => vec![named(wanted)],
            Recipient::Member(wanted) => {
                self.up().into_iter().filter(|node| self.address(*node) == Some(wanted)).collect()
            }
        };
        let packet = Packet::new(message);
        if self.act(from, |actor, context| actor.on_send(&wanted, &packet, context)) != Some(false) {
            for to in wanted {
                self.carry(from, to, &packet);
            }
        }
    }

    /// One message over one link: lost, once, or twice.
    pub(super) fn carry(&mut self, from: NodeId, to: NodeId, packet: &Rc<Packet>) {
        let Some(life) = self.hosts.get(to.0).map(|host| host.life) else {
            return;
        };
        if let Some(PeerMessage::Agreement(message)) = packet.message().filter(|_| !self.oracle.is_honest(from)) {
            self.oracle.overheard(message);
        }
        let now = self.now;
        if self.message_filter.as_mut().is_some_and(|filter| !filter.passes(now, from, to, packet)) {
            return;
        }
        for delivery in self.network.carry(self.now, (from, to), (packet.bytes().len(), packet.class())) {
            let (packet, corrupt) = (Rc::clone(packet), delivery.corrupt);
            self.queue.push(delivery.at.max(self.now), SimEvent::Deliver { to, life, from, packet, corrupt });
        }
    }
}

/// A vertex that its receiver can verify: an event whose signature is checked, or a milestone.
fn proven(vertex: VerifiedVertex) -> Option<VerifiedVertex> {
    match vertex {
        VerifiedVertex::Event(event) => event.check_signature(&mut KeyRing::default()).ok().map(VerifiedVertex::Event),
        VerifiedVertex::Milestone(_) => Some(vertex),
    }
}

fn bytes(vertices: &[VerifiedVertex]) -> Vec<Vec<u8>> {
    vertices.iter().map(|vertex| vertex.bytes().to_vec()).collect()
}

/// The coverage mark of an output, if it has one.
const fn rare(output: &Output) -> Option<&'static str> {
    match output {
        Output::Want { .. } => Some("a parent was missing and asked for"),
        Output::SendVertices { .. } => Some("vertices were sent again"),
        Output::SendSyncResponse { response: rest, .. } if !rest.ranges.is_empty() => {
            Some("history was sent below its milestones")
        }
        Output::Refused { .. } => Some("a write was refused"),
        Output::Fault { .. } => Some("a peer was blamed"),
        Output::Record { supersedes: true, .. } => Some("a vote log began anew"),
        Output::Notice(Notice::Evidence { .. }) => Some("a key was caught lying"),
        Output::Agreement { message: Message::Certificate(_), .. } => Some("a certificate was handed on"),
        Output::Agreement { message: Message::Milestone(_), .. } => Some("a milestone was handed on"),
        Output::Agreement { message: Message::Proposal { signed: offer, .. }, .. } if offer.vote.vote.view.0 > 0 => {
            Some("a later leader proposed")
        }
        _ => None,
    }
}
