//! Learning what others hold, and telling them what they lack.

use std::time::Duration;

use quorate_agreement::{Input as Told, Now, Peer};
use quorate_event::{Address, EventId, VerifiedVertex, is_planted};
use quorate_graph::{Origin, Summary};

use crate::admit::Admission;
use crate::disk::Promise;
use crate::message::VERTICES;
use crate::output::Output;
use crate::replica::{Replica, SUMMARY_EVERY};

impl Replica {
    pub(crate) fn connected(&mut self, peer: Peer, address: Address, now: Now, out: &mut Vec<Output>) {
        if self.peers.is_empty() {
            self.next_summary = now.elapsed.saturating_add(SUMMARY_EVERY);
        }
        self.peers.connect(peer, address);
        self.peers.tell(peer, now.elapsed, Duration::ZERO);
        out.push(Output::Summary { to: peer, summary: self.graph.summary() });
        self.tell(Told::Connected(peer));
    }

    pub(crate) fn disconnected(&mut self, peer: Peer) {
        self.peers.disconnect(peer);
    }

    /// What is due by the clock: questions to ask again, a round of sync, places in the waiting room.
    pub(crate) fn keep_time(&mut self, now: Now, out: &mut Vec<Output>) {
        for (to, ids) in self.wants.due(now.elapsed, &self.peers) {
            out.push(Output::Want { to, ids });
        }
        if now.elapsed >= self.next_summary {
            self.next_summary = now.elapsed.saturating_add(SUMMARY_EVERY);
            self.graph.expire(now.elapsed);
            let next = self.peers.next_in_turn().filter(|_| !is_planted("no rounds of sync"));
            if let Some(to) = next {
                self.peers.tell(to, now.elapsed, Duration::ZERO);
                out.push(Output::Summary { to, summary: self.graph.summary() });
            }
        }
    }

    /// Vertices from a peer: each through the door, all of one message in one disk write.
    pub(crate) fn vertices(
        &mut self,
        from: Peer,
        vertices: Vec<VerifiedVertex>,
        more: bool,
        now: Now,
        out: &mut Vec<Output>,
    ) {
        let mut admitted = Vec::new();
        for vertex in vertices {
            if self.graph.contains(vertex.id()) {
                continue;
            }
            match self.admit(vertex, Origin::Peer(from.0), now, out) {
                Admission::Admitted(vertices) => admitted.extend(vertices),
                Admission::Waiting(missing) => self.wants.add(missing, Some(from), now.elapsed),
                // Whoever passed it on may not have had its past, and so may be honest.
                Admission::Refused(_) | Admission::Known | Admission::Dropped => {}
            }
            if self.halted {
                return;
            }
        }
        // Who has more and brings nothing new could ask for ever to be asked; the rounds go on with the next peer.
        let goes_on = more && !admitted.is_empty() && self.peers.tell(from, now.elapsed, Duration::ZERO);
        self.persist(admitted, Promise::default(), out);
        if goes_on {
            out.push(Output::Summary { to: from, summary: self.graph.summary() });
        }
    }

    /// A peer told what it holds: it gets what it lacks, a message's worth at a time. If it holds what we lack, it is
    /// asked in turn: what one replica holds then spreads with the rounds of all, and not with everybody's own.
    pub(crate) fn asked_for_rest(&mut self, from: Peer, summary: &Summary, now: Now, out: &mut Vec<Output>) {
        let lacks = summary.heads().iter().any(|head| !self.graph.contains(*head));
        if lacks && self.peers.tell(from, now.elapsed, SUMMARY_EVERY) {
            out.push(Output::Summary { to: from, summary: self.graph.summary() });
        }
        let mut ids: Vec<EventId> = self.graph.lacking(summary).take(VERTICES.saturating_add(1)).collect();
        let more = ids.len() > VERTICES;
        ids.truncate(if is_planted("sync stops short") { ids.len() / 2 } else { VERTICES });
        if !ids.is_empty() {
            out.push(Output::SendVertices { to: from, ids, more });
        }
    }

    /// A peer named vertices: it gets those that are held.
    pub(crate) fn asked_for(&mut self, from: Peer, mut ids: Vec<EventId>, out: &mut Vec<Output>) {
        ids.retain(|id| self.graph.contains(*id));
        if !ids.is_empty() {
            out.push(Output::SendVertices { to: from, ids, more: false });
        }
    }
}
