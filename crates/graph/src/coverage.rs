//! Milestones: what they cover, whom they condemn, and what is left to cover.

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::{Address, EventId, Height};

use crate::column::{AuthorIndex, VertexIndex};
use crate::dag::{Dag, UNCOVERED};
use crate::graph::Graph;
use crate::lanes::NEVER;

/// Events that are admitted, uncovered and not void, by depth.
#[derive(Default)]
pub(crate) struct CoverableEvents {
    by_depth: BTreeMap<u32, Vec<VertexIndex>>,
    count: usize,
}

impl CoverableEvents {
    pub(crate) fn add(&mut self, dag: &Dag, at: VertexIndex) {
        self.by_depth.entry(dag.depth(at)).or_default().push(at);
        self.count = self.count.saturating_add(1);
    }

    /// By depth; in admission order within one depth.
    pub(crate) fn by_depth(&self) -> impl Iterator<Item = &[VertexIndex]> + '_ {
        self.by_depth.values().map(Vec::as_slice)
    }

    fn keep(&mut self, depth: u32, mut is_coverable: impl FnMut(VertexIndex) -> bool) {
        let Some(group) = self.by_depth.get_mut(&depth) else {
            return;
        };
        let before = group.len();
        group.retain(|at| is_coverable(*at));
        self.count = self.count.saturating_sub(before.saturating_sub(group.len()));
        if group.is_empty() {
            self.by_depth.remove(&depth);
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let groups = self.by_depth.values();
        groups.fold(0, |sum, group| sum.saturating_add(group.capacity().saturating_mul(4).saturating_add(32)))
    }
}

/// Why a milestone cannot be applied now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// It is not admitted.
    #[error("{id:?} is not in the graph")]
    Unknown {
        /// What was asked for.
        id: EventId,
    },
    /// It is an event.
    #[error("{id:?} is an event, not a milestone")]
    NotAMilestone {
        /// What was asked for.
        id: EventId,
    },
    /// It does not follow the last applied milestone.
    #[error("{id:?} does not follow {last:?}, the last applied milestone")]
    NotTheNext {
        /// What was asked for.
        id: EventId,
        /// What it would have to follow.
        last: EventId,
    },
}

impl Graph {
    /// Covers the past of an admitted milestone at its height and condemns the authors whose conflicts it holds. It
    /// must follow the last applied one. Returns the newly covered events, ascending by (depth, id).
    ///
    /// # Errors
    /// Why it cannot be applied now; nothing has changed then.
    pub fn apply_milestone(&mut self, id: EventId) -> Result<Vec<EventId>, ApplyError> {
        let milestone = self.next_milestone(id)?;
        let height = self.seq_at(milestone);
        let mut newly = self.cover_past(milestone, height);
        self.applied.push(milestone);
        self.waiting_room.clear_cited();
        newly.retain(|at| !self.is_milestone(*at));
        let mut touched: BTreeSet<u32> = BTreeSet::new();
        for at in &newly {
            touched.insert(self.dag.depth(*at));
            self.equivocator_events.remove(*at);
        }
        for author in self.convicted(&newly) {
            touched.extend(self.condemn(author, height));
        }
        let Self { coverable, dag, lanes, .. } = self;
        for depth in touched {
            coverable.keep(depth, |at| {
                let author = lanes.author_of(dag.chain(at));
                let condemned = author.map_or(NEVER, |author| lanes.author(author).condemned);
                !dag.is_covered(at) && condemned == NEVER
            });
        }
        self.dag.sort(&mut newly);
        Ok(self.ids_of(&newly))
    }

    fn next_milestone(&self, id: EventId) -> Result<VertexIndex, ApplyError> {
        let at = self.dag.find(id).ok_or(ApplyError::Unknown { id })?;
        if !self.is_milestone(at) {
            return Err(ApplyError::NotAMilestone { id });
        }
        let last = self.last_at();
        if self.dag.parents(at).first() == Some(&last) {
            Ok(at)
        } else {
            let last = self.dag.id(last);
            Err(ApplyError::NotTheNext { id, last })
        }
    }

    fn cover_past(&mut self, milestone: VertexIndex, height: u32) -> Vec<VertexIndex> {
        self.dag.cover(milestone, height);
        let mut newly = Vec::new();
        let mut stack = vec![milestone];
        while let Some(at) = stack.pop() {
            let from = newly.len();
            let parents = self.dag.parents(at).iter();
            newly.extend(parents.filter(|parent| !self.dag.is_covered(**parent)));
            for parent in newly.get(from..).unwrap_or_default() {
                self.dag.cover(*parent, height);
                stack.push(*parent);
            }
        }
        newly
    }

    /// The authors of whom two siblings are covered now and were not before.
    fn convicted(&self, newly: &[VertexIndex]) -> BTreeSet<AuthorIndex> {
        let mut convicted = BTreeSet::new();
        for at in newly {
            let chain = self.chain_at(*at);
            let author = self.lanes.lane(chain.lane).author;
            let row = self.lanes.author(author);
            if !row.equivocator || row.condemned != NEVER {
                continue;
            }
            let parents = self.dag.parents(*at).first();
            let siblings = parents.map(|parent| self.lanes.siblings(chain.lane, *parent));
            let siblings = siblings.unwrap_or_default().iter();
            if siblings.filter(|at| self.dag.is_covered(**at)).count() > 1 {
                convicted.insert(author);
            }
        }
        convicted
    }

    /// Returns the depths at which an event became void.
    fn condemn(&mut self, author: AuthorIndex, height: u32) -> BTreeSet<u32> {
        if let Some(row) = self.lanes.author_mut(author) {
            row.condemned = height;
        }
        let void = self.uncovered_of(author);
        for at in &void {
            self.heads.condemn(&self.dag, *at);
        }
        void.iter().map(|at| self.dag.depth(*at)).collect()
    }

    /// The height that first covers the vertex; none while no applied milestone does.
    pub fn covered_at(&self, id: EventId) -> Option<Height> {
        let covered = self.dag.covered(self.dag.find(id)?);
        (covered != UNCOVERED).then_some(Height(u64::from(covered)))
    }

    /// The last applied milestone.
    pub fn last_milestone(&self) -> (Height, EventId) {
        let last = self.last_at();
        (Height(u64::from(self.seq_at(last))), self.dag.id(last))
    }

    /// The applied milestone of a height.
    pub fn milestone(&self, height: Height) -> Option<EventId> {
        let at = self.applied.at(height);
        (at != VertexIndex::NONE).then(|| self.dag.id(at))
    }

    /// The height at which an author was condemned.
    pub fn condemned(&self, author: Address) -> Option<Height> {
        let author = self.lanes.find_author(author)?;
        let height = self.lanes.author(author).condemned;
        (height != NEVER).then_some(Height(u64::from(height)))
    }

    /// How many events are admitted, uncovered and not void: what a fresh cut may choose from.
    pub fn coverable(&self) -> usize {
        self.coverable.count
    }

    /// Those events, shallowest first; within one depth in this graph's admission order.
    pub fn coverable_events(&self) -> impl Iterator<Item = EventId> + '_ {
        let events = self.coverable.by_depth().flatten();
        events.map(|at| self.dag.id(*at))
    }

    pub(crate) fn last_at(&self) -> VertexIndex {
        let last = self.applied.keys().next_back();
        last.map_or(VertexIndex::ROOT, |height| self.applied.at(height))
    }

    /// Whether a milestone vertex is one of those that were applied.
    pub(crate) fn is_applied(&self, milestone: VertexIndex) -> bool {
        self.applied.at(Height(u64::from(self.seq_at(milestone)))) == milestone
    }
}
