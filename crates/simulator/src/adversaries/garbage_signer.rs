//! A member whose votes, certificates and events come with wrong signatures, wrong signers, or from another network.
//!
//! Before each vote of its replica it sends four invalid ones: with a valid signature of something else, with another member's
//! name, for another network, and of a stranger. One such signature in a certificate or in a batch of events must invalidate
//! that message only. None of it is evidence against any member.

use std::rc::Rc;

use quorate_event::{Certificate, NetworkId, SecretKey, SignedEvent, SignedVote, VoteKind};
use quorate_replica::{AgreementMessage, PeerMessage, SyncResponse};

use super::insider::Insider;
use super::messages::{agreement, noise, rest, vertices, vote, vote_on_noise};
use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;
use crate::rng::Rng;

pub(super) struct GarbageSigner {
    insider: Insider,
    elsewhere: NetworkId,
    stranger: SecretKey,
}

impl GarbageSigner {
    pub(super) fn new(insider: Insider) -> Self {
        Self { insider, elsewhere: NetworkId::new([9; 32]), stranger: SecretKey::simulated(u64::MAX) }
    }

    fn votes(&self, said: &SignedVote, rng: &mut Rng) -> [SignedVote; 4] {
        let another = self.insider.sign(vote_on_noise(VoteKind::Prepare, said.vote, rng));
        let members = self.insider.genesis.committee.members().iter().map(|(member, _)| *member);
        let others: Vec<_> = members.filter(|member| *member != self.insider.me()).collect();
        let at = rng.up_to(others.len().saturating_sub(1));
        let somebody = others.get(at).copied().unwrap_or(self.stranger.address());
        [
            SignedVote { signature: another.signature, ..*said },
            SignedVote { signer: somebody, ..another },
            said.vote.sign(self.elsewhere, &self.insider.key),
            said.vote.sign(self.insider.network, &self.stranger),
        ]
    }

    /// A certificate whose last signature is over something else.
    fn spoiled(&self, certificate: &Certificate, rng: &mut Rng) -> Certificate {
        let another = self.insider.sign(vote_on_noise(VoteKind::Prepare, certificate.vote, rng));
        let mut spoiled = certificate.clone();
        if let Some((_, signature)) = spoiled.signatures.last_mut() {
            *signature = another.signature;
        }
        spoiled
    }

    /// An event signed for another network, or with a damaged signature.
    fn event(&self, bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
        let event = SignedEvent::decode(bytes, self.insider.network).ok();
        let own = event.filter(|event| event.body().author == self.insider.me() && rng.per_mille(500));
        let signed = own.and_then(|own| SignedEvent::sign(own.body().clone(), self.elsewhere, &self.insider.key).ok());
        signed.map_or_else(|| with_damaged_end(bytes), |signed| signed.bytes().to_vec())
    }
}

fn with_damaged_end(bytes: &[u8]) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    if let Some(last) = damaged.last_mut() {
        *last ^= 1;
    }
    damaged
}

impl GarbageSigner {
    /// The vertices, a copy of each with an invalid signature, and random bytes.
    fn mixed(&self, good: &[Vec<u8>], rng: &mut Rng) -> Vec<Vec<u8>> {
        let mut mixed = good.to_vec();
        mixed.extend(good.iter().map(|bytes| self.event(bytes, rng)));
        mixed.push(noise(rng).to_vec());
        mixed
    }
}

impl Actor for GarbageSigner {
    fn name(&self) -> &'static str {
        "garbage signer"
    }

    fn on_send(&mut self, to: &[NodeId], packet: &Rc<Packet>, context: &mut ActorContext<'_>) -> bool {
        let garbage = match packet.message() {
            Some(PeerMessage::Agreement(AgreementMessage::Vote(said))) => {
                self.votes(said, context.rng).into_iter().map(vote).collect()
            }
            Some(PeerMessage::Agreement(AgreementMessage::Certificate(certificate))) => {
                let spoiled = self.spoiled(certificate, context.rng);
                vec![agreement(AgreementMessage::Certificate(spoiled))]
            }
            Some(PeerMessage::Vertices(good)) => vec![vertices(self.mixed(good, context.rng))],
            Some(PeerMessage::SyncResponse(SyncResponse { ranges, vertices: good, more })) => {
                vec![rest(ranges.clone(), self.mixed(good, context.rng), *more)]
            }
            _ => Vec::new(),
        };
        for node in to {
            for packet in &garbage {
                context.send(*node, packet);
            }
        }
        // Three times in ten only the garbage is sent.
        garbage.is_empty() || context.rng.per_mille(700)
    }
}
