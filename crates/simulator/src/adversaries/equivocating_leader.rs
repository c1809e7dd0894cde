//! A leader that sends one proposal to half of the members and another to the other half, and supports both.
//!
//! Both proposals are valid: their times differ by a millisecond. It answers each prepare or commit with the same vote, for
//! either proposal, so that each half sees one more vote for its own. If quorums were counted wrongly, if a vote counted twice,
//! or if a proposal could be prepared without its leader's signature, both would be certified.
//!
//! It leaves evidence: members exchange the proposals that they hold, and it repeats its votes.

use std::collections::BTreeSet;
use std::rc::Rc;

use quorate_event::{SignedVote, Timestamp, VoteKind};
use quorate_replica::{AgreementMessage, SignedProposal};

use super::insider::Insider;
use super::messages::{agreement, of_agreement, vote, votes_in};
use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;

/// Answered votes that it remembers: those of a few heights.
const REMEMBERS: usize = 1_024;

pub(super) struct EquivocatingLeader {
    insider: Insider,
    /// The votes that it has answered. Two equivocating leaders would answer each other without end otherwise.
    agreed: BTreeSet<SignedVote>,
}

impl EquivocatingLeader {
    pub(super) const fn new(insider: Insider) -> Self {
        Self { insider, agreed: BTreeSet::new() }
    }

    /// Whether to answer a vote: a prepare or commit that was not answered before.
    fn agrees(&mut self, theirs: &SignedVote) -> bool {
        if self.agreed.len() >= REMEMBERS {
            self.agreed.clear();
        }
        matches!(theirs.vote.kind, VoteKind::Prepare | VoteKind::Commit) && self.agreed.insert(*theirs)
    }

    /// The same proposal with a time one millisecond later.
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
