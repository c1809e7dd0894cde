//! Uncovered events of equivocators, and whether somebody else vouches for them by building upon them.
//!
//! An equivocator's event counts in the merged view once an event of another author without known conflict, or a
//! milestone, has it in its past. That is a function of the set of vertices: when an author turns out to equivocate,
//! the vouching by its events ends, and all suspects are looked at again.

use std::collections::BTreeMap;

use quorate_event::EventId;

use crate::column::VertexIndex;
use crate::dag::Dag;
use crate::graph::Graph;
use crate::lanes::NEVER;

/// Each suspect with whether it is vouched for. Every suspect in the past of a vouched one is vouched for too.
#[derive(Default)]
pub(crate) struct EquivocatorEvents(BTreeMap<VertexIndex, bool>);

impl EquivocatorEvents {
    /// Adds an event that nothing vouches for yet.
    pub(crate) fn add(&mut self, at: VertexIndex) {
        self.0.insert(at, false);
    }

    pub(crate) fn remove(&mut self, at: VertexIndex) {
        self.0.remove(&at);
    }

    /// `at`, just admitted, is nobody's whom anything is known against.
    pub(crate) fn endorse(&mut self, dag: &Dag, at: VertexIndex) {
        if self.0.is_empty() {
            return;
        }
        let mut stack = dag.parents(at).to_vec();
        while let Some(at) = stack.pop() {
            // What lies below an honest parent was vouched for when that parent came.
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
    /// Looks at every suspect again, children first; takes time in proportion to their number.
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
