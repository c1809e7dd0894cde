//! Vector clocks. They are derived from the graph and never taken from a message.

use std::collections::BTreeMap;

use quorate_event::{Address, EventId, Lane, Seq};

use crate::checkpoints::Reach;
use crate::column::LaneIndex;
use crate::graph::Graph;
use crate::relation::Relation;

/// The highest seq of every (author, lane) in a past. A missing entry is 0, and equal to 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VectorClock(BTreeMap<(Address, Lane), Seq>);

impl VectorClock {
    /// The highest seq of a lane; 0 if there is none.
    pub fn get(&self, author: Address, lane: Lane) -> Seq {
        self.0.get(&(author, lane)).copied().unwrap_or(Seq(0))
    }

    /// The entries, ascending by (author, lane); none of them is 0.
    pub fn entries(&self) -> impl Iterator<Item = ((Address, Lane), Seq)> + '_ {
        self.0.iter().map(|(name, seq)| (*name, *seq))
    }

    /// Raises an entry to at least `seq`.
    pub fn raise(&mut self, author: Address, lane: Lane, seq: Seq) {
        if seq > self.get(author, lane) {
            self.0.insert((author, lane), seq);
        }
    }

    /// The entrywise maximum.
    #[must_use]
    pub fn merge(mut self, other: &Self) -> Self {
        for ((author, lane), seq) in other.entries() {
            self.raise(author, lane, seq);
        }
        self
    }

    /// Entry by entry: less if no entry is greater and one is less, and so on.
    pub fn relation(&self, other: &Self) -> Relation {
        let exceeds = |a: &Self, b: &Self| {
            let mut entries = a.entries();
            entries.any(|((author, lane), seq)| seq > b.get(author, lane))
        };
        match (exceeds(self, other), exceeds(other, self)) {
            (false, false) => Relation::Equal,
            (false, true) => Relation::Less,
            (true, false) => Relation::Greater,
            (true, true) => Relation::Incomparable,
        }
    }
}

impl Graph {
    /// The clock of a vertex: of its past and itself. For display: where an author equivocates,
    /// a clock does not determine a past, and [`Self::precedes`] does.
    pub fn clock(&self, id: EventId) -> Option<VectorClock> {
        let at = self.dag.find(id)?;
        let mut reach = Reach::default();
        let chains = self.lanes.chain_count();
        self.checkpoints.reach(&self.dag, at, chains, &mut reach);
        let mut clock = VectorClock::default();
        for (chain, count) in reach.entries() {
            let chain = self.lanes.chain(chain);
            if chain.lane == LaneIndex::NONE {
                continue;
            }
            let row = self.lanes.lane(chain.lane);
            let seq = chain.first_seq.saturating_add(count).saturating_sub(1);
            let author = self.lanes.author(row.author).address;
            clock.raise(author, row.lane, Seq(u64::from(seq)));
        }
        Some(clock)
    }
}
