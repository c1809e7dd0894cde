//! Cuts: causally closed sets of events, named by their heads.

use std::collections::{BTreeSet, HashSet};

use quorate_event::{EventId, limits};

use crate::column::VertexIndex;
use crate::fault::Blame;
use crate::graph::Graph;

/// How much a set of events weighs. Void events weigh nothing: their payload counts for nothing, and the long past of an
/// equivocator must not keep the authors who once cited it out of every cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weight {
    /// How many events.
    pub events: u64,
    /// Their bytes as they travel.
    pub bytes: u64,
}

/// Why heads do not name a cut that follows the last applied milestone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CutError {
    /// Made after another milestone than the last one applied here.
    #[error("the cut follows another milestone than {last:?}, the last one applied here")]
    NotAfterTheLast {
        /// The last applied milestone.
        last: EventId,
    },
    /// Some heads are not admitted.
    #[error("{} heads of the cut are not held", ids.len())]
    Missing {
        /// Which, in the order given.
        ids: Vec<EventId>,
    },
    /// Its past holds a milestone that is not applied here.
    #[error("the cut's past holds {id:?}, a milestone that is not applied here")]
    Ahead {
        /// Which.
        id: EventId,
    },
    /// It names nothing, or more than [`limits::MILESTONE_HEADS`], or not ascending.
    #[error("a cut names between 1 and {} heads, ascending", limits::MILESTONE_HEADS)]
    Heads,
    /// A void event is in a cut only as somebody's past.
    #[error("{id:?} is void and cannot be a head")]
    VoidHead {
        /// Which.
        id: EventId,
    },
    /// Another head, or the previous milestone, has it in its past already; milestones are never heads.
    #[error("{id:?} adds nothing to the cut")]
    NotMaximal {
        /// Which.
        id: EventId,
    },
}

impl CutError {
    /// Whose fault it is, if the heads are a leader's.
    pub const fn fault(&self) -> Blame {
        match self {
            Self::NotAfterTheLast { .. } | Self::Missing { .. } | Self::Ahead { .. } => Blame::NotYet,
            Self::Heads | Self::VoidHead { .. } | Self::NotMaximal { .. } => Blame::Remote,
        }
    }
}

/// A causally closed set: what the last applied milestone covered when the set was made, and what its heads add.
///
/// Belongs to the graph that made it, and stays right when that graph grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedCut {
    base: u32,
    /// Ascending.
    above: Vec<VertexIndex>,
}

impl Graph {
    /// The heads, ascending, of a fresh cut: the longest prefix of the coverable events by (depth, id) that weighs at
    /// most `limit` and needs at most [`limits::MILESTONE_HEADS`] heads. None if nothing is coverable.
    ///
    /// Causally closed, since what is coverable in an event's past is less deep. An event that follows a milestone
    /// not yet applied is left for later.
    pub fn cut(&self, limit: Weight) -> Option<Vec<EventId>> {
        self.cut_among(limit, |_| true)
    }

    /// The same among the coverable events that are `ready`. What an event is ready for, its whole past must be too.
    pub fn cut_among(&self, limit: Weight, ready: impl Fn(&EventId) -> bool) -> Option<Vec<EventId>> {
        let prefix = self.prefix(limit, ready);
        let (mut maximal, nameable) = self.maximal(&prefix);
        if nameable < prefix.len() {
            maximal = self.maximal(prefix.get(..nameable)?).0;
        }
        let mut heads: Vec<_> = maximal.into_iter().map(|at| self.dag.id(at)).collect();
        heads.sort_unstable();
        (!heads.is_empty()).then_some(heads)
    }

    fn prefix(&self, limit: Weight, ready: impl Fn(&EventId) -> bool) -> Vec<VertexIndex> {
        let mut prefix = Vec::new();
        let mut weight = Weight::default();
        for group in self.coverable.by_depth() {
            let mut group = group.to_vec();
            group.retain(|at| self.is_applied(self.dag.base(*at)) && ready(&self.dag.id(*at)));
            self.dag.sort(&mut group);
            for at in group {
                weight = self.heavier(weight, at);
                if weight.events > limit.events || weight.bytes > limit.bytes {
                    return prefix;
                }
                prefix.push(at);
            }
        }
        prefix
    }

    /// The elements of a prefix of the coverable events that are in no other's past, and the length of the longest
    /// prefix of it that has few enough of them.
    fn maximal(&self, prefix: &[VertexIndex]) -> (BTreeSet<VertexIndex>, usize) {
        let mut maximal = BTreeSet::new();
        let mut seen_void = HashSet::new();
        let mut nameable = 0;
        for (before, at) in prefix.iter().enumerate() {
            let mut stack = self.dag.parents(*at).to_vec();
            while let Some(parent) = stack.pop() {
                let passes = !self.dag.is_covered(parent) && self.is_void_at(parent);
                if passes && seen_void.insert(parent) {
                    stack.extend(self.dag.parents(parent));
                }
                maximal.remove(&parent);
            }
            maximal.insert(*at);
            if maximal.len() <= limits::MILESTONE_HEADS {
                nameable = before.saturating_add(1);
            }
        }
        (maximal, nameable)
    }

    fn heavier(&self, weight: Weight, at: VertexIndex) -> Weight {
        if self.is_void_at(at) {
            return weight;
        }
        Weight {
            events: weight.events.saturating_add(1),
            bytes: weight.bytes.saturating_add(u64::from(self.dag.bytes(at))),
        }
    }

    /// What a set of events weighs against the limits of a cut; unknown ids weigh nothing.
    pub fn weight(&self, events: &[EventId]) -> Weight {
        let known = events.iter().filter_map(|id| self.dag.find(*id));
        known.fold(Weight::default(), |weight, at| self.heavier(weight, at))
    }

    /// The events that a cut with these heads covers and the milestone `previous`, the last applied one, does not;
    /// ascending by (depth, id).
    ///
    /// # Errors
    /// Why the heads do not name such a cut.
    pub fn newly_covered(&self, previous: EventId, heads: &[EventId]) -> Result<Vec<EventId>, CutError> {
        let (_, last) = self.last_milestone();
        if previous != last {
            return Err(CutError::NotAfterTheLast { last });
        }
        let ascending = heads.is_sorted_by(|a, b| a < b);
        if heads.is_empty() || heads.len() > limits::MILESTONE_HEADS || !ascending {
            return Err(CutError::Heads);
        }
        let heads = self.find_all(heads)?;
        for head in &heads {
            let id = self.dag.id(*head);
            if self.is_milestone(*head) || self.dag.is_covered(*head) {
                return Err(CutError::NotMaximal { id });
            }
            if self.is_void_at(*head) {
                return Err(CutError::VoidHead { id });
            }
        }
        let (mut above, inner) = self.above(&heads);
        if let Some(head) = heads.iter().find(|head| inner.contains(head)) {
            let id = self.dag.id(*head);
            return Err(CutError::NotMaximal { id });
        }
        if let Some(milestone) = above.iter().find(|at| self.is_milestone(**at)) {
            let id = self.dag.id(*milestone);
            return Err(CutError::Ahead { id });
        }
        self.dag.sort(&mut above);
        Ok(self.ids_of(&above))
    }

    fn find_all(&self, ids: &[EventId]) -> Result<Vec<VertexIndex>, CutError> {
        let missing = ids.iter().copied().filter(|id| !self.contains(*id));
        let missing: Vec<_> = missing.collect();
        if missing.is_empty() {
            Ok(ids.iter().filter_map(|id| self.dag.find(*id)).collect())
        } else {
            Err(CutError::Missing { ids: missing })
        }
    }

    /// The uncovered vertices among `heads` and their past, ascending; and those of them that are in a head's past.
    fn above(&self, heads: &[VertexIndex]) -> (Vec<VertexIndex>, HashSet<VertexIndex>) {
        let mut inner = HashSet::new();
        let heads = heads.iter().filter(|head| !self.dag.is_covered(**head));
        let mut above: Vec<VertexIndex> = heads.copied().collect();
        let mut stack = above.clone();
        while let Some(at) = stack.pop() {
            for parent in self.dag.parents(at) {
                if !self.dag.is_covered(*parent) && inner.insert(*parent) {
                    above.push(*parent);
                    stack.push(*parent);
                }
            }
        }
        above.sort_unstable();
        above.dedup();
        (above, inner)
    }

    /// The set of everything covered so far, of `heads`, and of their past.
    ///
    /// # Errors
    /// [`CutError::Missing`] when a head is not admitted.
    pub fn past_of(&self, heads: &[EventId]) -> Result<ResolvedCut, CutError> {
        let heads = self.find_all(heads)?;
        Ok(ResolvedCut { base: self.seq_at(self.last_at()), above: self.above(&heads).0 })
    }

    /// Whether a vertex is in the set.
    pub fn is_in(&self, id: EventId, past: &ResolvedCut) -> bool {
        let found = self.dag.find(id);
        found.is_some_and(|at| self.is_in_at(at, past))
    }

    fn is_in_at(&self, at: VertexIndex, past: &ResolvedCut) -> bool {
        self.dag.covered(at) <= past.base || past.above.binary_search(&at).is_ok()
    }

    /// Whether a vertex is in the set and not void by the milestones that were applied when the set was made.
    pub fn counts_at(&self, id: EventId, past: &ResolvedCut) -> bool {
        let Some(at) = self.dag.find(id) else {
            return false;
        };
        let condemned = self.condemned_at(at);
        let void = condemned <= past.base && condemned < self.dag.covered(at);
        self.is_in_at(at, past) && !void
    }
}
