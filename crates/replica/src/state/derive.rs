//! Derivation: the roots that follow from a cut, and the comparison with those that a proposal names.

use std::collections::HashSet;

use quorate_document::DocumentView;
use quorate_event::{Committee, EventId, Height, Proposal, ProposalId, Timestamp, merkle};

use super::ReplicatedState;
use super::cut_effects::{CutEffects, DeriveError};
use crate::committee_rule::FinalDocuments;
use crate::views::FinalWith;

impl ReplicatedState {
    /// The effects of a milestone directly after the last one whose cut is `heads`.
    pub(crate) fn derive(
        &self,
        height: Height,
        previous: ProposalId,
        heads: &[EventId],
    ) -> Result<CutEffects, DeriveError> {
        let (last_height, last) = self.graph.last_milestone();
        if (height, previous.event_id()) != (last_height.next(), last) {
            return Err(DeriveError::Invalid);
        }
        let newly = self.graph.newly_covered(last, heads)?;
        let ordered = self.graph.linearise(&newly, last, height, heads);
        let events_root = merkle::root(&ordered.iter().map(|id| *id.as_bytes()).collect::<Vec<_>>());
        let newly: HashSet<EventId> = newly.into_iter().collect();
        let view = FinalWith::new(&self.graph, &newly);
        let documents = self.documents.digests_with(&ordered, &view, &self.graph);
        let committee = self.committee_after(&view);
        Ok(CutEffects { ordered, events_root, documents, committee })
    }

    /// The committee of the next height, once the events in `view` are final.
    pub(super) fn committee_after(&self, view: &impl DocumentView) -> Committee {
        let read = |name: &str| self.documents.value(name, view, &self.graph);
        let next = self.committee_rule.next(self.committee(), &FinalDocuments::new(&read));
        next.unwrap_or_else(|| self.committee().clone())
    }

    /// The proposal of a cut.
    pub(crate) fn proposal_of(
        &self,
        height: Height,
        heads: Vec<EventId>,
        effects: &CutEffects,
        time: Timestamp,
    ) -> Proposal {
        // The ledger and the outbox are empty in this version: their roots are those of no leaves.
        let empty = merkle::root::<[u8; 32]>(&[]);
        Proposal {
            height,
            previous: self.last_proposal(),
            heads,
            events_root: effects.events_root,
            documents_root: effects.documents.root(),
            ledger_root: empty,
            outbox_root: empty,
            next_committee: effects.committee.digest(),
            time,
        }
    }

    /// Whether the roots in `proposal` are the derived ones.
    pub(crate) fn follows(&self, proposal: &Proposal, effects: &CutEffects) -> bool {
        self.proposal_of(proposal.height, proposal.heads.clone(), effects, proposal.time) == *proposal
    }

    /// The last milestone, as a proposal names it.
    pub(crate) fn last_proposal(&self) -> ProposalId {
        ProposalId::new(*self.graph.last_milestone().1.as_bytes())
    }
}
