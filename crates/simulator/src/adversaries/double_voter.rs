//! A voter that sends contradicting votes of one view to different members.
//!
//! For each vote of its replica it signs one that excludes it: a prepare or commit of another proposal, a skip against a commit,
//! a commit against a skip. If a later vote replaced the first one, two quorums could share Byzantine members only. It leaves
//! evidence at each member that gets both votes.

use std::rc::Rc;

use quorate_event::{SignedVote, VoteKind};
use quorate_replica::AgreementMessage;

use super::insider::Insider;
use super::messages::{of_agreement, vote, vote_on_noise};
use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;
use crate::rng::Rng;

/// Receivers, of a thousand, that get both votes.
const BOTH_PER_MILLE: u32 = 300;

pub(super) struct DoubleVoter(Insider);

impl DoubleVoter {
    pub(super) const fn new(insider: Insider) -> Self {
        Self(insider)
    }

    /// A vote that excludes `said`.
    fn contrary(&self, said: &SignedVote, rng: &mut Rng) -> SignedVote {
        let kind = match said.vote.kind {
            VoteKind::Skip => VoteKind::Commit,
            VoteKind::Commit if rng.per_mille(500) => VoteKind::Skip,
            kind => kind,
        };
        self.0.sign(vote_on_noise(kind, said.vote, rng))
    }
}

impl Actor for DoubleVoter {
    fn name(&self) -> &'static str {
        "double voter"
    }

    fn on_send(&mut self, to: &[NodeId], packet: &Rc<Packet>, context: &mut ActorContext<'_>) -> bool {
        let Some(AgreementMessage::Vote(said)) = of_agreement(packet) else {
            return true;
        };
        let contrary = vote(self.contrary(said, context.rng));
        for node in to {
            let first = context.rng.per_mille(500);
            let both = context.rng.per_mille(BOTH_PER_MILLE);
            if first || both {
                context.send(*node, packet);
            }
            if !first || both {
                context.send(*node, &contrary);
            }
        }
        false
    }
}
