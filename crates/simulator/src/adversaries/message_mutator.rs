//! A member that changes whatever its replica sends: a byte anywhere, or a field, signed anew with its own key or not.
//!
//! It knows nothing of the protocol, and so tries what nobody thought of: votes for the view before, offers that name
//! another prepared view, positions of other heights, events with other parents or another place in their lane.
//! It may leave evidence of itself, wherever it signs anew.

use std::rc::Rc;

use quorate_event::{
    Certificate, EventBody, EventId, Height, Lane, Proposal, ProposalId, Seq, SignedEvent, SignedVote, Timestamp, View,
    Vote, VoteKind,
};
use quorate_replica::{AgreementMessage, PeerMessage, Position, Rest, SignedProposal, Stretch};

use super::insider::Insider;
use super::speech::{agreement, any_kind, noise, rest, vertices};
use crate::actor::{Actor, Hands};
use crate::chance::Chance;
use crate::wire::Wire;
use crate::world::Node;

/// So many of a thousand messages are changed.
const CHANGED_PER_MILLE: u32 = 300;

pub(super) struct MessageMutator(Insider);

/// A number next to another, or far from it.
fn changed(number: u64, chance: &mut Chance) -> u64 {
    match chance.below(5) {
        0 => number.saturating_add(1),
        1 => number.saturating_sub(1),
        2 => 0,
        3 => u64::MAX,
        _ => chance.below(8),
    }
}

impl MessageMutator {
    pub(super) const fn new(insider: Insider) -> Self {
        Self(insider)
    }

    fn vote(&self, mut said: SignedVote, chance: &mut Chance) -> SignedVote {
        let vote = &mut said.vote;
        match chance.below(5) {
            0 => vote.height = Height(changed(vote.height.0, chance)),
            1 => vote.view = View(changed(vote.view.0, chance)),
            2 => vote.kind = any_kind(chance),
            3 => vote.proposal = ProposalId::new(noise(chance)),
            _ => {
                let members = self.0.genesis.committee.members();
                let at = chance.up_to(members.len());
                said.signer = members.get(at).map_or(said.signer, |(member, _)| *member);
            }
        }
        let vote = &mut said.vote;
        match (vote.kind, vote.proposal == ProposalId::NONE) {
            (VoteKind::Skip, _) => vote.proposal = ProposalId::NONE,
            (_, true) => vote.proposal = ProposalId::new(noise(chance)),
            _ => {}
        }
        self.perhaps_signed(said, chance)
    }

    fn perhaps_signed(&self, said: SignedVote, chance: &mut Chance) -> SignedVote {
        if chance.per_mille(700) { self.0.sign(said.vote) } else { said }
    }

    fn proposal(proposal: &mut Proposal, chance: &mut Chance) {
        match chance.below(6) {
            0 => proposal.height = Height(changed(proposal.height.0, chance).max(1)),
            1 => proposal.previous = ProposalId::new(noise(chance)),
            2 => proposal.heads = vec![EventId::new(noise(chance))],
            3 => _ = proposal.heads.pop(),
            4 => proposal.events_root = quorate_event::Digest::new(noise(chance)),
            _ => proposal.time = Timestamp(changed(proposal.time.0, chance)),
        }
    }

    fn offer(&self, mut offer: SignedProposal, chance: &mut Chance) -> SignedProposal {
        match chance.below(3) {
            0 => offer.vote = self.vote(offer.vote, chance),
            1 => offer.prepared = offer.prepared.xor(Some(View(chance.below(3)))),
            _ => {
                Self::proposal(&mut offer.proposal, chance);
                let id = offer.proposal.id(self.0.network);
                offer.vote.vote = Vote { proposal: id, height: offer.proposal.height, ..offer.vote.vote };
                offer.vote = self.perhaps_signed(offer.vote, chance);
            }
        }
        offer
    }

    fn position(&self, mut position: Position, chance: &mut Chance) -> Position {
        match chance.below(5) {
            0 => position.height = Height(changed(position.height.0, chance)),
            1 => position.view = View(changed(position.view.0, chance)),
            2 => position.proposal = ProposalId::new(noise(chance)),
            3 => position.wanted_views = (0..16).map(|_| View(changed(position.view.0, chance))).collect(),
            _ => position.votes = position.votes.iter().map(|vote| self.vote(*vote, chance)).collect(),
        }
        position
    }

    fn certificate(mut certificate: Certificate, chance: &mut Chance) -> Certificate {
        match chance.below(4) {
            0 => _ = certificate.signatures.pop(),
            1 => certificate.signatures.extend(certificate.signatures.last().copied()),
            2 => certificate.vote.view = View(changed(certificate.vote.view.0, chance)),
            _ => certificate.vote.height = Height(changed(certificate.vote.height.0, chance)),
        }
        certificate
    }

    fn agreement(&self, message: &AgreementMessage, chance: &mut Chance) -> AgreementMessage {
        match message.clone() {
            AgreementMessage::Vote(vote) => AgreementMessage::Vote(self.vote(vote, chance)),
            AgreementMessage::Proposal { signed: offer, certificates } => {
                AgreementMessage::Proposal { signed: Box::new(self.offer(*offer, chance)), certificates }
            }
            AgreementMessage::Position(position) => AgreementMessage::Position(self.position(position, chance)),
            AgreementMessage::Certificate(certificate) => {
                AgreementMessage::Certificate(Self::certificate(certificate, chance))
            }
            AgreementMessage::Milestone(bytes) => AgreementMessage::Milestone(with_a_changed_byte(bytes, chance)),
        }
    }

    /// An event of its own, changed and signed anew; of anybody else's a byte is changed.
    fn vertex(&self, bytes: &[u8], chance: &mut Chance) -> Vec<u8> {
        let event = SignedEvent::decode(bytes, self.0.network).ok();
        let own = event.filter(|event| event.body().author == self.0.me());
        let changed = own.map(|own| Self::body(own.body().clone(), chance));
        let signed = changed.and_then(|body| SignedEvent::sign(body, self.0.network, &self.0.key).ok());
        signed.map_or_else(|| with_a_changed_byte(bytes.to_vec(), chance), |signed| signed.bytes().to_vec())
    }

    fn body(mut body: EventBody, chance: &mut Chance) -> EventBody {
        match chance.below(5) {
            0 => body.lane = Lane(u32::try_from(chance.below(4)).unwrap_or_default()),
            1 => body.seq = Seq(changed(body.seq.0, chance)),
            2 => body.parents.push(EventId::new(noise(chance))),
            3 => body.parents.reverse(),
            _ => body.time = Timestamp(changed(body.time.0, chance)),
        }
        body
    }

    fn change_stretch(&self, stretch: &mut Stretch, chance: &mut Chance) {
        match chance.below(5) {
            0 => stretch.milestone = self.vertex(&stretch.milestone, chance),
            1 => stretch.events = stretch.events.iter().map(|bytes| self.vertex(bytes, chance)).collect(),
            2 => stretch.proof.first = changed(stretch.proof.first, chance),
            3 => stretch.proof.leaves = changed(stretch.proof.leaves, chance),
            _ => stretch.proof.siblings.reverse(),
        }
    }

    fn changed(&self, wire: &Wire, chance: &mut Chance) -> Rc<Wire> {
        match wire.message() {
            Some(PeerMessage::Agreement(message)) if chance.per_mille(800) => {
                agreement(self.agreement(message, chance))
            }
            Some(PeerMessage::Vertices(sent)) if chance.per_mille(800) => {
                vertices(sent.iter().map(|bytes| self.vertex(bytes, chance)).collect())
            }
            Some(PeerMessage::Rest(Rest { stretches, vertices: sent, more })) if chance.per_mille(800) => {
                let mut stretches = stretches.clone();
                for stretch in &mut stretches {
                    self.change_stretch(stretch, chance);
                }
                rest(stretches, sent.iter().map(|bytes| self.vertex(bytes, chance)).collect(), !more)
            }
            _ => Rc::new(Wire::of_bytes(with_a_changed_byte(wire.bytes().to_vec(), chance))),
        }
    }
}

fn with_a_changed_byte(mut bytes: Vec<u8>, chance: &mut Chance) -> Vec<u8> {
    let at = chance.up_to(bytes.len().saturating_sub(1));
    if let Some(byte) = bytes.get_mut(at) {
        *byte = byte.wrapping_add(1 + chance.below(255) as u8);
    }
    bytes
}

impl Actor for MessageMutator {
    fn name(&self) -> &'static str {
        "message mutator"
    }

    fn says(&mut self, to: &[Node], wire: &Rc<Wire>, hands: &mut Hands<'_>) -> bool {
        if !hands.chance.per_mille(CHANGED_PER_MILLE) {
            return true;
        }
        for node in to {
            let changed = self.changed(wire, hands.chance);
            hands.send(*node, &changed);
        }
        // The true one may go as well, and come first or last.
        hands.chance.per_mille(500)
    }
}
