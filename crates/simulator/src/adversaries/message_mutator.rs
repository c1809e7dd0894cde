//! A member that mutates the messages of its replica: a random byte, or a field, signed again with its own key or not.
//!
//! It has no strategy, and so tries unforeseen combinations: votes for the previous view, proposals that name another prepared
//! view, positions at other heights, events with other parents or another sequence number. It may leave evidence if it signs
//! again.

use std::rc::Rc;

use quorate_event::{
    Certificate, EventBody, EventId, Height, Lane, Proposal, ProposalId, Seq, SignedEvent, SignedVote, Timestamp, View,
    Vote, VoteKind,
};
use quorate_replica::{AgreementMessage, HistoryRange, PeerMessage, Position, SignedProposal, SyncResponse};

use super::insider::Insider;
use super::messages::{agreement, any_kind, noise, rest, vertices};
use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;
use crate::rng::Rng;

/// Mutated messages, of a thousand.
const CHANGED_PER_MILLE: u32 = 300;

pub(super) struct MessageMutator(Insider);

/// A number next to another, far from it, or extreme.
fn changed(number: u64, rng: &mut Rng) -> u64 {
    match rng.below(5) {
        0 => number.saturating_add(1),
        1 => number.saturating_sub(1),
        2 => 0,
        3 => u64::MAX,
        _ => rng.below(8),
    }
}

impl MessageMutator {
    pub(super) const fn new(insider: Insider) -> Self {
        Self(insider)
    }

    fn vote(&self, mut said: SignedVote, rng: &mut Rng) -> SignedVote {
        let vote = &mut said.vote;
        match rng.below(5) {
            0 => vote.height = Height(changed(vote.height.0, rng)),
            1 => vote.view = View(changed(vote.view.0, rng)),
            2 => vote.kind = any_kind(rng),
            3 => vote.proposal = ProposalId::new(noise(rng)),
            _ => {
                let members = self.0.genesis.committee.members();
                let at = rng.up_to(members.len());
                said.signer = members.get(at).map_or(said.signer, |(member, _)| *member);
            }
        }
        let vote = &mut said.vote;
        match (vote.kind, vote.proposal == ProposalId::NONE) {
            (VoteKind::Skip, _) => vote.proposal = ProposalId::NONE,
            (_, true) => vote.proposal = ProposalId::new(noise(rng)),
            _ => {}
        }
        self.perhaps_signed(said, rng)
    }

    fn perhaps_signed(&self, said: SignedVote, rng: &mut Rng) -> SignedVote {
        if rng.per_mille(700) { self.0.sign(said.vote) } else { said }
    }

    fn proposal(proposal: &mut Proposal, rng: &mut Rng) {
        match rng.below(6) {
            0 => proposal.height = Height(changed(proposal.height.0, rng).max(1)),
            1 => proposal.previous = ProposalId::new(noise(rng)),
            2 => proposal.heads = vec![EventId::new(noise(rng))],
            3 => _ = proposal.heads.pop(),
            4 => proposal.events_root = quorate_event::Digest::new(noise(rng)),
            _ => proposal.time = Timestamp(changed(proposal.time.0, rng)),
        }
    }

    fn offer(&self, mut offer: SignedProposal, rng: &mut Rng) -> SignedProposal {
        match rng.below(3) {
            0 => offer.vote = self.vote(offer.vote, rng),
            1 => offer.prepared = offer.prepared.xor(Some(View(rng.below(3)))),
            _ => {
                Self::proposal(&mut offer.proposal, rng);
                let id = offer.proposal.id(self.0.network);
                offer.vote.vote = Vote { proposal: id, height: offer.proposal.height, ..offer.vote.vote };
                offer.vote = self.perhaps_signed(offer.vote, rng);
            }
        }
        offer
    }

    fn position(&self, mut position: Position, rng: &mut Rng) -> Position {
        match rng.below(5) {
            0 => position.height = Height(changed(position.height.0, rng)),
            1 => position.view = View(changed(position.view.0, rng)),
            2 => position.proposal = ProposalId::new(noise(rng)),
            3 => position.wanted_views = (0..16).map(|_| View(changed(position.view.0, rng))).collect(),
            _ => position.votes = position.votes.iter().map(|vote| self.vote(*vote, rng)).collect(),
        }
        position
    }

    fn certificate(mut certificate: Certificate, rng: &mut Rng) -> Certificate {
        match rng.below(4) {
            0 => _ = certificate.signatures.pop(),
            1 => certificate.signatures.extend(certificate.signatures.last().copied()),
            2 => certificate.vote.view = View(changed(certificate.vote.view.0, rng)),
            _ => certificate.vote.height = Height(changed(certificate.vote.height.0, rng)),
        }
        certificate
    }

    fn agreement(&self, message: &AgreementMessage, rng: &mut Rng) -> AgreementMessage {
        match message.clone() {
            AgreementMessage::Vote(vote) => AgreementMessage::Vote(self.vote(vote, rng)),
            AgreementMessage::Proposal { signed: offer, certificates } => {
                AgreementMessage::Proposal { signed: Box::new(self.offer(*offer, rng)), certificates }
            }
            AgreementMessage::Position(position) => AgreementMessage::Position(self.position(position, rng)),
            AgreementMessage::Certificate(certificate) => {
                AgreementMessage::Certificate(Self::certificate(certificate, rng))
            }
            AgreementMessage::Milestone(bytes) => AgreementMessage::Milestone(with_a_changed_byte(bytes, rng)),
        }
    }

    /// An event of its own, changed and signed again; of an event of another author one byte is changed.
    fn vertex(&self, bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
        let event = SignedEvent::decode(bytes, self.0.network).ok();
        let own = event.filter(|event| event.body().author == self.0.me());
        let changed = own.map(|own| Self::body(own.body().clone(), rng));
        let signed = changed.and_then(|body| SignedEvent::sign(body, self.0.network, &self.0.key).ok());
        signed.map_or_else(|| with_a_changed_byte(bytes.to_vec(), rng), |signed| signed.bytes().to_vec())
    }

    fn body(mut body: EventBody, rng: &mut Rng) -> EventBody {
        match rng.below(5) {
            0 => body.lane = Lane(u32::try_from(rng.below(4)).unwrap_or_default()),
            1 => body.seq = Seq(changed(body.seq.0, rng)),
            2 => body.parents.push(EventId::new(noise(rng))),
            3 => body.parents.reverse(),
            _ => body.time = Timestamp(changed(body.time.0, rng)),
        }
        body
    }

    fn change_range(&self, range: &mut HistoryRange, rng: &mut Rng) {
        match rng.below(5) {
            0 => range.milestone = self.vertex(&range.milestone, rng),
            1 => range.events = range.events.iter().map(|bytes| self.vertex(bytes, rng)).collect(),
            2 => range.proof.first = changed(range.proof.first, rng),
            3 => range.proof.leaves = changed(range.proof.leaves, rng),
            _ => range.proof.siblings.reverse(),
        }
    }

    fn changed(&self, packet: &Packet, rng: &mut Rng) -> Rc<Packet> {
        match packet.message() {
            Some(PeerMessage::Agreement(message)) if rng.per_mille(800) => agreement(self.agreement(message, rng)),
            Some(PeerMessage::Vertices(sent)) if rng.per_mille(800) => {
                vertices(sent.iter().map(|bytes| self.vertex(bytes, rng)).collect())
            }
            Some(PeerMessage::SyncResponse(SyncResponse { ranges, vertices: sent, more })) if rng.per_mille(800) => {
                let mut ranges = ranges.clone();
                for range in &mut ranges {
                    self.change_range(range, rng);
                }
                rest(ranges, sent.iter().map(|bytes| self.vertex(bytes, rng)).collect(), !more)
            }
            _ => Rc::new(Packet::of_bytes(with_a_changed_byte(packet.bytes().to_vec(), rng))),
        }
    }
}

fn with_a_changed_byte(mut bytes: Vec<u8>, rng: &mut Rng) -> Vec<u8> {
    let at = rng.up_to(bytes.len().saturating_sub(1));
    if let Some(byte) = bytes.get_mut(at) {
        *byte = byte.wrapping_add(1 + rng.below(255) as u8);
    }
    bytes
}

impl Actor for MessageMutator {
    fn name(&self) -> &'static str {
        "message mutator"
    }

    fn on_send(&mut self, to: &[NodeId], packet: &Rc<Packet>, context: &mut ActorContext<'_>) -> bool {
        if !context.rng.per_mille(CHANGED_PER_MILLE) {
            return true;
        }
        for node in to {
            let changed = self.changed(packet, context.rng);
            context.send(*node, &changed);
        }
        // The original may be sent as well, and arrive first or last.
        context.rng.per_mille(500)
    }
}
