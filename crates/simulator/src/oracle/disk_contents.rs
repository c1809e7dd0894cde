//! I1 and I2 upon each vertex and each milestone that reaches the disk of an honest node.

use quorate_event::{EventId, Height, ProposalId, VerifiedMilestone, VerifiedVertex};
use quorate_replica::Replica;

use super::cut::{self, CutFlaw};
use super::inclusion;
use super::state::{ChainLink, Oracle, held};
use super::vertex_table::VertexNumber;
use super::violation::Violation;
use crate::node_id::NodeId;

impl Oracle {
    /// A node's disk holds these vertices now, and its replica has applied the milestones among them.
    pub(crate) fn stored(&mut self, node: NodeId, disk: &[VerifiedVertex], replica: Option<&Replica>) {
        if !self.is_honest(node) {
            return;
        }
        let read = std::mem::replace(&mut self.nodes[node.0].read, disk.len());
        for vertex in disk.get(read..).unwrap_or_default() {
            self.keep(node, vertex, replica);
        }
    }

    fn keep(&mut self, node: NodeId, vertex: &VerifiedVertex, replica: Option<&Replica>) {
        let id = vertex.id();
        let known = self.vertices.find(&id);
        let number = known.unwrap_or_else(|| self.meet(node, vertex));
        for parent in vertex.parents() {
            let found = self.vertices.find(&parent);
            if !found.is_some_and(|parent| self.nodes[node.0].on_disk.holds(parent)) {
                self.report(Violation::Unclosed { node, vertex: id, parent });
            }
        }
        self.shelve(node, number, &id);
        if let VerifiedVertex::Milestone(milestone) = vertex {
            self.check_certificate(node, milestone);
            if known.is_none() {
                self.milestone(node, milestone, replica);
            }
        }
    }

    /// The first sight of a vertex on an honest disk.
    fn meet(&mut self, node: NodeId, vertex: &VerifiedVertex) -> VertexNumber {
        let (number, rival) = self.vertices.add(vertex);
        if let VerifiedVertex::Event(event) = vertex {
            let (event, author) = (event.id(), event.body().author);
            if !self.model.is_event(vertex.bytes(), event, author) {
                self.report(Violation::Forged { node, event });
            }
            let writer = self.node_of(author).filter(|writer| self.is_honest(*writer));
            if let (Some(first), Some(node)) = (rival, writer) {
                let first = self.vertices.record(first).id;
                self.report(Violation::TwoEvents { node, first, second: event });
            }
            if let Some(first) = rival {
                self.lane_forks.entry((author, first)).or_insert_with(|| vec![first]).push(number);
            }
        }
        number
    }

    fn shelve(&mut self, node: NodeId, number: VertexNumber, id: &EventId) {
        let state = &mut self.nodes[node.0];
        let stake = state.stake;
        if !state.on_disk.add(number, id) || stake == 0 {
            return;
        }
        let entry = self.vertices.record_mut(number);
        entry.holders += stake;
        let (holders, covered) = (entry.holders, entry.covered);
        let Some(author) = entry.author else { return };
        if holders == self.honest && covered.is_none() && self.is_honest_address(author) {
            self.inclusion.ripe(number, self.votes.greatest);
        }
    }

    /// The first sight of a milestone on an honest disk.
    fn milestone(&mut self, node: NodeId, milestone: &VerifiedMilestone, replica: Option<&Replica>) {
        let (height, id) = (milestone.height(), milestone.id().event_id());
        if let Some(link) = self.chain.get(&height.0) {
            let first = link.id;
            self.forks.insert(height.0);
            return self.report(Violation::TwoMilestones { node, height, first, id });
        }
        self.models.follow(height.0, replica);
        if let Err(flaw) = self.link(milestone) {
            self.report(Violation::Cut { node, height, id, flaw });
        }
    }

    /// The first milestone of its height: checks its cut and marks the vertices that it covers.
    fn link(&mut self, milestone: &VerifiedMilestone) -> Result<(), CutFlaw> {
        let (height, id) = (milestone.height().0, milestone.id().event_id());
        let proposal = milestone.proposal();
        let below = height.checked_sub(1).and_then(|below| self.chain.get(&below)).map(|link| link.id);
        self.chain.insert(height, ChainLink { id, newly: Vec::new() });
        if let Some(number) = self.vertices.find(&id) {
            self.vertices.record_mut(number).covered = Some(height);
        }
        if below != Some(proposal.previous.event_id()) {
            return Err(CutFlaw::NotAfter { previous: below.unwrap_or(id) });
        }
        let newly = cut::newly_covered(proposal, &self.vertices)?;
        let follows = self.models.at(height + 1).committee_digest();
        let valid = cut::check(proposal, &newly, &self.vertices, (self.models.at(height), follows));
        for number in &newly {
            self.vertices.record_mut(*number).covered = Some(height);
        }
        self.include(milestone, &newly);
        self.chain.insert(height, ChainLink { id, newly });
        self.offers = self.offers.split_off(&(height, ProposalId::NONE));
        valid
    }

    fn include(&mut self, milestone: &VerifiedMilestone, newly: &[VertexNumber]) {
        let size = cut::size(newly, &self.vertices);
        let model = self.models.at(milestone.height().0);
        let could = inclusion::could_include(milestone, size, model, |address| self.is_honest_address(address));
        let left_out = self.inclusion.covered(milestone.height().0, could, &self.vertices, model.faults());
        for (event, heights) in left_out {
            let event = self.vertices.record(event).id;
            self.report(Violation::LeftOut { event, heights });
        }
    }

    /// I3: the certificate of a milestone on an honest disk is valid under the committee of its height.
    pub(super) fn check_certificate(&mut self, node: NodeId, milestone: &VerifiedMilestone) {
        let (height, id) = (milestone.height(), milestone.id().event_id());
        if let Err(flaw) = self.certificates.check(milestone, self.models.at(height.0)) {
            self.report(Violation::Certificate { node, height, id, flaw });
        }
        if self.has_adversaries {
            self.votes.note_certificate(milestone.certificate(), &self.model);
        }
    }

    /// A height begins. If its committee differs from the last one, stakes are counted again: new members need not hold what
    /// all earlier members held.
    pub(super) fn begin(&mut self, height: Height) {
        let model_index = self.models.index(height.0);
        if model_index <= self.model_index {
            return;
        }
        (self.model_index, self.model) = (model_index, self.models.at(height.0).clone());
        for entry in self.vertices.records_mut() {
            entry.holders = 0;
        }
        self.honest = 0;
        for state in &mut self.nodes {
            state.stake = self.model.stakes.get(&state.address).copied().unwrap_or_default();
            if state.is_honest {
                self.honest += state.stake;
                for number in state.on_disk.numbers() {
                    self.vertices.record_mut(number).holders += held(number, state.stake);
                }
            }
        }
        self.inclusion.forget();
    }
}
