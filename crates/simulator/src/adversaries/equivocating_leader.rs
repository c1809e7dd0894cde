//! A leader that offers one half of the others one proposal and the other half another, and agrees with everybody.
//!
//! Both proposals are good: they differ in their time by a millisecond. Its prepares and commits go to whoever said the
//! same before, whatever it was, so that each half sees one more vote for its own. If quorums were counted wrongly, if a
//! vote counted twice, or if a proposal could be prepared without its leader's word, both would be certified.
//!
//! It leaves evidence: the offers meet when members show each other what they hold, the votes when it repeats them.

use std::collections::BTreeSet;
use std::rc::Rc;

use quorate_event::{SignedVote, Timestamp, VoteKind};
use quorate_replica::{AgreementMessage, SignedProposal};

use super::insider::Insider;
use super::messages::{agreement, of_agreement, vote, votes_in};
use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;

/// Votes that it remembers to have answered: those of some heights.
const REMEMBERS: usize = 1_024;

pub(super) struct EquivocatingLeader {
    insider: Insider,
    /// What it agreed with: once is enough, and two of a kind would agree with each other for ever.
    agreed: BTreeSet<SignedVote>,
}

impl EquivocatingLeader {
    pub(super) const fn new(insider: Insider) -> Self {
        Self { insider, agreed: BTreeSet::new() }
    }

    /// Whether a vote is one to agree with, for the first time.
    fn agrees(&mut self, theirs: &SignedVote) -> bool {
        if self.agreed.len() >= REMEMBERS {
            self.agreed.clear();
        }
        matches!(theirs.vote.kind, VoteKind::Prepare | VoteKind::Commit) && self.agreed.insert(*theirs)
    }

    /// The same offer, a millisecond later.
    fn other(&self, offer: &SignedProposal) -> Box<SignedProposal> {
        let mut proposal = offer.proposal.clone();
        proposal.time = Timestamp(proposal.time.0.saturating_add(1));
        let mut said = offer.vote.vote;
        said.proposal = proposal.id(self.insider.network);
        Box::new(SignedProposal { proposal, prepared: offer.prepared, vote: self.insider.sign(said) })
    }
}

impl Actor for EquivocatingLeader {
    fn name(&self) -> &'static str {
        "equivocating leader"
    }

    fn on_receive(&mut self, from: NodeId, packet: &Packet, context: &mut ActorContext<'_>) -> bool {
        for theirs in votes_in(packet) {
            if self.agrees(&theirs) {
                context.send(from, &vote(self.insider.sign(theirs.vote)));
            }
        }
        true
    }

    fn on_send(&mut self, to: &[NodeId], packet: &Rc<Packet>, context: &mut ActorContext<'_>) -> bool {
        let Some(AgreementMessage::Proposal { signed: offer, certificates }) = of_agreement(packet) else {
            return true;
        };
        if offer.vote.signer != self.insider.me() || offer.prepared.is_some() {
            return true;
        }
        let other =
            agreement(AgreementMessage::Proposal { signed: self.other(offer), certificates: certificates.clone() });
        for node in to {
            context.send(*node, if self.insider.is_in_first_half(*node) { packet } else { &other });
        }
        false
    }
}
