//! I4: acknowledged and final events are never lost.
//!
//! I4-L (local): the events that a node acknowledged are on its disk then and after each of its crashes, and are in its graph after
//! each start, until its disk is wiped or replaced by an older copy. A node also publishes its own events only once they are on its
//! disk. Checked upon each acknowledgement and publication, a lookup per event; upon each crash and start, a scan of the disk.
//!
//! I4-F (final): final events survive Byzantine members and lost disks of less than a third of the stake together. A member prepares
//! a cut only if the cut is on its disk, and finality needs prepares of more than two thirds. Of these members some may be
//! Byzantine, and some may have lost their disks since; all others hold the cut. So, first, when a member prepares, the heads of the
//! cut are on its disk, and by I2 all of the cut. Second, when an honest node first applies a milestone, then for each newly covered
//! event: the honest disks that hold it, the Byzantine members, and the lost disks together have more than two thirds of the stake.
//! Then at least one honest disk remains after the loss of any f disks, Byzantine ones included. Fewer holders would be too few,
//! and more cannot be required: the slowest f members may never have received it. Checked with a lookup per head for each sent
//! prepare; once per event; and upon each loss of a disk, a scan of all final events.

use quorate_event::{Canonical, EventId, Height, SignedVote, VerifiedVertex, VoteKind};
use quorate_replica::{AgreementMessage, Replica};

use super::state::{NodeState, Oracle, held};
use super::vertex_table::{VertexNumber, VertexSet};
use super::violation::Violation;
use crate::node_id::NodeId;

/// Honest members vote at most a few heights above the last milestone on any disk; an adversary can propose at any height.
const OFFERED_AHEAD: u64 = 8;

impl Oracle {
    /// A node acknowledged these events as durable to a client.
    pub(crate) fn acknowledged(&mut self, node: NodeId, events: &[EventId]) {
        if self.is_honest(node) {
            let numbers = self.written(node, events.iter().copied());
            self.nodes[node.0].acknowledged.extend(numbers);
        }
    }

    /// A node publishes these vertices: all must be on its disk.
    pub(crate) fn published(&mut self, node: NodeId, vertices: &[VerifiedVertex]) {
        if self.is_honest(node) {
            self.written(node, vertices.iter().map(VerifiedVertex::id));
        }
    }

    fn written(&mut self, node: NodeId, ids: impl Iterator<Item = EventId>) -> Vec<VertexNumber> {
        let mut numbers = Vec::new();
        for event in ids {
            let found = self.vertices.find(&event).filter(|number| self.nodes[node.0].on_disk.holds(*number));
            match found {
                Some(number) => numbers.push(number),
                None => self.report(Violation::Unwritten { node, event }),
            }
        }
        numbers
    }

    /// A node reported these events as final to a client, covered by milestones up to this one.
    pub(crate) fn finalised(&mut self, node: NodeId, events: &[EventId], milestone: Height) {
        for event in events.iter().copied().filter(|_| self.is_honest(node)).collect::<Vec<_>>() {
            let covered = self.vertices.find(&event).and_then(|number| self.vertices.record(number).covered);
            if covered.is_none_or(|height| height > milestone.0) {
                self.report(Violation::NotCovered { node, event, milestone });
            }
        }
    }

    /// A node sends a proposal.
    pub(super) fn offered(&mut self, message: &AgreementMessage) {
        let top = self.chain.keys().next_back().copied().unwrap_or_default();
        if let AgreementMessage::Proposal { signed: offer, .. } = message
            && offer.proposal.height.0 <= top + OFFERED_AHEAD
        {
            let place = (offer.proposal.height.0, self.model.proposal_id(&offer.proposal));
            self.offers.entry(place).or_insert_with(|| offer.proposal.heads.clone());
        }
    }

    /// An honest node prepares: its disk must hold the heads. Exempt are votes that its vote log held before its store was lost.
    pub(super) fn check_prepare(&mut self, node: NodeId, signed: &SignedVote) {
        let SignedVote { vote, signature, .. } = signed;
        if vote.kind != VoteKind::Prepare {
            return;
        }
        let signature = signature.to_bytes();
        if self.nodes[node.0].log_at_loss.windows(signature.len()).any(|part| part == signature) {
            return;
        }
        let heads = self.offers.get(&(vote.height.0, vote.proposal)).into_iter().flatten();
        let held = |head: &EventId| self.vertices.find(head).is_some_and(|head| self.nodes[node.0].on_disk.holds(head));
        if let Some(head) = heads.copied().find(|head| !held(head)) {
            self.report(Violation::NotHeld { node, height: vote.height, head });
        }
    }

    /// An honest node has applied the milestone of a height.
    pub(super) fn became_final(&mut self, node: NodeId, height: Height) {
        let newly = self.chain.get_mut(&height.0).map(|link| std::mem::take(&mut link.newly));
        // Skipped if a later committee counts already: the holders were not counted by this one.
        for number in newly.filter(|_| self.models.index(height.0) == self.model_index).unwrap_or_default() {
            let (event, stake) = (self.vertices.record(number).id, self.vertices.record(number).holders);
            if !self.model.is_quorum(stake + self.lacking(number)) {
                self.report(Violation::Fragile { node, event, stake });
            }
        }
    }

    /// The stake of Byzantine members and of members that lost their disks and have not caught up.
    fn away(&self) -> u128 {
        self.stake_where(|state| !state.is_honest || state.lost_until.is_some())
    }

    /// The stake of Byzantine members and of members that lost their disks and do not hold this vertex again.
    fn lacking(&self, number: VertexNumber) -> u128 {
        let lacks = |state: &NodeState| state.lost_until.is_some() && !state.on_disk.holds(number);
        self.stake_where(|state| !state.is_honest || lacks(state))
    }

    fn stake_where(&self, is_meant: impl Fn(&NodeState) -> bool) -> u128 {
        self.nodes.iter().filter(|state| is_meant(state)).map(|state| state.stake).sum()
    }

    /// A node crashed; its disk holds these vertices.
    pub(crate) fn crashed(&mut self, node: NodeId, disk: &[VerifiedVertex], replica: Option<&Replica>) {
        if !self.is_honest(node) {
            return;
        }
        self.stored(node, disk, replica);
        self.take_stock(node, disk);
        let state = &self.nodes[node.0];
        let lost = state.acknowledged.iter().filter(|number| !state.on_disk.holds(**number));
        for event in lost.map(|number| self.vertices.record(*number).id).collect::<Vec<_>>() {
            self.report(Violation::Lost { node, event });
        }
    }

    /// A node's disk was replaced: it is empty, or an older copy.
    pub(crate) fn disk_replaced(&mut self, node: NodeId, disk: &[VerifiedVertex]) {
        if !self.is_honest(node) {
            return;
        }
        self.take_stock(node, disk);
        // It may have voted at the height that was under way.
        let greatest = self.chain.keys().next_back().map(|height| height + 1);
        let state = &mut self.nodes[node.0];
        state.acknowledged.clear();
        state.lost_until = greatest;
        self.inclusion.forget();
        if self.away() * 3 < self.model.total {
            let gone = self.vertices.records().filter(|entry| entry.author.is_some() && entry.covered.is_some());
            let gone = gone.filter(|entry| entry.holders == 0).map(|entry| entry.id);
            let gone: Vec<EventId> = gone.filter(|event| !self.is_on_an_honest_disk(event)).collect();
            for event in gone {
                self.report(Violation::Fragile { node, event, stake: 0 });
            }
        }
    }

    /// Whether an honest disk holds it, of a member or not.
    fn is_on_an_honest_disk(&self, event: &EventId) -> bool {
        let number = self.vertices.find(event);
        let mut honest = self.nodes.iter().filter(|state| state.is_honest);
        number.is_some_and(|number| honest.any(|state| state.on_disk.holds(number)))
    }

    /// A node's store is gone; its vote log still holds these bytes.
    pub(crate) fn store_lost(&mut self, node: NodeId, log: &[u8]) {
        self.disk_replaced(node, &[]);
        self.nodes[node.0].log_at_loss = log.to_vec();
    }

    /// Reads all of a disk again.
    fn take_stock(&mut self, node: NodeId, disk: &[VerifiedVertex]) {
        let mut on_disk = VertexSet::default();
        on_disk.add(VertexNumber::GENESIS, &self.vertices.record(VertexNumber::GENESIS).id);
        for vertex in disk {
            if let Some(number) = self.vertices.find(&vertex.id()) {
                on_disk.add(number, &vertex.id());
            }
        }
        let state = &mut self.nodes[node.0];
        for number in state.on_disk.numbers().filter(|number| !on_disk.holds(*number)) {
            self.vertices.record_mut(number).holders -= held(number, state.stake);
        }
        state.on_disk = on_disk;
        state.read = disk.len();
    }

    /// A node has started on its disk.
    pub(crate) fn started(&mut self, node: NodeId, replica: &Replica) {
        if !self.is_honest(node) {
            return;
        }
        let state = &mut self.nodes[node.0];
        state.admitted = state.on_disk.sum();
        let acknowledged = state.acknowledged.iter().map(|number| self.vertices.record(*number).id);
        for event in acknowledged.filter(|event| !replica.holds(*event)).collect::<Vec<_>>() {
            self.report(Violation::Lost { node, event });
        }
    }
}
