//! Replaced members that continue as if they were the committee: together they hold all keys of the old committee.
//!
//! At the heights after the change they certify milestones of their own, each of which names the old committee again; they
//! certify views, and vote. They repeat honest votes under other heights, and their own votes of old ones. For the last height
//! of their term they certify a second milestone, whose certificate is as valid as the first: a member that holds the first keeps
//! it. Nothing else that they sign counts.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use quorate_event::{
    Certificate, Committee, Height, Milestone, Proposal, ProposalId, SecretKey, SignedVote, Timestamp, View, Vote,
    VoteKind,
};
use quorate_replica::{AgreementMessage, HistoryRange, PeerMessage, Position, SignedProposal};

use super::insider::Insider;
use super::messages::{agreement, noise, of_agreement, proposal_of_noise, rest, vertices, vote, votes_in};
use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;
use crate::rng::Rng;

const SENDS_EVERY: Duration = Duration::from_millis(50);
/// Votes of others that it remembers.
const REMEMBERS: usize = 64;
/// Milestones of one alternative history.
const HISTORY: usize = 3;

/// One of the replaced members, with the keys of all of them.
pub struct Reconfigurer {
    insider: Insider,
    keys: Vec<SecretKey>,
    /// The true proposal that replaced them: the last that their keys may certify. Before it they are honest.
    last: Option<Proposal>,
    /// The latest true proposal.
    offered: Option<Proposal>,
    votes: VecDeque<SignedVote>,
    /// The last true history that it received.
    heard: Vec<HistoryRange>,
}

impl Reconfigurer {
    /// An actor with the keys of the members that will be replaced.
    pub fn new(insider: Insider, keys: Vec<SecretKey>) -> Self {
        Self { insider, keys, last: None, offered: None, votes: VecDeque::new(), heard: Vec::new() }
    }

    fn certificate(&self, vote: Vote) -> Certificate {
        let signed = self.keys.iter().map(|key| vote.sign(self.insider.network, key));
        let mut signatures: Vec<_> = signed.map(|signed| (signed.signer, signed.signature)).collect();
        signatures.sort_unstable();
        Certificate { vote, signatures }
    }

    fn milestone(&self, proposal: Proposal, view: View) -> Option<Milestone> {
        let proposed = proposal.id(self.insider.network);
        let vote = Vote { kind: VoteKind::Commit, height: proposal.height, view, proposal: proposed };
        Milestone::new(proposal, self.certificate(vote), self.insider.network).ok()
    }

    fn old_committee(&self) -> &Committee {
        &self.insider.genesis.committee
    }

    /// Whether a height after the change is under way.
    fn is_replaced(&self) -> bool {
        let heights =
            self.last.as_ref().zip(self.offered.as_ref()).map(|(last, offered)| (last.height, offered.height));
        heights.is_some_and(|(last, offered)| offered > last)
    }

    /// A chain of its own milestones from the present height on, each naming the old committee.
    fn history(&self, rng: &mut Rng) -> Vec<Milestone> {
        let Some(true_one) = self.offered.as_ref().filter(|_| self.is_replaced()) else {
            return Vec::new();
        };
        let mut proposal = Proposal { time: Timestamp(true_one.time.0 + 1), ..true_one.clone() };
        let mut milestones = Vec::new();
        for _ in 0..HISTORY {
            proposal.next_committee = self.old_committee().digest();
            let (height, time) = (proposal.height.next(), Timestamp(proposal.time.0 + 1));
            let Some(milestone) = self.milestone(proposal, View(rng.below(2))) else {
                return milestones;
            };
            proposal = proposal_of_noise(height, milestone.id(), time, rng);
            milestones.push(milestone);
        }
        milestones
    }

    /// A second milestone of the last height of its term.
    fn second(&self) -> Option<Milestone> {
        let first = self.last.as_ref()?;
        self.milestone(Proposal { time: Timestamp(first.time.0 + 7), ..first.clone() }, View(0))
    }

    /// A vote of another member moved to another height, with the old signature.
    fn shifted(&self, rng: &mut Rng) -> Option<SignedVote> {
        let at = rng.up_to(self.votes.len().checked_sub(1)?);
        let mut vote = *self.votes.get(at)?;
        let height = vote.vote.height.0;
        vote.vote.height = Height(if rng.per_mille(500) { height + 1 } else { height.saturating_sub(1).max(1) });
        Some(vote)
    }

    /// A vote of one of its keys at the present height or the next two.
    fn own(&self, rng: &mut Rng) -> Option<SignedVote> {
        let offered = self.offered.as_ref()?;
        let key = self.keys.get(rng.up_to(self.keys.len().checked_sub(1)?))?;
        let kind = [VoteKind::Propose, VoteKind::Prepare, VoteKind::Commit, VoteKind::Skip][rng.up_to(3)];
        let height = Height(offered.height.0 + rng.below(3));
        let proposal = if kind == VoteKind::Skip { ProposalId::NONE } else { ProposalId::new(noise(rng)) };
        Some(Vote { kind, height, view: View(rng.below(2)), proposal }.sign(self.insider.network, key))
    }

    fn lie(&self, rng: &mut Rng) -> Option<Rc<Packet>> {
        Some(match rng.below(8) {
            0 => agreement(AgreementMessage::Milestone(self.history(rng).first()?.to_bytes())),
            1 => vertices(self.history(rng).iter().map(Milestone::to_bytes).collect()),
            2 => rest(self.ranges(rng), Vec::new(), true),
            3 => agreement(AgreementMessage::Certificate(self.of_a_view(rng)?)),
            4 => vote(self.shifted(rng)?),
            5 => agreement(AgreementMessage::Position(self.position(rng)?)),
            6 => agreement(self.proposal(rng)?),
            _ if rng.per_mille(300) => vertices(vec![self.second()?.to_bytes()]),
            _ => vote(self.own(rng)?),
        })
    }

    /// True events below its own milestones.
    fn ranges(&self, rng: &mut Rng) -> Vec<HistoryRange> {
        let forged = self.history(rng).into_iter().map(|milestone| milestone.to_bytes());
        let ranges = forged.zip(&self.heard);
        ranges.map(|(milestone, of)| HistoryRange { milestone, ..of.clone() }).collect()
    }

    /// A certificate of a view of the present height.
    fn of_a_view(&self, rng: &mut Rng) -> Option<Certificate> {
        let like = self.own(rng)?.vote;
        let height = self.offered.as_ref()?.height;
        let kind = if like.kind == VoteKind::Propose { VoteKind::Commit } else { like.kind };
        Some(self.certificate(Vote { kind, height, ..like }))
    }

    fn position(&self, rng: &mut Rng) -> Option<Position> {
        let own = self.own(rng)?;
        let votes = if own.vote.kind == VoteKind::Propose { Vec::new() } else { vec![own] };
        let (height, view) = (own.vote.height, own.vote.view);
        let (proposal, wanted) = (ProposalId::NONE, ProposalId::NONE);
        Some(Position { height, view, proposal, wanted, wanted_views: Vec::new(), votes })
    }

    fn proposal(&self, rng: &mut Rng) -> Option<AgreementMessage> {
        let proposal = self.history(rng).first()?.proposal().clone();
        let of = Vote {
            kind: VoteKind::Propose,
            height: proposal.height,
            view: View(0),
            proposal: proposal.id(self.insider.network),
        };
        let key = self.keys.get(rng.up_to(self.keys.len().checked_sub(1)?))?;
        let offer = SignedProposal { vote: of.sign(self.insider.network, key), proposal, prepared: None };
        Some(AgreementMessage::Proposal { signed: Box::new(offer), certificates: Vec::new() })
    }
}

impl Actor for Reconfigurer {
    fn name(&self) -> &'static str {
        "reconfigurer"
    }

    fn on_receive(&mut self, _from: NodeId, packet: &Packet, _context: &mut ActorContext<'_>) -> bool {
        if let Some(AgreementMessage::Proposal { signed: offer, .. }) = of_agreement(packet) {
            let proposal = &offer.proposal;
            if self.last.is_none() && proposal.next_committee != self.old_committee().digest() {
                self.last = Some(proposal.clone());
            }
            self.offered = Some(proposal.clone());
        }
        for vote in votes_in(packet) {
            self.votes.push_back(vote);
            if self.votes.len() > REMEMBERS {
                self.votes.pop_front();
            }
        }
        if let Some(PeerMessage::SyncResponse(rest)) = packet.message().filter(|_| self.heard.is_empty()) {
            self.heard = rest.ranges.iter().take(HISTORY).cloned().collect();
        }
        true
    }

    fn on_wake(&mut self, context: &mut ActorContext<'_>) {
        for node in &self.insider.others {
            if let Some(lie) = self.lie(context.rng).filter(|_| self.is_replaced()) {
                context.send(*node, &lie);
            }
        }
        context.wake_after(SENDS_EVERY);
    }
}
