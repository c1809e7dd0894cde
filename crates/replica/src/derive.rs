//! What follows from a cut: the roots that a proposal names, and whether a proposal names them rightly.

use std::collections::BTreeSet;

use quorate_event::{EventId, Height, Proposal, ProposalId, Timestamp, merkle};
use quorate_graph::CutError;

use crate::finals::Delta;
use crate::past::{Final, FinalWith, PastIn};
use crate::replica::Replica;

/// Why a proposal cannot be judged, or is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// Vertices of the cut are not held.
    Missing(Vec<EventId>),
    /// No honest leader proposes this.
    Wrong,
}

impl From<CutError> for Misfit {
    fn from(error: CutError) -> Self {
        match error {
            CutError::Missing { ids } => Self::Missing(ids),
            _ => Self::Wrong,
        }
    }
}

impl Replica {
    /// What a milestone after the last one would change if its cut were `heads`.
    pub(crate) fn derive(&self, height: Height, previous: ProposalId, heads: &[EventId]) -> Result<Delta, Misfit> {
        let (last_height, last) = self.graph.last_milestone();
        if (height, previous.event_id()) != (last_height.next(), last) {
            return Err(Misfit::Wrong);
        }
        let newly = self.graph.newly_covered(last, heads)?;
        let ordered = self.graph.linearise(&newly, last, height, heads);
        let events_root = merkle::root(&ordered.iter().map(|id| *id.as_bytes()).collect::<Vec<_>>());
        let newly: BTreeSet<EventId> = newly.into_iter().collect();
        let touched = newly.iter().filter_map(|id| self.edited.get(id)).flatten();
        let touched: BTreeSet<&str> = touched.map(String::as_str).collect();
        let (graph, past) = (&self.graph, PastIn(&self.graph));
        let last = self.finals.derive(&self.documents, &Final(graph), &past);
        let documents = last.derive(&self.documents, touched, &FinalWith { graph, newly: &newly }, &past);
        Ok(Delta { ordered, events_root, documents })
    }

    /// The proposal of a cut.
    pub(crate) fn proposal_of(&self, height: Height, heads: Vec<EventId>, delta: &Delta, time: Timestamp) -> Proposal {
        let empty = merkle::root::<[u8; 32]>(&[]);
        Proposal {
            height,
            previous: self.last_proposal(),
            heads,
            events_root: delta.events_root,
            documents_root: delta.documents.root(),
            ledger_root: empty,
            outbox_root: empty,
            next_committee: self.committee().digest(),
            time,
        }
    }

    /// Whether the roots that `proposal` names are those that follow.
    pub(crate) fn follows(&self, proposal: &Proposal, delta: &Delta) -> bool {
        self.proposal_of(proposal.height, proposal.heads.clone(), delta, proposal.time) == *proposal
    }

    /// The last milestone, as a proposal names it.
    pub(crate) fn last_proposal(&self) -> ProposalId {
        ProposalId::new(*self.graph.last_milestone().1.as_bytes())
    }
}
