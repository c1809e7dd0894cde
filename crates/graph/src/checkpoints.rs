//! Which part of every chain lies in a vertex's past, computed on demand from checkpoints.
//!
//! A checkpoint is that answer, kept, for one vertex in a while of every chain. A walk into the past stops at the
//! checkpoints it meets, so that its length does not grow with the graph's.

use std::collections::BinaryHeap;

use crate::column::{ChainIndex, Column, LocalIndex, VertexIndex};
use crate::dag::Dag;

/// A chain's vertices between two of its checkpoints, at least: halves the walk where it is halved, doubles the memory.
const SPACING: u32 = 16;

/// Entries that each admitted vertex pays for, 8 bytes each. However many chains somebody opens, checkpoints cost no
/// more memory than this; they only get rarer.
const ENTRIES_PER_VERTEX: usize = 2;

/// How many vertices of each chain, counted from its start, lie in one vertex's past, itself included.
#[derive(Default)]
pub(crate) struct Reach {
    /// By chain.
    walked: Vec<u32>,
    /// By chain: so many whose own past is accounted for too.
    settled: Vec<u32>,
    touched: Vec<ChainIndex>,
}

impl Reach {
    fn begin(&mut self, chains: usize) {
        for chain in self.touched.drain(..) {
            for counts in [&mut self.walked, &mut self.settled] {
                if let Some(count) = counts.get_mut(chain.as_usize()) {
                    *count = 0;
                }
            }
        }
        self.walked.resize(chains, 0);
        self.settled.resize(chains, 0);
    }

    fn raise(&mut self, chain: ChainIndex, count: u32, settled: bool) {
        let Some(walked) = self.walked.get_mut(chain.as_usize()) else {
            return;
        };
        if *walked == 0 {
            self.touched.push(chain);
        }
        *walked = count.max(*walked);
        if let Some(sure) = self.settled.get_mut(chain.as_usize()).filter(|_| settled) {
            *sure = count.max(*sure);
        }
    }

    fn is_settled(&self, chain: ChainIndex, at: u32) -> bool {
        let settled = self.settled.get(chain.as_usize()).copied();
        settled.unwrap_or_default() > at
    }

    /// The chains reached and how far, unordered.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (ChainIndex, u32)> + '_ {
        let walked = |chain: &ChainIndex| self.walked.get(chain.as_usize()).copied();
        let touched = self.touched.iter();
        touched.filter_map(move |chain| walked(chain).map(|count| (*chain, count)))
    }
}

fn word_and_bit(at: VertexIndex) -> (usize, u64) {
    (at.as_usize() / 64, 1 << (at.as_usize() % 64))
}

#[derive(Clone, Copy)]
struct Checkpoint {
    at: VertexIndex,
    first_entry: usize,
}

pub(crate) struct Checkpoints {
    /// By vertex, a bit whether it has a checkpoint: most have none, and a walk asks all that it meets.
    marks: Vec<u64>,
    /// Ascending, since vertices are admitted in that order.
    checkpoints: Vec<Checkpoint>,
    /// Within a checkpoint ascending by chain.
    entries: Vec<(ChainIndex, u32)>,
    /// Where each chain had its last checkpoint: that place and one more.
    last: Column<ChainIndex, u32>,
    paid: usize,
    scratch: Reach,
}

impl Checkpoints {
    pub(crate) fn new() -> Self {
        Self {
            marks: Vec::new(),
            checkpoints: Vec::new(),
            entries: Vec::new(),
            last: Column::new(0),
            paid: 0,
            scratch: Reach::default(),
        }
    }

    /// Keeps the answer for `at`, just admitted, if its chain is due and enough is paid for.
    pub(crate) fn admitted(&mut self, dag: &Dag, at: VertexIndex, chains: usize) {
        self.paid = self.paid.saturating_add(ENTRIES_PER_VERTEX);
        while self.last.len() < chains {
            self.last.push(0);
        }
        let (chain, next) = (dag.chain(at), dag.place(at).saturating_add(1));
        if next < self.last.at(chain).saturating_add(SPACING) || self.paid < chains {
            return;
        }
        let mut reach = std::mem::take(&mut self.scratch);
        self.reach(dag, at, chains, &mut reach);
        let first_entry = self.entries.len();
        self.entries.extend(reach.entries());
        self.scratch = reach;
        let kept = self.entries.get_mut(first_entry..).unwrap_or_default();
        kept.sort_unstable();
        self.paid = self.paid.saturating_sub(kept.len());
        self.checkpoints.push(Checkpoint { at, first_entry });
        self.mark(at);
        self.last.set(chain, next);
    }

    /// Walks from `of` down to checkpoints.
    pub(crate) fn reach(&self, dag: &Dag, of: VertexIndex, chains: usize, reach: &mut Reach) {
        reach.begin(chains);
        let mut queue = BinaryHeap::from([of]);
        let mut last = VertexIndex::NONE;
        while let Some(at) = queue.pop() {
            // Equal indices leave the heap one after the other.
            if last == at || reach.is_settled(dag.chain(at), dag.place(at)) {
                continue;
            }
            last = at;
            reach.raise(dag.chain(at), dag.place(at).saturating_add(1), false);
            if let Some(kept) = self.entries_of(at) {
                for (chain, count) in kept {
                    reach.raise(*chain, *count, true);
                }
            } else {
                queue.extend(dag.parents(at));
            }
        }
    }

    /// How many vertices of `chain` lie in the past of `at`, if `at` has a checkpoint.
    pub(crate) fn count(&self, at: VertexIndex, chain: ChainIndex) -> Option<u32> {
        let entries = self.entries_of(at)?;
        let found = entries.binary_search_by_key(&chain, |(chain, _)| *chain);
        let entry = found.ok().and_then(|found| entries.get(found));
        Some(entry.map_or(0, |(_, count)| *count))
    }

    fn mark(&mut self, at: VertexIndex) {
        let (word, bit) = word_and_bit(at);
        if self.marks.len() <= word {
            self.marks.resize(word.saturating_add(1), 0);
        }
        if let Some(marks) = self.marks.get_mut(word) {
            *marks |= bit;
        }
    }

    fn entries_of(&self, at: VertexIndex) -> Option<&[(ChainIndex, u32)]> {
        let (word, bit) = word_and_bit(at);
        if self.marks.get(word).is_none_or(|marks| marks & bit == 0) {
            return None;
        }
        let found = self.checkpoints.binary_search_by_key(&at, |kept| kept.at);
        let found = found.ok()?;
        let from = self.checkpoints.get(found)?.first_entry;
        let next = self.checkpoints.get(found.saturating_add(1));
        let to = next.map_or(self.entries.len(), |next| next.first_entry);
        self.entries.get(from..to)
    }

    pub(crate) const fn memory_bytes(&self) -> usize {
        let entries = self.entries.capacity().saturating_mul(8);
        let checkpoints = self.checkpoints.capacity().saturating_mul(16);
        let marks = self.marks.capacity().saturating_mul(8);
        let last = self.last.memory_bytes();
        let rows = entries.saturating_add(checkpoints);
        rows.saturating_add(marks).saturating_add(last)
    }
}
