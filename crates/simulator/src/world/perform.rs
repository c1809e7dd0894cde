//! What a replica asks for, done.

use std::convert::Infallible;
use std::rc::Rc;

use quorate_event::{EventId, KeyRing, VerifiedVertex};
use quorate_replica::{AgreementMessage as Message, Notice, Output, Peer, PeerMessage, Recipient, Request, RestIds};

use super::{Action, Node, Outcome, World, named};
use crate::oracle::Violation;
use crate::receipt::Receipt;
use crate::wire::Wire;

impl World {
    pub(super) fn outputs(&mut self, node: Node, outputs: Vec<Output>) {
        for output in outputs {
            self.output(node, output);
        }
    }

    fn output(&mut self, node: Node, output: Output) {
        if let Some(what) = rare(&output) {
            self.sometimes_happens(what);
        }
        let life = self.hosts[node.0].life;
        match output {
            Output::Persist { ticket, vertices } => {
                self.hosts[node.0].disk.store(ticket, vertices);
                self.sync(node, Action::Stored { node, life, ticket });
            }
            Output::Record { ticket, bytes, supersedes } => {
                self.hosts[node.0].disk.log.write(ticket, bytes, supersedes);
                self.sync(node, Action::Recorded { node, life, ticket });
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
            Output::SendRest { to, rest } => self.send_rest(node, to, &rest),
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

    fn noticed(&mut self, node: Node, notice: &Notice) {
        match notice {
            Notice::Admitted { id } => self.oracle.admitted(node, id),
            Notice::Milestone { height, id, covered, .. } => {
                self.oracle.applied(node, *height, *id);
                self.tell_subscribers(node, Receipt { height: *height, covered: *covered });
            }
            Notice::Evidence { culprit } => {
                self.oracle.accused(node, *culprit);
                self.hosts[node.0].accused.insert(*culprit);
            }
            Notice::Changed { .. } => {}
        }
    }

    /// A write that was begun ends well after a while, or badly.
    fn sync(&mut self, node: Node, done: Action) {
        let after = self.disk_chance.time(&self.disks.fsync);
        let rate = u64::from(self.disks.fail_per_million);
        let is_full = self.hosts[node.0].is_full;
        let fails = rate > 0 && self.disk_chance.below(1_000_000) < rate || is_full;
        if is_full {
            self.sometimes_happens("a disk was full");
        }
        let life = self.hosts[node.0].life;
        self.plan(after, if fails { Action::Failed { node, life } } else { done });
    }

    fn outcome_mut(&mut self, node: Node, request: Request) -> &mut Outcome {
        self.hosts[node.0].outcomes.entry(request).or_default()
    }

    fn send_vertices(&mut self, node: Node, to: Peer, ids: &[EventId]) {
        let disk = &self.hosts[node.0].disk;
        let vertices = ids.iter().filter_map(|id| disk.vertex(id)).cloned();
        let vertices: Vec<_> = vertices.filter_map(proven).collect();
        self.send(node, Recipient::Peer(to), PeerMessage::Vertices(bytes(&vertices)));
    }

    fn send_rest(&mut self, node: Node, to: Peer, rest: &RestIds) {
        let disk = &self.hosts[node.0].disk;
        let load = |id: &EventId| Ok::<_, Infallible>(disk.vertex(id).map(|vertex| vertex.bytes().to_vec()));
        let Ok(rest) = rest.load(load);
        if let Some(rest) = rest {
            self.send(node, Recipient::Peer(to), PeerMessage::Rest(rest));
        }
    }

    fn tell_subscribers(&mut self, from: Node, receipt: Receipt) {
        if self.subscribers.is_empty() {
            return;
        }
        let wire = Rc::new(Wire::of_bytes(receipt.to_bytes()));
        for to in self.subscribers.clone() {
            self.carry(from, to, &wire);
        }
    }

    fn send(&mut self, from: Node, to: Recipient, message: PeerMessage) {
        if self.is_mute {
            return;
        }
        let wanted: Vec<Node> = match to {
            Recipient::All => self.up().into_iter().filter(|node| *node != from).collect(),
            Recipient::Peer(wanted) => vec![named(wanted)],
            Recipient::Member(wanted) => {
                self.up().into_iter().filter(|node| self.address(*node) == Some(wanted)).collect()
            }
        };
        let wire = Wire::new(message);
        if self.act(from, |actor, hands| actor.says(&wanted, &wire, hands)) != Some(false) {
            for to in wanted {
                self.carry(from, to, &wire);
            }
        }
    }

    /// One message over one link: lost, once, or twice.
    pub(super) fn carry(&mut self, from: Node, to: Node, wire: &Rc<Wire>) {
        let Some(life) = self.hosts.get(to.0).map(|host| host.life) else {
            return;
        };
        if let Some(PeerMessage::Agreement(message)) = wire.message().filter(|_| !self.oracle.is_honest(from)) {
            self.oracle.overheard(message);
        }
        let now = self.now;
        if self.sieve.as_mut().is_some_and(|sieve| !sieve.passes(now, from, to, wire)) {
            return;
        }
        for passage in self.network.carry(self.now, (from, to), (wire.bytes().len(), wire.urgency())) {
            let (wire, corrupt) = (Rc::clone(wire), passage.corrupt);
            self.heap.plan(passage.at.max(self.now), Action::Deliver { to, life, from, wire, corrupt });
        }
    }
}

/// A vertex that anybody can check by itself.
fn proven(vertex: VerifiedVertex) -> Option<VerifiedVertex> {
    match vertex {
        VerifiedVertex::Event(event) => event.check_signature(&mut KeyRing::default()).ok().map(VerifiedVertex::Event),
        VerifiedVertex::Milestone(_) => Some(vertex),
    }
}

fn bytes(vertices: &[VerifiedVertex]) -> Vec<Vec<u8>> {
    vertices.iter().map(|vertex| vertex.bytes().to_vec()).collect()
}

/// What only some runs reach.
const fn rare(output: &Output) -> Option<&'static str> {
    match output {
        Output::Want { .. } => Some("a parent was missing and asked for"),
        Output::SendVertices { .. } => Some("vertices were sent again"),
        Output::SendRest { rest, .. } if !rest.stretches.is_empty() => Some("history was sent below its milestones"),
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
