//! The graph as documents use it: the causal order, and the events that count in a view.

pub(crate) mod moment;

use std::collections::{BTreeSet, HashSet};

use quorate_document::{CausalOrder, DocumentView};
use quorate_event::{Address, EventId, Height};
use quorate_graph::Graph;

use self::moment::{ConsistencyLevel, Moment, UnknownMoment};

/// The past of every event, by the graph.
pub(crate) struct PastIn<'a>(pub(crate) &'a Graph);

impl CausalOrder for PastIn<'_> {
    fn precedes(&self, a: &EventId, b: &EventId) -> bool {
        self.0.precedes(*a, *b)
    }

    fn depth(&self, event: &EventId) -> u64 {
        self.0.depth(*event).map_or(0, u64::from)
    }

    fn author(&self, event: &EventId) -> Option<Address> {
        self.0.author(*event)
    }
}

/// Level merged: all events that are held and count.
pub(crate) struct Merged<'a>(pub(crate) &'a Graph);

impl DocumentView for Merged<'_> {
    fn shows(&self, event: &EventId) -> bool {
        self.0.counts_merged(*event)
    }

    fn shows_everything(&self) -> bool {
        self.0.equivocators().is_empty()
    }
}

/// Level final: the covered events that are not void.
pub(crate) struct Final<'a>(pub(crate) &'a Graph);

impl DocumentView for Final<'_> {
    fn shows(&self, event: &EventId) -> bool {
        self.0.covered_at(*event).is_some() && !self.0.is_void(*event)
    }

    fn shows_everything(&self) -> bool {
        self.0.coverable() == 0 && self.0.equivocators().is_empty()
    }
}

/// Level final as it would be with a proposal's cut.
pub(crate) struct FinalWith<'a> {
    graph: &'a Graph,
    newly: &'a HashSet<EventId>,
    everything: bool,
}

impl<'a> FinalWith<'a> {
    pub(crate) fn new(graph: &'a Graph, newly: &'a HashSet<EventId>) -> Self {
        let everything =
            graph.equivocators().is_empty() && graph.coverable_events().all(|event| newly.contains(&event));
        Self { graph, newly, everything }
    }
}

impl DocumentView for FinalWith<'_> {
    fn shows(&self, event: &EventId) -> bool {
        let covered = self.newly.contains(event) || self.graph.covered_at(*event).is_some();
        covered && !self.graph.is_void(*event)
    }

    fn shows_everything(&self) -> bool {
        self.everything
    }
}

/// A view that a client names.
pub(crate) enum MomentView<'a> {
    Merged(Merged<'a>),
    Final(Final<'a>),
    /// A vertex and its past, without what is void.
    Event(&'a Graph, EventId),
    /// The events that the milestone of a height covers and that are not void there, whatever later milestones condemn.
    Milestone(&'a Graph, Height),
}

impl<'a> MomentView<'a> {
    pub(crate) const fn at_level(graph: &'a Graph, level: ConsistencyLevel) -> Self {
        match level {
            ConsistencyLevel::Merged => Self::Merged(Merged(graph)),
            ConsistencyLevel::Final => Self::Final(Final(graph)),
        }
    }

    pub(crate) fn at(graph: &'a Graph, moment: Moment) -> Result<Self, UnknownMoment> {
        match moment {
            Moment::Level(level) => Ok(Self::at_level(graph, level)),
            Moment::Event(id) if graph.contains(id) => Ok(Self::Event(graph, id)),
            Moment::Event(id) => Err(UnknownMoment::Event(id)),
            Moment::Milestone(height) if height <= graph.last_milestone().0 => Ok(Self::Milestone(graph, height)),
            Moment::Milestone(height) => Err(UnknownMoment::Milestone(height)),
        }
    }
}

impl DocumentView for MomentView<'_> {
    fn shows(&self, event: &EventId) -> bool {
        match self {
            Self::Merged(view) => view.shows(event),
            Self::Final(view) => view.shows(event),
            Self::Event(graph, id) => (event == id || graph.precedes(*event, *id)) && !graph.is_void(*event),
            // An event is void if its author was condemned before it was covered: no later milestone changes that.
            Self::Milestone(graph, height) => {
                graph.covered_at(*event).is_some_and(|covered| covered <= *height) && !graph.is_void(*event)
            }
        }
    }

    fn shows_everything(&self) -> bool {
        match self {
            Self::Merged(view) => view.shows_everything(),
            Self::Final(view) => view.shows_everything(),
            Self::Event(..) | Self::Milestone(..) => false,
        }
    }
}

/// Level merged at an earlier time: the events admitted by then, without those that do not count.
pub(crate) struct Prefix<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) admitted: u32,
    pub(crate) hidden: &'a BTreeSet<EventId>,
    /// Whether no event of the document was admitted since.
    pub(crate) is_latest: bool,
}

impl DocumentView for Prefix<'_> {
    fn shows(&self, event: &EventId) -> bool {
        self.graph.order(*event).is_some_and(|order| order < self.admitted) && !self.hidden.contains(event)
    }

    fn shows_everything(&self) -> bool {
        self.is_latest && self.hidden.is_empty()
    }
}
