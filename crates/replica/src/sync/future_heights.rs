//! The future-height buffer: milestones that arrive before their committee is known.
//!
//! They wait unchecked, one for each of a few heights, since gossip delivers two milestones in either order. Nothing depends
//! on the buffer: a milestone that found no room, or lost its place to a forged one, comes with the next sync response.

use std::collections::BTreeMap;

use quorate_agreement::Peer;
use quorate_event::{Height, Milestone};

/// Heights in the buffer: 3 MiB of the largest milestones.
const HEIGHTS: u64 = 16;

/// Unchecked milestones of later heights, each with its sender.
#[derive(Debug, Default)]
pub(super) struct FutureHeights(BTreeMap<Height, (Peer, Milestone)>);

impl FutureHeights {
    /// Keeps the first of a height that is not too far ahead of the `next`.
    pub(super) fn keep(&mut self, from: Peer, milestone: Milestone, next: Height) {
        let height = milestone.proposal().height;
        if height.0.checked_sub(next.0).is_some_and(|above| above < HEIGHTS) {
            self.0.entry(height).or_insert((from, milestone));
        }
    }

    /// Takes the milestone of the `next` height, and drops those below it.
    pub(super) fn take(&mut self, next: Height) -> Option<(Peer, Milestone)> {
        self.0 = self.0.split_off(&next);
        self.0.remove(&next)
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
        let mut buffer = FutureHeights::default();
        for height in (0..1_000).chain([u64::MAX]) {
            buffer.keep(Peer(1), milestone(height), Height(10));
            buffer.keep(Peer(2), milestone(height), Height(10));
        }
        assert_eq!(buffer.0.len() as u64, HEIGHTS);
        assert_eq!(
            buffer.take(Height(12)).map(|(from, found)| (from, found.proposal().height)),
            Some((Peer(1), Height(12)))
        );
        assert!(buffer.take(Height(12)).is_none());
        assert!(buffer.0.keys().all(|height| *height > Height(12)));
    }
}
