//! A leader that offers something new in a view of its own although nothing says that it may.
//!
//! As soon as it hears what is offered at a height, it offers the same a few milliseconds younger in each of the next
//! views that it leads, without a certificate, and agrees with whoever votes for that. A milestone of which hardly anybody
//! knows may exist by then. If an offer counted without the certificates that justify it, another one would be certified
//! at that height.
//!
//! It leaves evidence where its replica, which goes on behind it, offers or votes in such a view as well.

use std::collections::BTreeSet;
use std::rc::Rc;

use quorate_event::{ProposalId, SignedVote, Timestamp, View, Vote, VoteKind};
use quorate_replica::{AgreementMessage, SignedProposal, leader};

use super::insider::Insider;
use super::messages::{agreement, of_agreement, vote, votes_in};
use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;

/// How many views ahead it offers: beyond those nobody keeps an offer.
const AHEAD: u64 = 4;
/// What it remembers of offers and votes: those of some heights.
const REMEMBERS: usize = 1_024;

pub(super) struct RashLeader {
    insider: Insider,
    /// What it offered.
    offered: BTreeSet<ProposalId>,
    /// The views, with their height, that it has offered something for.
    views: BTreeSet<(u64, u64)>,
    /// What it agreed with.
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

    /// Offers what was offered, with another time, in the next views that it leads.
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

    /// Says the same as whoever votes for what it offered.
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
