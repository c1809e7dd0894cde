//! A member that invents milestones and answers requests with forged data.
//!
//! The certificates of its milestones hold its own signature alone, its own many times, or those of strangers. It puts events of
//! its own below forged milestones and below true ones. It sends them to all members, and again to each member that asks for
//! missing history, with more milestones than the true history has, and always with the flag that more will follow. Only
//! signatures of distinct members with a quorum of the stake make a milestone.

use std::rc::Rc;
use std::time::Duration;

use quorate_event::{
    Address, Certificate, EventBody, Height, Lane, Milestone, Payload, Proposal, ProposalId, SecretKey, Seq, Signature,
    SignedEvent, Timestamp, View, Vote, VoteKind,
};
use quorate_replica::{AgreementMessage, HistoryRange, PeerMessage};

use super::insider::Insider;
use super::messages::{agreement, any_kind, noise, of_agreement, proposal_of_noise, rest, vertices, vote_on_noise};
use crate::actor::{Actor, ActorContext};
use crate::clock::EPOCH_MS;
use crate::node_id::NodeId;
use crate::packet::Packet;
use crate::rng::Rng;

const SENDS_EVERY: Duration = Duration::from_millis(200);
/// Milestones of one forged history.
const HISTORY: usize = 4;

pub(super) struct ForgedHistory {
    insider: Insider,
    strangers: Vec<SecretKey>,
    /// The height of the honest members, and the milestone before it.
    here: Height,
    previous: ProposalId,
    /// The last true history that it received.
    heard: Vec<HistoryRange>,
}

impl ForgedHistory {
    pub(super) fn new(insider: Insider) -> Self {
        let strangers = (1_000..1_006).map(SecretKey::simulated).collect();
        let previous = insider.network.proposal_id();
        Self { insider, strangers, here: Height(1), previous, heard: Vec::new() }
    }

    /// Signatures of `vote` that pose as a quorum.
    fn signatures(&self, vote: Vote, rng: &mut Rng) -> Vec<(Address, Signature)> {
        let own = self.insider.sign(vote);
        let own = (own.signer, own.signature);
        let members = self.insider.genesis.committee.members();
        let mut signatures: Vec<_> = match rng.below(4) {
            0 => vec![own],
            1 => return vec![own; members.len()],
            2 => members.iter().map(|(member, _)| (*member, own.1)).collect(),
            _ => {
                let signed = self.strangers.iter().map(|key| vote.sign(self.insider.network, key));
                signed.map(|signed| (signed.signer, signed.signature)).chain([own]).collect()
            }
        };
        signatures.sort_unstable();
        signatures
    }

    fn milestone(&self, proposal: Proposal, rng: &mut Rng) -> Option<Milestone> {
        let network = self.insider.network;
        let id = proposal.id(network);
        let vote = Vote { kind: VoteKind::Commit, height: proposal.height, view: View(0), proposal: id };
        let certificate = Certificate { vote, signatures: self.signatures(vote, rng) };
        Milestone::new(proposal, certificate, network).ok()
    }

    /// A chain of milestones from the genesis or from the height of the honest members.
    fn history(&self, milestones: usize, rng: &mut Rng) -> Vec<Vec<u8>> {
        let genesis = (Height(1), self.insider.network.proposal_id());
        let (first, mut previous) = if rng.per_mille(500) { genesis } else { (self.here, self.previous) };
        let heights = std::iter::successors(Some(first), |height| Some(height.next())).take(milestones);
        let milestones = heights.filter_map(|height| {
            let time = Timestamp(EPOCH_MS.saturating_add(height.0));
            let milestone = self.milestone(proposal_of_noise(height, previous, time, rng), rng)?;
            previous = milestone.id();
            Some(milestone.to_bytes())
        });
        milestones.collect()
    }

    /// A history with events that no milestone covers, below forged milestones or below true ones.
    fn ranges(&self, rng: &mut Rng) -> Vec<HistoryRange> {
        let forged = self.history(HISTORY, rng);
        let mut milestones: Vec<_> = self.heard.iter().map(|range| (range.milestone.clone(), range)).collect();
        milestones.extend(forged.into_iter().zip(&self.heard));
        let ranges = milestones.into_iter().map(|(milestone, of)| {
            let (mut events, mut proof) = (of.events.clone(), of.proof.clone());
            match rng.below(3) {
                0 => events.push(self.event(rng)),
                1 => events = vec![self.event(rng); events.len().max(1)],
                _ => proof.siblings = vec![quorate_event::Digest::new(noise(rng)); proof.siblings.len() + 1],
            }
            HistoryRange { milestone, events, proof }
        });
        ranges.collect()
    }

    /// A new event of its own.
    fn event(&self, rng: &mut Rng) -> Vec<u8> {
        let body = EventBody {
            author: self.insider.key.address(),
            lane: Lane(1_000),
            seq: Seq(1),
            parents: vec![self.insider.network.event_id()],
            time: Timestamp(rng.below(EPOCH_MS)),
            payload: Payload::MilestoneRequest,
        };
        let event = SignedEvent::sign(body, self.insider.network, &self.insider.key);
        event.map(|event| event.bytes().to_vec()).unwrap_or_default()
    }

    /// One forged message: a history, its first milestone, or a certificate.
    fn lie(&self, rng: &mut Rng) -> Rc<Packet> {
        match rng.below(3) {
            0 => rest(self.ranges(rng), Vec::new(), true),
            1 => agreement(AgreementMessage::Milestone(self.history(1, rng).pop().unwrap_or_default())),
            _ => {
                let like = Vote {
                    kind: VoteKind::Skip,
                    height: self.here,
                    view: View(rng.below(3)),
                    proposal: ProposalId::NONE,
                };
                let kind = any_kind(rng);
                let vote = vote_on_noise(kind, like, rng);
                let signatures = self.signatures(vote, rng);
                agreement(AgreementMessage::Certificate(Certificate { vote, signatures }))
            }
        }
    }
}

impl Actor for ForgedHistory {
    fn name(&self) -> &'static str {
        "forged history"
    }

    fn on_receive(&mut self, from: NodeId, packet: &Packet, context: &mut ActorContext<'_>) -> bool {
        if let Some(AgreementMessage::Proposal { signed: offer, .. }) = of_agreement(packet) {
            (self.here, self.previous) = (offer.proposal.height, offer.proposal.previous);
        }
        match packet.message() {
            Some(PeerMessage::Summary(_)) => {
                // Each answer announces more, and holds unknown data or none.
                let nothing = context.rng.per_mille(500);
                let lie = if nothing { rest(Vec::new(), Vec::new(), true) } else { self.lie(context.rng) };
                context.send(from, &lie);
                true
            }
            Some(PeerMessage::SyncResponse(rest)) => {
                if !rest.ranges.is_empty() {
                    self.heard.clone_from(&rest.ranges);
                    self.heard.truncate(HISTORY);
                }
                true
            }
            Some(PeerMessage::Want(_)) => {
                let lie = vertices(vec![noise(context.rng).to_vec()]);
                context.send(from, &lie);
                false
            }
            _ => true,
        }
    }

    fn on_wake(&mut self, context: &mut ActorContext<'_>) {
        for node in &self.insider.others {
            let lie = self.lie(context.rng);
            context.send(*node, &lie);
        }
        context.wake_after(SENDS_EVERY);
    }
}
