//! A member that tells of milestones that never were, and answers questions with lies.
//!
//! Its milestones and certificates are signed by itself alone, by itself many times over, or by strangers in any number.
//! It puts events of its own below them, and below true ones. It tells them to everybody, tells them again to whoever asks what it lacks, longer than the true history, and always
//! says that there is more. Only a quorum of the committee's stake, each member once, makes a milestone.

use std::rc::Rc;
use std::time::Duration;

use quorate_event::{
    Address, Certificate, EventBody, Height, Lane, Milestone, Payload, Proposal, ProposalId, SecretKey, Seq, Signature,
    SignedEvent, Timestamp, View, Vote, VoteKind,
};
use quorate_replica::{AgreementMessage, PeerMessage, Stretch};

use super::insider::Insider;
use super::speech::{agreement, any_kind, noise, of_agreement, proposal_of_noise, rest, vertices, vote_on_noise};
use crate::actor::{Actor, Hands};
use crate::chance::Chance;
use crate::clock::EPOCH_MS;
use crate::wire::Wire;
use crate::world::Node;

const TELLS_EVERY: Duration = Duration::from_millis(200);
/// Milestones of one forged history.
const HISTORY: usize = 4;

pub(super) struct ForgedHistory {
    insider: Insider,
    strangers: Vec<SecretKey>,
    /// Where the honest ones are, and after which milestone as far as it was heard.
    here: Height,
    previous: ProposalId,
    /// The last true history that it was sent.
    heard: Vec<Stretch>,
}

impl ForgedHistory {
    pub(super) fn new(insider: Insider) -> Self {
        let strangers = (1_000..1_006).map(SecretKey::simulated).collect();
        let previous = insider.network.proposal_id();
        Self { insider, strangers, here: Height(1), previous, heard: Vec::new() }
    }

    /// Signatures of `vote` that look like many.
    fn signatures(&self, vote: Vote, chance: &mut Chance) -> Vec<(Address, Signature)> {
        let own = self.insider.sign(vote);
        let own = (own.signer, own.signature);
        let members = self.insider.genesis.committee.members();
        let mut signatures: Vec<_> = match chance.below(4) {
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

    fn milestone(&self, proposal: Proposal, chance: &mut Chance) -> Option<Milestone> {
        let network = self.insider.network;
        let id = proposal.id(network);
        let vote = Vote { kind: VoteKind::Commit, height: proposal.height, view: View(0), proposal: id };
        let certificate = Certificate { vote, signatures: self.signatures(vote, chance) };
        Milestone::new(proposal, certificate, network).ok()
    }

    /// Milestones after one another, from the genesis on or from where the honest ones are.
    fn history(&self, milestones: usize, chance: &mut Chance) -> Vec<Vec<u8>> {
        let genesis = (Height(1), self.insider.network.proposal_id());
        let (first, mut previous) = if chance.per_mille(500) { genesis } else { (self.here, self.previous) };
        let heights = std::iter::successors(Some(first), |height| Some(height.next())).take(milestones);
        let milestones = heights.filter_map(|height| {
            let time = Timestamp(EPOCH_MS.saturating_add(height.0));
            let milestone = self.milestone(proposal_of_noise(height, previous, time, chance), chance)?;
            previous = milestone.id();
            Some(milestone.to_bytes())
        });
        milestones.collect()
    }

    /// A history with events that nobody covers: below milestones that nobody certified, or below true ones.
    fn stretches(&self, chance: &mut Chance) -> Vec<Stretch> {
        let forged = self.history(HISTORY, chance);
        let mut milestones: Vec<_> = self.heard.iter().map(|stretch| (stretch.milestone.clone(), stretch)).collect();
        milestones.extend(forged.into_iter().zip(&self.heard));
        let stretches = milestones.into_iter().map(|(milestone, of)| {
            let (mut events, mut proof) = (of.events.clone(), of.proof.clone());
            match chance.below(3) {
                0 => events.push(self.event(chance)),
                1 => events = vec![self.event(chance); events.len().max(1)],
                _ => proof.siblings = vec![quorate_event::Digest::new(noise(chance)); proof.siblings.len() + 1],
            }
            Stretch { milestone, events, proof }
        });
        stretches.collect()
    }

    /// An event of its own that stands nowhere.
    fn event(&self, chance: &mut Chance) -> Vec<u8> {
        let body = EventBody {
            author: self.insider.key.address(),
            lane: Lane(1_000),
            seq: Seq(1),
            parents: vec![self.insider.network.event_id()],
            time: Timestamp(chance.below(EPOCH_MS)),
            payload: Payload::Seal,
        };
        let event = SignedEvent::sign(body, self.insider.network, &self.insider.key);
        event.map(|event| event.bytes().to_vec()).unwrap_or_default()
    }

    /// One lie: a history, the first milestone of one, or a certificate.
    fn lie(&self, chance: &mut Chance) -> Rc<Wire> {
        match chance.below(3) {
            0 => rest(self.stretches(chance), Vec::new(), true),
            1 => agreement(AgreementMessage::Milestone(self.history(1, chance).pop().unwrap_or_default())),
            _ => {
                let like = Vote {
                    kind: VoteKind::Skip,
                    height: self.here,
                    view: View(chance.below(3)),
                    proposal: ProposalId::NONE,
                };
                let kind = any_kind(chance);
                let vote = vote_on_noise(kind, like, chance);
                let signatures = self.signatures(vote, chance);
                agreement(AgreementMessage::Certificate(Certificate { vote, signatures }))
            }
        }
    }
}

impl Actor for ForgedHistory {
    fn name(&self) -> &'static str {
        "forged history"
    }

    fn hears(&mut self, from: Node, wire: &Wire, hands: &mut Hands<'_>) -> bool {
        if let Some(AgreementMessage::Proposal { signed: offer, .. }) = of_agreement(wire) {
            (self.here, self.previous) = (offer.proposal.height, offer.proposal.previous);
        }
        match wire.message() {
            Some(PeerMessage::Summary(_)) => {
                // There is always more, and it is always something that nobody knows, or nothing.
                let nothing = hands.chance.per_mille(500);
                let lie = if nothing { rest(Vec::new(), Vec::new(), true) } else { self.lie(hands.chance) };
                hands.send(from, &lie);
                true
            }
            Some(PeerMessage::Rest(rest)) => {
                if !rest.stretches.is_empty() {
                    self.heard.clone_from(&rest.stretches);
                    self.heard.truncate(HISTORY);
                }
                true
            }
            Some(PeerMessage::Want(_)) => {
                let lie = vertices(vec![noise(hands.chance).to_vec()]);
                hands.send(from, &lie);
                false
            }
            _ => true,
        }
    }

    fn wakes(&mut self, hands: &mut Hands<'_>) {
        for node in &self.insider.others {
            let lie = self.lie(hands.chance);
            hands.send(*node, &lie);
        }
        hands.wake_after(TELLS_EVERY);
    }
}
