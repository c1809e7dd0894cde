//! Milestones that come before the one that says who certifies them.
//!
//! They wait unchecked, a few heights and one a height, since whoever follows by gossip hears of two milestones in either
//! order. Nothing rests on it: what finds no room, or was a lie, comes with what the next summary brings.

use std::collections::BTreeMap;

use quorate_agreement::{Now, Peer};
use quorate_event::{Height, Milestone, VerifiedVertex};

use crate::output::Output;
use crate::replica::{Replica, SUMMARY_EVERY};

/// Heights that are waited for: 3 MiB of the largest milestones.
const HEIGHTS: u64 = 16;

/// Unchecked milestones of later heights, with who sent them.
#[derive(Debug, Default)]
pub(crate) struct Ahead(BTreeMap<Height, (Peer, Milestone)>);

impl Ahead {
    /// Keeps the first of a height that is not too far ahead of the `next`.
    fn keep(&mut self, from: Peer, milestone: Milestone, next: Height) {
        let height = milestone.proposal().height;
        if height.0.checked_sub(next.0).is_some_and(|ahead| ahead < HEIGHTS) {
            self.0.entry(height).or_insert((from, milestone));
        }
    }

    /// The one of the `next` height; those below it are over.
    fn take(&mut self, next: Height) -> Option<(Peer, Milestone)> {
        self.0 = self.0.split_off(&next);
        self.0.remove(&next)
    }
}

impl Replica {
    /// Milestones whose committee was not known to whoever looked at them. Their sender is ahead, or lies: it is asked for
    /// what is between.
    pub(crate) fn early(&mut self, from: Peer, milestones: Vec<Milestone>, now: Now, out: &mut Vec<Output>) {
        self.peers.hear(from, now.elapsed);
        let next = self.height().next();
        let mut is_ahead = false;
        for milestone in milestones {
            is_ahead |= milestone.proposal().height > next;
            self.ahead.keep(from, milestone, next);
        }
        if is_ahead && self.fetch.is_idle() && self.peers.may_ask(from, now.elapsed) {
            self.peers.set_ahead(from, true);
            if self.peers.tell(from, now.elapsed, SUMMARY_EVERY) {
                out.push(Output::Summary { to: from, summary: self.graph.summary() });
            }
        }
    }

    /// Brings in the milestone of the next height, if it waits here: who certifies it is known by now. Whether it was good.
    pub(crate) fn take_ahead(&mut self, now: Now, out: &mut Vec<Output>) -> bool {
        let Some((from, milestone)) = self.ahead.take(self.height().next()) else {
            return false;
        };
        match milestone.verify(self.network, self.committee()) {
            Ok(milestone) => self.vertices(from, vec![VerifiedVertex::Milestone(milestone)], now, out),
            Err(_) => {
                out.push(Output::Fault { peer: from });
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use quorate_event::{
        Certificate, Digest, EventId, NetworkId, Proposal, ProposalId, Timestamp, View, Vote, VoteKind,
    };

    use super::*;

    fn milestone(height: u64) -> Milestone {
        let (network, root) = (NetworkId::new([1; 32]), Digest::new([0; 32]));
        let proposal = Proposal {
            height: Height(height),
            previous: ProposalId::NONE,
            heads: vec![EventId::new([7; 32])],
            events_root: root,
            documents_root: root,
            ledger_root: root,
            outbox_root: root,
            next_committee: root,
            time: Timestamp(1),
        };
        let proposed = proposal.id(network);
        let vote = Vote { kind: VoteKind::Commit, height: Height(height), view: View(0), proposal: proposed };
        Milestone::new(proposal, Certificate { vote, signatures: Vec::new() }, network).unwrap()
    }

    #[test]
    fn r4_a_liar_fills_a_few_heights_and_no_more() {
        let mut ahead = Ahead::default();
        for height in (0..1_000).chain([u64::MAX]) {
            ahead.keep(Peer(1), milestone(height), Height(10));
            ahead.keep(Peer(2), milestone(height), Height(10));
        }
        assert_eq!(ahead.0.len() as u64, HEIGHTS);
        assert_eq!(
            ahead.take(Height(12)).map(|(from, found)| (from, found.proposal().height)),
            Some((Peer(1), Height(12)))
        );
        assert!(ahead.take(Height(12)).is_none());
        assert!(ahead.0.keys().all(|height| *height > Height(12)));
    }
}
