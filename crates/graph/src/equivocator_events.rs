//! Uncovered events of equivocators, and which of them other authors endorse by building on them.
//!
//! An equivocator's event counts in the merged view once an event of another author without known conflict, or a
//! milestone, has it in its past. That is a function of the set of vertices: when an author turns out to equivocate,
//! its events no longer endorse others, and all events listed here are reviewed.

use std::collections::BTreeMap;

use quorate_event::EventId;

use crate::column::VertexIndex;
use crate::dag::Dag;
use crate::graph::Graph;
use crate::lanes::NEVER;

/// Each event of an equivocator, with whether it is endorsed. The past of an endorsed event is endorsed too.
#[derive(Default)]
pub(crate) struct EquivocatorEvents(BTreeMap<VertexIndex, bool>);

impl EquivocatorEvents {
    /// Adds an event that nothing endorses yet.
    pub(crate) fn add(&mut self, at: VertexIndex) {
        self.0.insert(at, false);
    }

    pub(crate) fn remove(&mut self, at: VertexIndex) {
        self.0.remove(&at);
    }

    /// The vertex `at`, just admitted, is a milestone or an event of an author without a known equivocation: it endorses its past.
    pub(crate) fn endorse(&mut self, dag: &Dag, at: VertexIndex) {
        if self.0.is_empty() {
            return;
        }
        let mut stack = dag.parents(at).to_vec();
        while let Some(at) = stack.pop() {
            // The past of an honest parent was endorsed when that parent was admitted.
            if let Some(endorsed) = self.0.get_mut(&at).filter(|endorsed| !**endorsed) {
                *endorsed = true;
                stack.extend(dag.parents(at));
            }
        }
    }

    fn is_endorsed(&self, at: VertexIndex) -> bool {
        self.0.get(&at).copied().unwrap_or_default()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.0.len().saturating_mul(16)
    }
}

impl Graph {
    /// Reviews every event listed, children first; takes time in proportion to their number.
    pub(crate) fn review_equivocator_events(&mut self) {
        let all: Vec<VertexIndex> = self.equivocator_events.0.keys().rev().copied().collect();
        for at in all {
            let endorsed = self.dag.children(at).any(|child| {
                let author = self.lanes.author_of(self.dag.chain(child));
                let honest = author.is_none_or(|author| !self.lanes.author(author).equivocator);
                honest || self.equivocator_events.is_endorsed(child)
            });
            self.equivocator_events.0.insert(at, endorsed);
        }
    }

    /// Whether the event is void: its author was condemned by an applied milestone that does not cover it.
    ///
    /// An author is condemned by the first applied milestone whose past holds two of its events of one (lane, seq).
    pub fn is_void(&self, id: EventId) -> bool {
        self.dag.find(id).is_some_and(|at| self.is_void_at(at))
    }

    pub(crate) fn is_void_at(&self, at: VertexIndex) -> bool {
        self.condemned_at(at) < self.dag.covered(at)
    }

    /// The height at which a vertex's author was condemned, or [`NEVER`].
    pub(crate) fn condemned_at(&self, at: VertexIndex) -> u32 {
        let author = self.lanes.author_of(self.dag.chain(at));
        author.map_or(NEVER, |author| self.lanes.author(author).condemned)
    }

    /// Whether the vertex counts in the merged view.
    ///
    /// Covered: unless it is void. Uncovered: if no conflict of its author is known; or else, until the author is
    /// condemned, if another author without known conflict, or a milestone, has it in its past.
    pub fn counts_merged(&self, id: EventId) -> bool {
        let Some(at) = self.dag.find(id) else {
            return false;
        };
        let author = self.lanes.author_of(self.dag.chain(at));
        if author.is_none_or(|author| !self.lanes.author(author).equivocator) {
            return true;
        }
        let counts = self.dag.is_covered(at) || self.equivocator_events.is_endorsed(at);
        counts && !self.is_void_at(at)
    }
}
