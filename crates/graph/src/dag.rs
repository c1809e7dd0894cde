//! The admitted vertices as columns: ids, edges, depth, coverage.

use std::collections::HashMap;

use quorate_event::EventId;

use crate::column::{ChainIndex, Column, EdgeIndex, LocalIndex, VertexIndex};

/// The coverage of a vertex that no applied milestone covers: later than every height.
pub(crate) const UNCOVERED: u32 = u32::MAX;

/// Vertices that a graph holds at most; local indices are 32 bits, and the last one means none.
pub(crate) const VERTICES: usize = (u32::MAX - 1) as usize;

/// What a vertex brings along besides its parents.
#[derive(Clone, Copy)]
pub(crate) struct VertexRow {
    pub(crate) id: EventId,
    pub(crate) chain: ChainIndex,
    pub(crate) place: u32,
    pub(crate) bytes: u32,
    pub(crate) depth: u32,
    /// The highest milestone in the vertex's past; a milestone's is itself.
    pub(crate) base: VertexIndex,
}

pub(crate) struct Dag {
    by_id: HashMap<EventId, VertexIndex>,
    ids: Column<VertexIndex, EventId>,
    depth: Column<VertexIndex, u32>,
    bytes: Column<VertexIndex, u32>,
    chain: Column<VertexIndex, ChainIndex>,
    place: Column<VertexIndex, u32>,
    base: Column<VertexIndex, VertexIndex>,
    covered: Column<VertexIndex, u32>,
    first_edge: Column<VertexIndex, EdgeIndex>,
    newest_child: Column<VertexIndex, EdgeIndex>,
    edge_parent: Column<EdgeIndex, VertexIndex>,
    edge_child: Column<EdgeIndex, VertexIndex>,
    /// The next older edge to the same parent.
    edge_older: Column<EdgeIndex, EdgeIndex>,
}

impl Dag {
    pub(crate) fn new() -> Self {
        Self {
            by_id: HashMap::new(),
            ids: Column::new(EventId::new([0; 32])),
            depth: Column::new(0),
            bytes: Column::new(0),
            chain: Column::new(ChainIndex::NONE),
            place: Column::new(0),
            base: Column::new(VertexIndex::ROOT),
            covered: Column::new(UNCOVERED),
            first_edge: Column::new(EdgeIndex::NONE),
            newest_child: Column::new(EdgeIndex::NONE),
            edge_parent: Column::new(VertexIndex::NONE),
            edge_child: Column::new(VertexIndex::NONE),
            edge_older: Column::new(EdgeIndex::NONE),
        }
    }

    pub(crate) fn push(&mut self, row: VertexRow, parents: &[VertexIndex]) -> VertexIndex {
        let at = self.ids.push(row.id);
        self.by_id.insert(row.id, at);
        self.depth.push(row.depth);
        self.bytes.push(row.bytes);
        self.chain.push(row.chain);
        self.place.push(row.place);
        self.base.push(row.base);
        self.covered.push(UNCOVERED);
        self.first_edge.push(self.edge_parent.end());
        self.newest_child.push(EdgeIndex::NONE);
        for parent in parents {
            let edge = self.edge_parent.push(*parent);
            self.edge_child.push(at);
            self.edge_older.push(self.newest_child.at(*parent));
            self.newest_child.set(*parent, edge);
        }
        at
    }

    pub(crate) fn find(&self, id: EventId) -> Option<VertexIndex> {
        self.by_id.get(&id).copied()
    }

    pub(crate) fn id(&self, at: VertexIndex) -> EventId {
        self.ids.at(at)
    }

    pub(crate) fn depth(&self, at: VertexIndex) -> u32 {
        self.depth.at(at)
    }

    pub(crate) fn bytes(&self, at: VertexIndex) -> u32 {
        self.bytes.at(at)
    }

    pub(crate) fn chain(&self, at: VertexIndex) -> ChainIndex {
        self.chain.at(at)
    }

    /// The place in its chain, from 0.
    pub(crate) fn place(&self, at: VertexIndex) -> u32 {
        self.place.at(at)
    }

    pub(crate) fn base(&self, at: VertexIndex) -> VertexIndex {
        self.base.at(at)
    }

    /// The height that covers it, or [`UNCOVERED`].
    pub(crate) fn covered(&self, at: VertexIndex) -> u32 {
        self.covered.at(at)
    }

    pub(crate) fn is_covered(&self, at: VertexIndex) -> bool {
        self.covered(at) != UNCOVERED
    }

    pub(crate) fn cover(&mut self, at: VertexIndex, height: u32) {
        self.covered.set(at, height);
    }

    pub(crate) fn parents(&self, at: VertexIndex) -> &[VertexIndex] {
        let next = VertexIndex::from_usize(at.as_usize().saturating_add(1));
        let end =
            if next.as_usize() < self.first_edge.len() { self.first_edge.at(next) } else { self.edge_parent.end() };
        self.edge_parent.between(self.first_edge.at(at), end)
    }

    /// The newest first.
    pub(crate) fn children(&self, at: VertexIndex) -> impl Iterator<Item = VertexIndex> + '_ {
        let some = |edge: EdgeIndex| (edge != EdgeIndex::NONE).then_some(edge);
        let newest = some(self.newest_child.at(at));
        std::iter::successors(newest, move |edge| some(self.edge_older.at(*edge))).map(|edge| self.edge_child.at(edge))
    }

    pub(crate) fn is_head(&self, at: VertexIndex) -> bool {
        self.newest_child.at(at) == EdgeIndex::NONE
    }

    pub(crate) const fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn all(&self) -> impl DoubleEndedIterator<Item = VertexIndex> + use<> {
        self.ids.keys()
    }

    /// The index that the next vertex will get.
    pub(crate) fn end(&self) -> VertexIndex {
        self.ids.end()
    }

    pub(crate) fn from(&self, first: VertexIndex) -> impl Iterator<Item = VertexIndex> + use<> {
        (first.as_usize()..self.len()).map(VertexIndex::from_usize)
    }

    /// Ascending by (depth, id): one order at every replica.
    pub(crate) fn sort(&self, vertices: &mut [VertexIndex]) {
        vertices.sort_unstable_by_key(|at| (self.depth(*at), self.id(*at)));
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        // A bucket, its control byte, and an eighth more, which the map leaves empty.
        const BUCKET: usize = (size_of::<(EventId, VertexIndex)>() + 1) * 8 / 7;
        let map = self.by_id.capacity().saturating_mul(BUCKET);
        let columns = [
            self.ids.memory_bytes(),
            self.depth.memory_bytes(),
            self.bytes.memory_bytes(),
            self.chain.memory_bytes(),
            self.place.memory_bytes(),
            self.base.memory_bytes(),
            self.covered.memory_bytes(),
            self.first_edge.memory_bytes(),
            self.newest_child.memory_bytes(),
            self.edge_parent.memory_bytes(),
            self.edge_child.memory_bytes(),
            self.edge_older.memory_bytes(),
        ];
        columns.iter().fold(map, |sum, column| sum.saturating_add(*column))
    }
}
