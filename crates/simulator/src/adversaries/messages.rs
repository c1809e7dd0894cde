//! Construction and inspection of messages for adversaries.

use std::rc::Rc;

use quorate_event::{Canonical, Digest, EventId, Height, Proposal, ProposalId, SignedVote, Timestamp, Vote, VoteKind};
use quorate_replica::{AgreementMessage, HistoryRange, PeerMessage, SyncResponse};

use crate::packet::Packet;
use crate::rng::Rng;

/// A packet that each receiver decodes from its bytes.
pub(super) fn packet(message: &PeerMessage) -> Rc<Packet> {
    Rc::new(Packet::of_bytes(message.to_bytes()))
}

pub(super) fn agreement(message: AgreementMessage) -> Rc<Packet> {
    packet(&PeerMessage::Agreement(message))
}

pub(super) fn vote(vote: SignedVote) -> Rc<Packet> {
    agreement(AgreementMessage::Vote(vote))
}

pub(super) fn vertices(vertices: Vec<Vec<u8>>) -> Rc<Packet> {
    packet(&PeerMessage::Vertices(vertices))
}

pub(super) fn rest(ranges: Vec<HistoryRange>, vertices: Vec<Vec<u8>>, more: bool) -> Rc<Packet> {
    packet(&PeerMessage::SyncResponse(SyncResponse { ranges, vertices, more }))
}

/// The message of agreement in a packet, if it is one.
pub(super) fn of_agreement(packet: &Packet) -> Option<&AgreementMessage> {
    match packet.message()? {
        PeerMessage::Agreement(message) => Some(message),
        _ => None,
    }
}

/// The votes that a message carries one by one.
pub(super) fn votes_in(packet: &Packet) -> Vec<SignedVote> {
    match of_agreement(packet) {
        Some(AgreementMessage::Vote(vote)) => vec![*vote],
        Some(AgreementMessage::Proposal { signed: offer, .. }) => vec![offer.vote],
        Some(AgreementMessage::Position(position)) => position.votes.clone(),
        Some(AgreementMessage::Certificate(_) | AgreementMessage::Milestone(_)) | None => Vec::new(),
    }
}

/// 32 random bytes.
pub(super) fn noise(rng: &mut Rng) -> [u8; 32] {
    let mut bytes = [0; 32];
    for eight in bytes.chunks_exact_mut(8) {
        eight.copy_from_slice(&rng.below(u64::MAX).to_be_bytes());
    }
    bytes
}

/// A vote of this kind on a random proposal id.
pub(super) fn vote_on_noise(kind: VoteKind, like: Vote, rng: &mut Rng) -> Vote {
    let proposal = match kind {
        VoteKind::Skip => ProposalId::NONE,
        _ => ProposalId::new(noise(rng)),
    };
    Vote { kind, proposal, ..like }
}

/// A proposal with random heads and roots.
pub(super) fn proposal_of_noise(height: Height, previous: ProposalId, time: Timestamp, rng: &mut Rng) -> Proposal {
    let mut root = || Digest::new(noise(rng));
    let (events_root, documents_root, ledger_root) = (root(), root(), root());
    let (outbox_root, next_committee) = (root(), root());
    let heads = vec![EventId::new(noise(rng))];
    Proposal { height, previous, heads, events_root, documents_root, ledger_root, outbox_root, next_committee, time }
}

/// A random kind of vote.
pub(super) fn any_kind(rng: &mut Rng) -> VoteKind {
    match rng.below(4) {
        0 => VoteKind::Propose,
        1 => VoteKind::Prepare,
        2 => VoteKind::Commit,
        _ => VoteKind::Skip,
    }
}
