//! Learning what others hold, and telling them what they lack.

use std::time::Duration;

use quorate_agreement::{AgreementInput as Told, Now, Peer};
use quorate_event::{Address, EventId, VerifiedVertex};
use quorate_graph::{Origin, Summary};

use crate::output::Output;
use crate::persistence::Promise;
use crate::replica::{Replica, SUMMARY_EVERY};
use crate::state::admission::Admission;
use crate::sync::fetch::Overdue;

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

    pub(crate) fn disconnected(&mut self, peer: Peer, now: Now, out: &mut Vec<Output>) {
        self.peers.disconnect(peer);
        if self.fetch.forget(peer) {
            self.ask_next(Some(peer), now, out);
        }
    }

    /// What is due by the clock: questions to ask again, a round of sync, places in the waiting room.
    pub(crate) fn keep_time(&mut self, now: Now, out: &mut Vec<Output>) {
        for (to, ids) in self.wants.due(now.elapsed, &mut self.peers) {
            out.push(Output::Want { to, ids });
        }
        if let Some(overdue) = self.fetch.overdue(now.elapsed) {
            self.overdue(overdue, now, out);
        }
        if now.elapsed >= self.next_summary {
            self.next_summary = now.elapsed.saturating_add(SUMMARY_EVERY);
            self.graph.expire(now.elapsed);
            if let Some(to) = self.peers.next_in_turn(now.elapsed) {
                self.peers.tell(to, now.elapsed, Duration::ZERO);
                out.push(Output::Summary { to, summary: self.graph.summary() });
            }
        }
    }

    /// Vertices from a peer: each through the door, all of one message in one disk write. Whether any was new.
    pub(crate) fn vertices(
        &mut self,
        from: Peer,
        vertices: Vec<VerifiedVertex>,
        now: Now,
        out: &mut Vec<Output>,
    ) -> bool {
        self.peers.hear(from, now.elapsed);
        let mut admitted = Vec::new();
        for vertex in vertices {
            if self.graph.contains(vertex.id()) {
                continue;
            }
            if self.wants.was_asked(&vertex.id()) {
                self.peers.answered(from);
            }
            match self.admit(vertex, Origin::Peer(from.0), now, out) {
                Admission::Admitted(vertices) => admitted.extend(vertices),
                Admission::Waiting(missing) => self.wants.add(missing, Some(from), now.elapsed),
                // Whoever passed it on may not have had its past, and so may be honest.
                Admission::Refused(_) | Admission::Known | Admission::Dropped => {}
            }
            if self.halted {
                return false;
            }
        }
        let is_new = !admitted.is_empty();
        self.persist(admitted, Promise::default(), out);
        is_new
    }

    /// What we lacked by a summary of ours, or the beginning of it: taken, and only then is the next asked for.
    pub(crate) fn rest(
        &mut self,
        from: Peer,
        vertices: Vec<VerifiedVertex>,
        more: bool,
        now: Now,
        out: &mut Vec<Output>,
    ) {
        let is_new = self.vertices(from, vertices, now, out);
        if self.halted {
            return;
        }
        let was_asked = self.fetch.answered(from, now.elapsed);
        if is_new {
            self.peers.answered(from);
        }
        self.peers.set_ahead(from, more);
        if was_asked && more && !is_new {
            // Who has more and brings nothing new could ask for ever to be asked.
            self.peers.silent(from, now.elapsed);
        }
        if !self.fetch.is_idle() {
            return;
        }
        if more && is_new { self.ask(from, now, out) } else { self.ask_next(Some(from), now, out) }
    }

    /// An answer did not come. Another peer is asked at once, unless it is of no use any more.
    fn overdue(&mut self, overdue: Overdue, now: Now, out: &mut Vec<Output>) {
        let Overdue { peer, named } = overdue;
        if named.is_some_and(|id| self.graph.contains(id)) {
            self.peers.set_ahead(peer, false);
            return self.ask_next(Some(peer), now, out);
        }
        self.peers.silent(peer, now.elapsed);
        self.ask_next(Some(peer), now, out);
        let other = self.peers.after(Some(peer), now.elapsed).filter(|other| self.fetch.is_idle() && *other != peer);
        if let Some(to) = other {
            // It did not say that it has more, and so owes no answer.
            self.peers.tell(to, now.elapsed, Duration::ZERO);
            out.push(Output::Summary { to, summary: self.graph.summary() });
        }
    }

    /// Asks a peer that said that it holds more than we do, if there is one.
    fn ask_next(&mut self, after: Option<Peer>, now: Now, out: &mut Vec<Output>) {
        if let Some(next) = self.peers.next_ahead(after, now.elapsed) {
            self.ask(next, now, out);
        }
    }

    fn ask(&mut self, peer: Peer, now: Now, out: &mut Vec<Output>) {
        self.peers.tell(peer, now.elapsed, Duration::ZERO);
        self.fetch.begin(peer, None, now.elapsed);
        out.push(Output::Summary { to: peer, summary: self.graph.summary() });
    }

    /// A peer told what it holds: it gets what it lacks, a message's worth. If it holds what we lack, it is asked in
    /// turn: what one replica holds then spreads with the rounds of all, and not with everybody's own.
    pub(crate) fn asked_for_rest(&mut self, from: Peer, summary: &Summary, now: Now, out: &mut Vec<Output>) {
        let lacks = summary.heads().iter().copied().find(|head| !self.graph.contains(*head));
        self.peers.set_ahead(from, lacks.is_some());
        let is_free = lacks.is_some() && self.fetch.is_idle() && self.peers.may_ask(from, now.elapsed);
        if is_free && self.peers.tell(from, now.elapsed, SUMMARY_EVERY) {
            self.fetch.begin(from, lacks, now.elapsed);
            out.push(Output::Summary { to: from, summary: self.graph.summary() });
        }
        let rest = self.rest_for(summary);
        if !rest.is_empty() {
            out.push(Output::SendSyncResponse { to: from, response: rest });
        }
    }

    /// A peer named vertices: it gets those that are held, and hears it if none is.
    pub(crate) fn asked_for(&mut self, from: Peer, mut ids: Vec<EventId>, out: &mut Vec<Output>) {
        ids.retain(|id| self.graph.contains(*id));
        out.push(Output::SendVertices { to: from, ids });
    }
}
