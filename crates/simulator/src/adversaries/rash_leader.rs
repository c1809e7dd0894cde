//! A leader that proposes something new in a later view of its own although no certificate allows it.
//!
//! As soon as it receives a proposal of a height, it proposes the same with a slightly later time in each of the next views that
//! it leads, without a certificate, and repeats each vote for it. A milestone that most members do not know may exist by then.
//! If a proposal were accepted without the certificates that justify it, a second milestone would be certified at that height.
//!
//! It leaves evidence if its replica, which runs behind it, proposes or votes in such a view as well.

use std::collections::BTreeSet;
use std::rc::Rc;

use quorate_event::{ProposalId, SignedVote, Timestamp, View, Vote, VoteKind};
use quorate_replica::{AgreementMessage, SignedProposal, leader};

use super::insider::Insider;
use super::messages::{agreement, of_agreement, vote, votes_in};
use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;

/// How many views ahead it proposes: replicas keep no proposals of later views.
const AHEAD: u64 = 4;
/// Proposals and votes that it remembers: those of a few heights.
const REMEMBERS: usize = 1_024;

pub(super) struct RashLeader {
    insider: Insider,
    /// Its proposals.
    offered: BTreeSet<ProposalId>,
    /// The heights and views of its proposals.
    views: BTreeSet<(u64, u64)>,
    /// The votes that it has repeated.
    agreed: BTreeSet<SignedVote>,
}

impl RashLeader {
    pub(super) const fn new(insider: Insider) -> Self {
        Self { insider, offered: BTreeSet::new(), views: BTreeSet::new(), agreed: BTreeSet::new() }
    }

    fn to_all(&self, packet: &Rc<Packet>, context: &mut ActorContext<'_>) {
        for node in &self.insider.others {
            context.send(*node, packet);
        }
    }

    /// Proposes the same with another time in the next views that it leads.
    fn offer(&mut self, theirs: &SignedProposal, context: &mut ActorContext<'_>) {
        let (of, proposal) = (theirs.vote.vote, &theirs.proposal);
        let genesis = &self.insider.genesis;
        let mine =
            |view: u64| leader(&genesis.committee, proposal.previous, of.height, View(view)) == self.insider.me();
        let views: Vec<u64> = (of.view.0 + 1..=of.view.0 + AHEAD).filter(|view| mine(*view)).collect();
        if self.offered.contains(&of.proposal) || self.offered.len() >= REMEMBERS {
            return;
        }
        for view in views {
            if !self.views.insert((of.height.0, view)) {
                continue;
            }
            let mut proposal = proposal.clone();
            proposal.time = Timestamp(proposal.time.0 + view);
            let id = proposal.id(self.insider.network);
            let said = Vote { kind: VoteKind::Propose, view: View(view), proposal: id, ..of };
            let offer = Box::new(SignedProposal { proposal, prepared: None, vote: self.insider.sign(said) });
            self.offered.insert(id);
            self.to_all(&agreement(AgreementMessage::Proposal { signed: offer, certificates: Vec::new() }), context);
        }
    }

    /// Repeats each vote for its own proposals.
    fn agree(&mut self, packet: &Packet, context: &mut ActorContext<'_>) {
        for theirs in votes_in(packet) {
            let is_mine = self.offered.contains(&theirs.vote.proposal) && theirs.vote.kind != VoteKind::Propose;
            let said = self.insider.sign(theirs.vote);
            if is_mine && self.agreed.len() < REMEMBERS && self.agreed.insert(said) {
                self.to_all(&vote(said), context);
            }
        }
    }

    fn notice(&mut self, packet: &Packet, context: &mut ActorContext<'_>) {
        if let Some(AgreementMessage::Proposal { signed: offer, .. }) = of_agreement(packet) {
            self.offer(offer, context);
        }
        self.agree(packet, context);
    }
}

impl Actor for RashLeader {
    fn name(&self) -> &'static str {
        "rash leader"
    }

    fn on_receive(&mut self, _from: NodeId, packet: &Packet, context: &mut ActorContext<'_>) -> bool {
        self.notice(packet, context);
        true
    }

    fn on_send(&mut self, _to: &[NodeId], packet: &Rc<Packet>, context: &mut ActorContext<'_>) -> bool {
        self.notice(packet, context);
        true
    }
}
