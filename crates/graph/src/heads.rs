//! The vertices without children, shallowest first; void ones apart, so that no flood of them hides the others.

use std::collections::BTreeSet;

use quorate_event::EventId;

use crate::column::VertexIndex;
use crate::dag::Dag;

type Key = (u32, EventId, VertexIndex);

#[derive(Default)]
pub(crate) struct Heads {
    live: BTreeSet<Key>,
    void: BTreeSet<Key>,
}

fn key(dag: &Dag, at: VertexIndex) -> Key {
    (dag.depth(at), dag.id(at), at)
}

impl Heads {
    pub(crate) fn add(&mut self, dag: &Dag, at: VertexIndex, void: bool) {
        let heads = if void { &mut self.void } else { &mut self.live };
        heads.insert(key(dag, at));
    }

    pub(crate) fn remove(&mut self, dag: &Dag, at: VertexIndex) {
        let key = key(dag, at);
        if !self.live.remove(&key) {
            self.void.remove(&key);
        }
    }

    pub(crate) fn condemn(&mut self, dag: &Dag, at: VertexIndex) {
        if self.live.remove(&key(dag, at)) {
            self.add(dag, at, true);
        }
    }

    /// Ascending by (depth, id).
    pub(crate) fn live(&self) -> impl DoubleEndedIterator<Item = VertexIndex> + '_ {
        self.live.iter().map(|(_, _, at)| *at)
    }

    /// Ascending by (depth, id).
    pub(crate) fn void(&self) -> impl DoubleEndedIterator<Item = VertexIndex> + '_ {
        self.void.iter().map(|(_, _, at)| *at)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let heads = self.live.len().saturating_add(self.void.len());
        heads.saturating_mul(size_of::<Key>().saturating_mul(2))
    }
}
