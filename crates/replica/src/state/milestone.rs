//! Milestones: a certified cut is compared with its derived roots and applied.

use quorate_agreement::ChainTip;
use quorate_event::{EventId, VerifiedMilestone};

use super::ReplicatedState;
use super::consequences::AppliedMilestone;
use crate::output::{Notice, Output};
use crate::pbft_step::PbftStep;
use crate::views::Final;

impl ReplicatedState {
    /// Applies a milestone whose cut is held: marks the events that it covers.
    pub(super) fn apply(&mut self, milestone: &VerifiedMilestone, outputs: &mut Vec<Output>) {
        let height = milestone.height();
        let id = milestone.id().event_id();
        let covered = if self.is_recovering {
            self.cover_stored(milestone)
        } else {
            match self.cover(milestone) {
                Some(covered) => covered,
                None => return self.halt(height, outputs),
            }
        };
        for event in &covered {
            self.documents.covered(event);
            for request in self.uncovered.covered(event) {
                self.consequences.held_back.push(Output::Final { request, milestone: height });
            }
        }
        self.touch_after_equivocation();
        let signers = milestone.certificate().signatures.len();
        let notice = Notice::Milestone { height, id, covered: covered.len(), signers };
        self.consequences.held_back.push(Output::Notice(notice));
        let reply = PbftStep::reply(milestone, covered.len(), self.author);
        self.consequences.held_back.push(Output::Step(reply));
        // A proposal that was derived for this height is obsolete, and so is the work that led to it.
        self.derived = None;
        let work = self.work();
        let tip = ChainTip::new(milestone.clone(), self.committee().clone()).ok();
        if tip.is_none() {
            self.halt(height, outputs);
        }
        self.consequences.applied.push(AppliedMilestone { work, tip });
    }

    /// Covers the events of a certified milestone, if its roots are the derived ones (R3).
    fn cover(&mut self, milestone: &VerifiedMilestone) -> Option<Vec<EventId>> {
        let proposal = milestone.proposal();
        let effects = self.effects_of(milestone.id(), proposal)?;
        if !self.follows(proposal, &effects) {
            return None;
        }
        self.graph.apply_milestone(milestone.id().event_id()).ok()?;
        self.documents.set_final(effects.documents);
        self.validator.committees_mut().follow(&effects.committee);
        Some(effects.ordered)
    }

    /// Covers the events of a stored milestone; its roots were compared before it was stored. Only a change of the committee
    /// is derived again: [`ChainTip::new`] compares it.
    fn cover_stored(&mut self, milestone: &VerifiedMilestone) -> Vec<EventId> {
        let covered = self.graph.apply_milestone(milestone.id().event_id()).unwrap_or_default();
        self.documents.touch_final(&covered);
        let stays = milestone.proposal().next_committee == self.validator.committees().digest();
        let committee = if stays { self.committee().clone() } else { self.committee_after(&Final(&self.graph)) };
        self.validator.committees_mut().follow(&committee);
        covered
    }
}
