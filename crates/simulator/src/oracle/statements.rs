//! What nodes send and report: votes, proposals, applied milestones, accusations.

use quorate_event::{Address, Canonical, EventId, Height, SignedVote};
use quorate_replica::AgreementMessage;

use super::state::{ChainLink, LOOK_EVERY, Oracle};
use super::violation::Violation;
use super::votes;
use crate::disk::SimulatedVoteLog;
use crate::node_id::NodeId;

impl Oracle {
    /// A node has applied a milestone that is on its disk.
    pub(crate) fn applied(&mut self, node: NodeId, height: Height, id: EventId) {
        if !self.is_honest(node) {
            return;
        }
        let first = self.chain.entry(height.0).or_insert(ChainLink { id, newly: Vec::new() }).id;
        if first != id {
            self.forks.insert(height.0);
            return self.report(Violation::TwoMilestones { node, height, first, id });
        }
        let state = &mut self.nodes[node.0];
        state.wants_look = height.0.is_multiple_of(LOOK_EVERY);
        state.lost_until = state.lost_until.filter(|until| *until > height.0);
        self.became_final(node, height);
        self.begin(height.next());
    }

    /// A vertex is part of the node's merged state now.
    pub(crate) fn admitted(&mut self, node: NodeId, id: &EventId) {
        if let Some(state) = self.nodes.get_mut(node.0) {
            state.admitted.add(id);
        }
    }

    /// An honest node's replica sends a message of agreement. For a Byzantine node see [`Self::overheard`]: its actor may drop the
    /// message.
    pub(crate) fn said(&mut self, node: NodeId, message: &AgreementMessage) {
        if !self.is_honest(node) {
            return;
        }
        let me = self.nodes[node.0].address;
        self.offered(message);
        for signed in votes::votes_of(message) {
            if signed.signer == me {
                self.votes.greatest = self.votes.greatest.max(signed.vote.height.0);
                self.check_prepare(node, signed);
            }
            self.note(signed);
        }
        self.overhear_certificates(message);
    }

    /// A message of agreement leaves a Byzantine node.
    pub(crate) fn overheard(&mut self, message: &AgreementMessage) {
        self.offered(message);
        for signed in votes::votes_of(message) {
            self.note(signed);
        }
        self.overhear_certificates(message);
    }

    fn overhear_certificates(&mut self, message: &AgreementMessage) {
        if self.has_adversaries {
            for certificate in votes::certificates_of(message) {
                self.votes.note_certificate(certificate, &self.model);
            }
        }
    }

    fn note(&mut self, signed: &SignedVote) {
        let Some(first) = self.votes.note(signed, &self.model) else {
            return;
        };
        if let Some(node) = self.node_of(signed.signer).filter(|node| self.is_honest(*node)) {
            let (height, view, second) = (signed.vote.height, signed.vote.view.0, signed.vote.kind);
            self.report(Violation::TwoVotes { node, height, view, first, second });
        }
    }

    /// A node has evidence against a key.
    pub(crate) fn accused(&mut self, node: NodeId, culprit: Address) {
        if self.is_honest(node) && self.is_honest_address(culprit) {
            self.report(Violation::Accused { node, culprit });
        }
    }

    /// I7: a node's replica is about to send a message of agreement, and this is its vote log. A repeated vote, perhaps from
    /// before the loss of the disk, is checked the first time only.
    pub(crate) fn will_say(&mut self, node: NodeId, message: &AgreementMessage, log: &SimulatedVoteLog) {
        if !self.is_honest(node) {
            return;
        }
        let me = self.nodes[node.0].address;
        let own = votes::votes_of(message).iter().filter(|signed| signed.signer == me && !self.votes.knows(signed));
        let unrecorded = own.filter(|signed| !log.holds(&signed.signature.to_bytes()));
        for SignedVote { vote, .. } in unrecorded.copied().collect::<Vec<_>>() {
            let (height, view, kind) = (vote.height, vote.view.0, vote.kind);
            self.report(Violation::Unrecorded { node, height, view, kind });
        }
    }
}
