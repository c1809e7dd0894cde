//! Two events where an honest author writes one.

use quorate_event::{Address, EventId, Lane, Seq};

use crate::column::{AuthorIndex, LaneIndex, VertexIndex};
use crate::graph::Graph;

/// Two events of one (author, lane, seq) that follow the same event: the graph that holds both is the evidence.
///
/// A lane that branches has further pairs of one seq on its branches; they follow from this one and are not listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Equivocation {
    /// Who signed both.
    pub author: Address,
    /// In which lane.
    pub lane: Lane,
    /// At which place.
    pub seq: Seq,
    /// The lesser id.
    pub first: EventId,
    /// The greater id.
    pub second: EventId,
}

impl Graph {
    /// Every branch known, each against the least of its siblings, ascending: a function of the admitted set.
    pub fn equivocations(&self) -> Vec<Equivocation> {
        let mut found = Vec::new();
        for (_, siblings) in self.lanes.branches() {
            let mut sorted = siblings.to_vec();
            sorted.sort_unstable_by_key(|at| self.dag.id(*at));
            if let [least, others @ ..] = sorted.as_slice() {
                found.extend(others.iter().filter_map(|at| self.pair(*least, *at)));
            }
        }
        found.sort_unstable();
        found
    }

    /// The authors of [`Self::equivocations`], ascending, each once.
    pub fn equivocators(&self) -> Vec<Address> {
        let lanes = self.lanes.branches().map(|(lane, _)| lane);
        let authors = lanes.map(|lane| self.lanes.author(self.lanes.lane(lane).author).address);
        let mut authors: Vec<_> = authors.collect();
        authors.sort_unstable();
        authors.dedup();
        authors
    }

    /// Whether two events of one (author, lane, seq) are known of this author.
    pub fn is_equivocator(&self, author: Address) -> bool {
        let known = self.lanes.find_author(author);
        known.is_some_and(|author| self.lanes.author(author).equivocator)
    }

    fn pair(&self, a: VertexIndex, b: VertexIndex) -> Option<Equivocation> {
        let place = self.lane_place_at(a)?;
        let (a, b) = (self.dag.id(a), self.dag.id(b));
        Some(Equivocation { author: place.author, lane: place.lane, seq: place.seq, first: a.min(b), second: a.max(b) })
    }

    /// The event `at`, just admitted, is not the only one of its place.
    pub(crate) fn note_branch(&mut self, lane: LaneIndex, at: VertexIndex) -> Option<Equivocation> {
        let parent = self.dag.parents(at).first().copied()?;
        let elder = self.elder(lane, parent)?;
        let siblings = self.lanes.branch(lane, parent, elder, at);
        let others = siblings.iter().copied().filter(|sibling| *sibling != at);
        let least = others.min_by_key(|sibling| self.dag.id(*sibling))?;
        let author = self.lanes.lane(lane).author;
        self.expose(author);
        self.pair(least, at)
    }

    /// The vertex of this lane that followed `parent` first.
    fn elder(&self, lane: LaneIndex, parent: VertexIndex) -> Option<VertexIndex> {
        if parent == VertexIndex::ROOT {
            let main = self.lanes.lane(lane).chains.first().copied()?;
            return Some(self.lanes.chain(main).first);
        }
        let chain = self.dag.chain(parent);
        let next = self.dag.place(parent).saturating_add(1);
        let mut children = self.dag.children(parent);
        children.find(|child| (self.dag.chain(*child), self.dag.place(*child)) == (chain, next))
    }

    fn expose(&mut self, author: AuthorIndex) {
        match self.lanes.author_mut(author) {
            Some(row) if !row.equivocator => row.equivocator = true,
            _ => return,
        }
        for at in self.uncovered_of(author) {
            self.equivocator_events.add(at);
        }
        self.review_equivocator_events();
    }

    /// An author's uncovered events.
    pub(crate) fn uncovered_of(&self, author: AuthorIndex) -> Vec<VertexIndex> {
        let mut found = Vec::new();
        for chain in self.lanes.chains_of(author) {
            let mut next = Some(self.lanes.chain(chain).tip);
            while let Some(at) = next.take() {
                if self.dag.chain(at) == chain && !self.dag.is_covered(at) {
                    found.push(at);
                    next = self.dag.parents(at).first().copied();
                }
            }
        }
        found
    }
}
