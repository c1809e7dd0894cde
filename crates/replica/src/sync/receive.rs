//! Vertices from peers: admitted and persisted.

use quorate_agreement::Peer;
use quorate_event::{Milestone, VerifiedVertex};
use quorate_graph::Origin;

use super::{SUMMARY_EVERY, Synchronizer};
use crate::output::Output;
use crate::persistence::HeldOutputs;
use crate::state::admission::Admission;
use crate::turn::Turn;

impl Synchronizer {
    /// Admits the vertices of one message; all of them go to disk in one write. Returns whether any was new.
    pub(crate) fn receive_vertices(&mut self, from: Peer, vertices: Vec<VerifiedVertex>, turn: &mut Turn<'_>) -> bool {
        let now = turn.now.elapsed;
        self.peers.note_activity(from, now);
        let mut admitted = Vec::new();
        for vertex in vertices {
            if turn.state.graph().contains(vertex.id()) {
                continue;
            }
            if turn.missing.was_asked(&vertex.id()) {
                self.peers.note_answer(from);
            }
            match turn.admit(vertex, Origin::Peer(from.0)) {
                Admission::Admitted(vertices) => admitted.extend(vertices),
                Admission::Waiting(missing) => turn.missing.add(missing, Some(from), now),
                // A peer passes a vertex on before it has the vertex's past: a refusal is not its fault.
                Admission::Refused(_) | Admission::Known | Admission::Dropped => {}
            }
            if turn.state.is_halted() {
                return false;
            }
        }
        let is_new = !admitted.is_empty();
        turn.persist(admitted, HeldOutputs::default());
        is_new
    }

    /// Applies a sync response. If it is incomplete, the next part is requested after that.
    pub(crate) fn receive_response(
        &mut self,
        from: Peer,
        vertices: Vec<VerifiedVertex>,
        more: bool,
        turn: &mut Turn<'_>,
    ) {
        let now = turn.now.elapsed;
        let is_new = self.receive_vertices(from, vertices, turn);
        if turn.state.is_halted() {
            return;
        }
        let was_asked = self.catch_up.answered(from, now);
        if is_new {
            self.peers.note_answer(from);
        }
        self.peers.set_ahead(from, more);
        if was_asked && more && !is_new {
            // A peer that always reports more and sends nothing new could keep the replica asking it alone.
            self.peers.note_silence(from, now);
        }
        if !self.catch_up.is_idle() {
            return;
        }
        if more && is_new { self.request(from, turn) } else { self.request_next(Some(from), turn) }
    }

    /// Milestones of heights whose committee is not known yet. Their sender is ahead or lies: it is asked for the vertices
    /// in between.
    pub(crate) fn receive_future(&mut self, from: Peer, milestones: Vec<Milestone>, turn: &mut Turn<'_>) {
        let now = turn.now.elapsed;
        self.peers.note_activity(from, now);
        let next = turn.state.height().next();
        let mut is_ahead = false;
        for milestone in milestones {
            is_ahead |= milestone.proposal().height > next;
            self.future.keep(from, milestone, next);
        }
        if is_ahead && self.catch_up.is_idle() && self.peers.may_ask(from, now) {
            self.peers.set_ahead(from, true);
            if self.peers.note_summary(from, now, SUMMARY_EVERY) {
                turn.output(Output::Summary { to: from, summary: turn.state.graph().summary() });
            }
        }
    }

    /// Admits the milestone of the next height if it is buffered: its committee is known by now. Returns whether it was new.
    pub(crate) fn take_future(&mut self, turn: &mut Turn<'_>) -> bool {
        let Some((from, milestone)) = self.future.take(turn.state.height().next()) else {
            return false;
        };
        match milestone.verify(turn.state.network(), turn.state.committee()) {
            Ok(milestone) => self.receive_vertices(from, vec![VerifiedVertex::Milestone(milestone)], turn),
            Err(_) => {
                turn.output(Output::Fault { peer: from });
                false
            }
        }
    }
}
