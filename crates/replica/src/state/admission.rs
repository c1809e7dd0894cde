//! Admission: a vertex enters the graph, and its payload is folded into the rest of the state.

use std::sync::Arc;
use std::time::Duration;

use quorate_event::{Height, Payload, VerifiedEvent, VerifiedMilestone, VerifiedVertex, View};
use quorate_graph::{Insertion, Origin};

use super::ReplicatedState;
use crate::evidence::Reporter;
use crate::output::{Notice, Output};
use crate::pbft_step::PbftStep;

/// The circumstances under which a vertex arrives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) from: Origin,
    /// The time since the start.
    pub(crate) at: Duration,
    /// The height and view of agreement.
    pub(crate) height: Height,
    pub(crate) view: View,
}

/// The result of an admission.
#[derive(Debug)]
pub(crate) enum Admission {
    /// The vertex is in the graph; so are those that waited for it.
    Admitted(Vec<VerifiedVertex>),
    /// The vertex waits for these parents.
    Waiting(Vec<quorate_event::EventId>),
    /// The vertex was in the graph already.
    Known,
    /// The vertex contradicts its own past.
    Refused(String),
    /// There is no room to wait in, or the vertex is one branch too many of an equivocator.
    Dropped,
}

impl ReplicatedState {
    /// Brings a vertex into the graph and folds every vertex that became ready.
    pub(crate) fn admit(&mut self, vertex: VerifiedVertex, arrival: Arrival, outputs: &mut Vec<Output>) -> Admission {
        if let VerifiedVertex::Milestone(milestone) = &vertex
            && (self.contradicts_trusted(milestone.height(), vertex.id(), outputs) || self.is_obsolete(milestone))
        {
            return Admission::Dropped;
        }
        match self.graph.insert(vertex, arrival.from, arrival.at) {
            Insertion::Ready { admitted, equivocations, .. } => {
                for found in equivocations {
                    outputs.push(Output::Notice(Notice::Evidence { culprit: found.author }));
                }
                for vertex in &admitted {
                    outputs.push(Output::Notice(Notice::Admitted { id: vertex.id() }));
                    match vertex {
                        VerifiedVertex::Event(event) => self.fold_event(event, arrival, outputs),
                        VerifiedVertex::Milestone(milestone) => self.apply(milestone, outputs),
                    }
                }
                self.touch_after_equivocation();
                self.consequences.has_progress = true;
                Admission::Admitted(admitted)
            }
            Insertion::Waiting { missing } => Admission::Waiting(missing),
            Insertion::Known => Admission::Known,
            Insertion::Refused(reason) => Admission::Refused(reason.to_string()),
            Insertion::Dropped(_) => Admission::Dropped,
        }
    }

    /// Whether another milestone of its height is final here, and the committee that certified this one is no longer the
    /// present one: its keys may have leaked since. Where it still is the present one, more than a third of the stake
    /// signed twice, and the replica halts: see [`ReplicatedState::halt`].
    fn is_obsolete(&self, milestone: &VerifiedMilestone) -> bool {
        let (height, id) = (milestone.height(), milestone.id().event_id());
        let is_other = height <= self.height() && self.graph.milestone(height) != Some(id);
        is_other && self.committee_of(height) != Some(self.committee())
    }

    fn fold_event(&mut self, event: &VerifiedEvent, arrival: Arrival, outputs: &mut Vec<Output>) {
        let id = event.id();
        let Arrival { at, height, view, .. } = arrival;
        if !self.is_recovering {
            outputs.push(Output::Step(PbftStep::request(event, height, view)));
        }
        let payload = &event.body().payload;
        self.uncovered.add(id, *payload == Payload::MilestoneRequest, at);
        match payload {
            Payload::MilestoneRequest => {}
            Payload::Evidence(evidence) => {
                let reporter = Reporter { author: event.body().author, event: id };
                let (committees, graph) = (self.validator.committees(), &self.graph);
                let is_void = |event| graph.is_void(event);
                if let Some(culprit) = self.evidence.learn(evidence, reporter, self.network, committees, is_void) {
                    outputs.push(Output::Notice(Notice::Evidence { culprit }));
                }
            }
            Payload::Edits(documents) => {
                let names = self.documents.fold(id, payload, documents, &self.graph);
                for document in names {
                    outputs.push(Output::Notice(Notice::Changed { document: Arc::clone(document), event: id }));
                }
            }
        }
    }

    /// While there are equivocators, the events of theirs that count depend on citations and on milestones: every document
    /// may show something else.
    pub(super) fn touch_after_equivocation(&mut self) {
        if !self.graph.equivocators().is_empty() {
            self.documents.touch_all();
        }
    }

    /// Stops the replica: the state and a certificate contradict each other.
    pub(super) fn halt(&mut self, height: Height, outputs: &mut Vec<Output>) {
        self.is_halted = true;
        outputs.push(Output::Halt { height });
    }
}
