//! A member that votes, proposes and writes at heights and views that no member has reached, up to the largest numbers.
//!
//! Its signatures are valid: it votes and proposes in the next views and heights, in distant ones and in the last possible ones,
//! claims such positions, and writes events with such sequence numbers. Its claims must move no honest member, must not be
//! iterated over, and must be kept within a constant bound (I10).

use std::rc::Rc;
use std::time::Duration;

use quorate_event::cbor::{CborWriter, FORMAT_VERSION};
use quorate_event::{
    Certificate, EventBody, EventId, Height, Lane, Payload, ProposalId, Seq, SignedEvent, Timestamp, View, Vote,
    VoteKind,
};
use quorate_replica::{AgreementMessage, PeerMessage, Position, SignedProposal, WANT_IDS};

use super::insider::Insider;
use super::messages::{
    agreement, any_kind, noise, of_agreement, packet, proposal_of_noise, vertices, vote, vote_on_noise,
};
use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;
use crate::rng::Rng;

const FLOODS_EVERY: Duration = Duration::from_millis(250);
/// Messages to each member in one flood.
const AT_ONCE: usize = 4;
/// Votes of a spate, all in different views of one height and to one member: more than the bound for all members together.
const SPATE: usize = 300;
/// Floods, of a thousand, that come with a spate.
const SPATES_PER_MILLE: u32 = 30;

pub(super) struct FutureFlooder {
    insider: Insider,
    /// The height and view of the honest members.
    here: (Height, View),
}

/// A number near `from`, far ahead of it, or the largest.
fn ahead_of(from: u64, rng: &mut Rng) -> u64 {
    let by = match rng.below(4) {
        0 => rng.below(3),
        1 => rng.below(6),
        2 => rng.below(1 << 40),
        _ => u64::MAX,
    };
    from.saturating_add(by)
}

impl FutureFlooder {
    pub(super) const fn new(insider: Insider) -> Self {
        Self { insider, here: (Height(1), View(0)) }
    }

    fn vote(&self, rng: &mut Rng) -> Vote {
        let (height, view) = self.here;
        let height = if rng.per_mille(500) { height.0 } else { ahead_of(height.0, rng) };
        let like = Vote {
            kind: VoteKind::Skip,
            height: Height(height.max(1)),
            view: View(ahead_of(view.0, rng)),
            proposal: ProposalId::NONE,
        };
        vote_on_noise(any_kind(rng), like, rng)
    }

    /// A vote at the present height, in any view.
    fn vote_here(&self, rng: &mut Rng) -> Vote {
        let (height, view) = (self.here.0, View(rng.below(1 << 40)));
        vote_on_noise(any_kind(rng), Vote { kind: VoteKind::Skip, height, view, proposal: ProposalId::NONE }, rng)
    }

    fn offer(&self, rng: &mut Rng) -> AgreementMessage {
        let Vote { height, view, .. } = self.vote(rng);
        let time = Timestamp(any_time(rng));
        let proposal = proposal_of_noise(height, ProposalId::new(noise(rng)), time, rng);
        let said = Vote { kind: VoteKind::Propose, height, view, proposal: proposal.id(self.insider.network) };
        let prepared = rng.per_mille(500).then(|| View(rng.below(view.0)));
        let offer = Box::new(SignedProposal { proposal, prepared, vote: self.insider.sign(said) });
        AgreementMessage::Proposal { signed: offer, certificates: Vec::new() }
    }

    fn position(&self, rng: &mut Rng) -> AgreementMessage {
        let Vote { height, view, .. } = self.vote(rng);
        let (proposal, wanted) = (ProposalId::new(noise(rng)), ProposalId::new(noise(rng)));
        let mut view_ahead = || View(ahead_of(0, rng));
        let wanted_views = (0..16).map(|_| view_ahead()).collect();
        AgreementMessage::Position(Position { height, view, proposal, wanted, wanted_views, votes: Vec::new() })
    }

    fn event(&self, rng: &mut Rng) -> Vec<u8> {
        let body = EventBody {
            author: self.insider.me(),
            lane: Lane(u32::MAX),
            seq: Seq(ahead_of(1, rng)),
            parents: (0..16).map(|_| EventId::new(noise(rng))).collect(),
            time: Timestamp(u64::MAX),
            payload: Payload::MilestoneRequest,
        };
        let event = SignedEvent::sign(body, self.insider.network, &self.insider.key);
        event.map(|event| event.bytes().to_vec()).unwrap_or_default()
    }

    fn message(&self, rng: &mut Rng) -> Rc<Packet> {
        match rng.below(8) {
            0 => agreement(self.offer(rng)),
            1 => agreement(self.position(rng)),
            2 => {
                let said = self.insider.sign(self.vote(rng));
                let signatures = vec![(said.signer, said.signature)];
                agreement(AgreementMessage::Certificate(Certificate { vote: said.vote, signatures }))
            }
            3 => vertices(vec![self.event(rng)]),
            4 => packet(&PeerMessage::Want((0..WANT_IDS).map(|_| EventId::new(noise(rng))).collect())),
            5 => Rc::new(Packet::of_bytes(summary_from_afar(rng))),
            _ => vote(self.insider.sign(self.vote(rng))),
        }
    }
}

/// A time near the present, far ahead, or the largest.
fn any_time(rng: &mut Rng) -> u64 {
    ahead_of(crate::clock::EPOCH_MS, rng)
}

/// A summary that claims the largest height and unknown heads.
fn summary_from_afar(rng: &mut Rng) -> Vec<u8> {
    let mut to = CborWriter::default();
    to.array(2).uint(1).array(5).uint(FORMAT_VERSION).uint(u64::MAX);
    for _list in ["milestones", "heads"] {
        to.list(&[noise(rng)], |to, id| {
            to.bytes(id);
        });
    }
    to.list::<()>(&[], |_, ()| {});
    to.into_bytes()
}

impl Actor for FutureFlooder {
    fn name(&self) -> &'static str {
        "future flooder"
    }

    fn on_send(&mut self, _to: &[NodeId], packet: &Rc<Packet>, _context: &mut ActorContext<'_>) -> bool {
        if let Some(AgreementMessage::Position(position)) = of_agreement(packet) {
            self.here = (position.height, position.view);
        } else if let Some(AgreementMessage::Vote(said)) = of_agreement(packet) {
            self.here = (said.vote.height, said.vote.view);
        }
        true
    }

    fn on_wake(&mut self, context: &mut ActorContext<'_>) {
        for node in &self.insider.others {
            for _message in 0..AT_ONCE {
                let message = self.message(context.rng);
                context.send(*node, &message);
            }
        }
        if context.rng.per_mille(SPATES_PER_MILLE) {
            let node = self.insider.somebody(context.rng);
            for _vote in 0..SPATE {
                let message = vote(self.insider.sign(self.vote_here(context.rng)));
                context.send(node, &message);
            }
        }
        context.wake_after(FLOODS_EVERY);
    }
}
