//! The requests of agreement that wait for vertices or for the disk.

use quorate_event::{EventId, Height, Proposal, ProposalId, Timestamp, View};
use quorate_graph::Graph;

use crate::persistence::Persistence;
use crate::state::cut_effects::CutEffects;

/// Agreement waits for these answers.
#[derive(Debug, Default)]
pub(super) struct PendingRequests {
    pub(super) build: Option<BuildRequest>,
    pub(super) checks: Vec<CheckRequest>,
    /// Whether a build or a check may be answered now.
    pub(super) retry: bool,
}

/// A fresh cut that agreement asked for.
#[derive(Debug)]
pub(super) struct BuildRequest {
    pub(super) height: Height,
    pub(super) view: View,
    pub(super) time: Timestamp,
    /// Chosen once, so that events which arrive while the disk works do not postpone it.
    pub(super) chosen: Option<(Proposal, DerivedCut)>,
}

/// A proposal that agreement wants checked.
#[derive(Debug)]
pub(super) struct CheckRequest {
    pub(super) id: ProposalId,
    pub(super) proposal: Proposal,
    pub(super) progress: CheckProgress,
}

/// The progress of a check: no step is repeated.
#[derive(Debug)]
pub(super) enum CheckProgress {
    /// The cut was not derived yet.
    New,
    /// These vertices of the cut are not held.
    Lacks(Vec<EventId>),
    /// The proposal is right, and its cut waits for the disk.
    Right(DerivedCut),
}

/// The effects of a cut, and the disk's progress that it needs.
#[derive(Debug)]
pub(super) struct DerivedCut {
    pub(super) effects: CutEffects,
    /// The place of its last event in the order of admission, which is the order on disk.
    last: u32,
}

impl PendingRequests {
    /// The requests are obsolete.
    pub(super) fn clear(&mut self) {
        self.build = None;
        self.checks.clear();
    }

    /// Agreement wants a proposal checked; a second request for it begins anew.
    pub(super) fn check(&mut self, id: ProposalId, proposal: Proposal) {
        self.checks.retain(|check| check.id != id);
        self.checks.push(CheckRequest { id, proposal, progress: CheckProgress::New });
    }
}

impl DerivedCut {
    pub(super) fn new(effects: CutEffects, graph: &Graph) -> Self {
        let last = effects.ordered.iter().filter_map(|id| graph.order(*id)).max().unwrap_or_default();
        Self { effects, last }
    }

    /// Whether all of the cut is on this disk by now.
    pub(super) const fn is_stored(&self, persistence: &Persistence) -> bool {
        persistence.holds(self.last)
    }
}
