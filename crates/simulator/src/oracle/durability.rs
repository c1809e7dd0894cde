//! I4: what was promised to last does.
//!
//! I4-L: what a node acknowledged lies on its disk then and after each of its crashes, and is in its graph after each
//! start. A wiped disk, or one that was put back to an older state, ends the promise. Nor does anything leave a node that
//! it signed and that its disk does not hold. When: upon each acknowledgement and publication, a look-up an event; upon
//! each crash and start, a look at all of the disk.
//!
//! I4-F: what is final survives whatever less than a third of the stake does, be it lies or the loss of disks. A member
//! prepares a cut only when it is on its disk, and nothing is final without prepares of more than two thirds. Of those,
//! liars may have lied, and some disks may have been lost since and not be filled again; the others hold it. So when a
//! member prepares, the heads of the cut are on its disk, and with them all of it (I2). And when a
//! milestone is first applied by an honest node, for each newly covered event: honest disks that hold it, liars, and
//! lost disks together have more than two thirds of the stake. Whichever f disks go next, with the liars among the f, an
//! honest disk is left. Fewer than n - f honest holders would be too few, and more cannot be asked for: the slowest f may
//! never have had it. When: a look-up a head, for each prepare that is said; once an event; and upon each loss of a disk, a look at all that is final.

use quorate_event::{Canonical, EventId, Height, SignedVote, VerifiedVertex, VoteKind};
use quorate_replica::{AgreementMessage, Replica};

use super::state::{NodeState, Oracle, held};
use super::vertex_table::{VertexNumber, VertexSet};
use super::violation::Violation;
use crate::node_id::NodeId;

/// Nobody can vote further above the last milestone that a disk holds than a few heights; a liar can propose anywhere.
const OFFERED_AHEAD: u64 = 8;

impl Oracle {
    /// A client was told that these are on the node's disk.
    pub(crate) fn acknowledged(&mut self, node: NodeId, events: &[EventId]) {
        if self.is_honest(node) {
            let numbers = self.written(node, events.iter().copied());
            self.nodes[node.0].acknowledged.extend(numbers);
        }
    }

    /// A node sends these of its own accord: of its own events all must be on its disk.
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

    /// A client was told that milestones up to this one cover its events.
    pub(crate) fn finalised(&mut self, node: NodeId, events: &[EventId], milestone: Height) {
        for event in events.iter().copied().filter(|_| self.is_honest(node)).collect::<Vec<_>>() {
            let covered = self.vertices.find(&event).and_then(|number| self.vertices.record(number).covered);
            if covered.is_none_or(|height| height > milestone.0) {
                self.report(Violation::NotCovered { node, event, milestone });
            }
        }
    }

    /// Somebody shows a proposal.
    pub(super) fn offered(&mut self, message: &AgreementMessage) {
        let top = self.chain.keys().next_back().copied().unwrap_or_default();
        if let AgreementMessage::Proposal { signed: offer, .. } = message
            && offer.proposal.height.0 <= top + OFFERED_AHEAD
        {
            let place = (offer.proposal.height.0, self.model.proposal_id(&offer.proposal));
            self.offers.entry(place).or_insert_with(|| offer.proposal.heads.clone());
        }
    }

    /// An honest node says that it holds what it votes for. A leader who offers again what a quorum has prepared need not,
    /// nor does one that repeats what its vote log held before its store was lost.
    pub(super) fn promised(&mut self, node: NodeId, signed: &SignedVote) {
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
        // Where a later committee is counted already, nobody said so while this one was.
        for number in newly.filter(|_| self.models.index(height.0) == self.model_index).unwrap_or_default() {
            let (event, stake) = (self.vertices.record(number).id, self.vertices.record(number).holders);
            if !self.model.is_quorum(stake + self.lacking(number)) {
                self.report(Violation::Fragile { node, event, stake });
            }
        }
    }

    /// The stake of liars, and of those whose disk was lost and is not filled again.
    fn away(&self) -> u128 {
        self.stake_where(|state| !state.is_honest || state.lost_until.is_some())
    }

    /// The stake of those of them that do not hold this again.
    fn lacking(&self, number: VertexNumber) -> u128 {
        let lacks = |state: &NodeState| state.lost_until.is_some() && !state.on_disk.holds(number);
        self.stake_where(|state| !state.is_honest || lacks(state))
    }

    fn stake_where(&self, is_meant: impl Fn(&NodeState) -> bool) -> u128 {
        self.nodes.iter().filter(|state| is_meant(state)).map(|state| state.stake).sum()
    }

    /// A node died; this is what its disk holds.
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

    /// A node's disk is another one: empty, or an older one.
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
            let gone: Vec<EventId> = gone.filter(|event| !self.somebody_holds(event)).collect();
            for event in gone {
                self.report(Violation::Fragile { node, event, stake: 0 });
            }
        }
    }

    /// Whether it lies on an honest disk, be its owner a member or not.
    fn somebody_holds(&self, event: &EventId) -> bool {
        let number = self.vertices.find(event);
        let mut honest = self.nodes.iter().filter(|state| state.is_honest);
        number.is_some_and(|number| honest.any(|state| state.on_disk.holds(number)))
    }

    /// A node's store is gone, and its vote log still holds this.
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
