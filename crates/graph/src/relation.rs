//! Which of two vertices is in the other's past.

use std::collections::BinaryHeap;

use quorate_event::EventId;

use crate::column::VertexIndex;
use crate::graph::Graph;

/// How two pasts, or two clocks, compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The first is in the second's past.
    Less,
    /// They are the same.
    Equal,
    /// The second is in the first's past.
    Greater,
    /// Neither knows the other.
    Incomparable,
}

enum Reachability {
    Yes,
    No,
    /// It depends on the parents.
    AskParents,
}

impl Graph {
    /// Whether `a` is in the past of `b`, strictly. Nothing is, or has, an unknown vertex's past.
    ///
    /// By reachability, since an equivocator's clock says nothing of its branches. Takes constant time within a lane,
    /// across an applied milestone, and where depths exclude it; else a walk from `b` down to checkpoints, and never
    /// below what the milestone that covers `a` left uncovered.
    pub fn precedes(&self, a: EventId, b: EventId) -> bool {
        match (self.dag.find(a), self.dag.find(b)) {
            (Some(a), Some(b)) => self.precedes_at(a, b),
            _ => false,
        }
    }

    /// How two vertices relate; none if one is unknown.
    pub fn relation(&self, a: EventId, b: EventId) -> Option<Relation> {
        let (a, b) = (self.dag.find(a)?, self.dag.find(b)?);
        Some(if a == b {
            Relation::Equal
        } else if self.precedes_at(a, b) {
            Relation::Less
        } else if self.precedes_at(b, a) {
            Relation::Greater
        } else {
            Relation::Incomparable
        })
    }

    pub(crate) fn precedes_at(&self, a: VertexIndex, b: VertexIndex) -> bool {
        if a == b {
            return false;
        }
        let mut queue = BinaryHeap::from([b]);
        let mut last = VertexIndex::NONE;
        while let Some(at) = queue.pop() {
            // Equal indices leave the heap one after the other.
            if last == at {
                continue;
            }
            last = at;
            match self.reaches(at, a) {
                Reachability::Yes => return true,
                Reachability::No => {}
                Reachability::AskParents => queue.extend(self.dag.parents(at)),
            }
        }
        false
    }

    /// Whether `a` is `from` or in its past, as far as the data of these two vertices decides it.
    fn reaches(&self, from: VertexIndex, a: VertexIndex) -> Reachability {
        let (dag, yes_if) = (&self.dag, |yes| if yes { Reachability::Yes } else { Reachability::No });
        if from == a {
            return Reachability::Yes;
        }
        if from < a || dag.depth(from) <= dag.depth(a) {
            return Reachability::No;
        }
        let chain = dag.chain(a);
        if dag.chain(from) == chain {
            return yes_if(dag.place(a) < dag.place(from));
        }
        // What an earlier milestone covers has a past that it covers too.
        if dag.covered(from) < dag.covered(a) {
            return Reachability::No;
        }
        let base = dag.base(from);
        if dag.covered(a) <= self.seq_at(base) && self.is_applied(base) {
            return Reachability::Yes;
        }
        match self.checkpoints.count(from, chain) {
            Some(count) => yes_if(count > dag.place(a)),
            None => Reachability::AskParents,
        }
    }
}
