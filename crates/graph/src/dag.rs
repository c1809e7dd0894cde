//! The admitted vertices as columns: ids, edges, depth, coverage.

use std::collections::HashMap;

use quorate_event::EventId;

use crate::column::{At, ChainAt, Column, EdgeAt, Local};

/// The coverage of a vertex that no applied milestone covers: later than every height.
pub(crate) const UNCOVERED: u32 = u32::MAX;

/// Vertices that a graph holds at most; local indices are 32 bits, and the last one means none.
pub(crate) const VERTICES: usize = (u32::MAX - 1) as usize;

/// What a vertex brings along besides its parents.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) id: EventId,
    pub(crate) chain: ChainAt,
    pub(crate) place: u32,
    pub(crate) bytes: u32,
    pub(crate) depth: u32,
    /// The highest milestone in the vertex's past; a milestone's is itself.
    pub(crate) floor: At,
}

pub(crate) struct Dag {
    by_id: HashMap<EventId, At>,
    ids: Column<At, EventId>,
    depth: Column<At, u32>,
    bytes: Column<At, u32>,
    chain: Column<At, ChainAt>,
    place: Column<At, u32>,
    floor: Column<At, At>,
    covered: Column<At, u32>,
    first_edge: Column<At, EdgeAt>,
    newest_child: Column<At, EdgeAt>,
    edge_parent: Column<EdgeAt, At>,
    edge_child: Column<EdgeAt, At>,
    /// The next older edge to the same parent.
    edge_older: Column<EdgeAt, EdgeAt>,
}

impl Dag {
    pub(crate) fn new() -> Self {
        Self {
            by_id: HashMap::new(),
            ids: Column::new(EventId::new([0; 32])),
            depth: Column::new(0),
            bytes: Column::new(0),
            chain: Column::new(ChainAt::NONE),
            place: Column::new(0),
            floor: Column::new(At::ROOT),
            covered: Column::new(UNCOVERED),
            first_edge: Column::new(EdgeAt::NONE),
            newest_child: Column::new(EdgeAt::NONE),
            edge_parent: Column::new(At::NONE),
            edge_child: Column::new(At::NONE),
            edge_older: Column::new(EdgeAt::NONE),
        }
    }

    pub(crate) fn push(&mut self, row: Row, parents: &[At]) -> At {
        let at = self.ids.push(row.id);
        self.by_id.insert(row.id, at);
        self.depth.push(row.depth);
        self.bytes.push(row.bytes);
        self.chain.push(row.chain);
        self.place.push(row.place);
        self.floor.push(row.floor);
        self.covered.push(UNCOVERED);
        self.first_edge.push(self.edge_parent.end());
        self.newest_child.push(EdgeAt::NONE);
        for parent in parents {
            let edge = self.edge_parent.push(*parent);
            self.edge_child.push(at);
            self.edge_older.push(self.newest_child.at(*parent));
            self.newest_child.set(*parent, edge);
        }
        at
    }

    pub(crate) fn find(&self, id: EventId) -> Option<At> {
        self.by_id.get(&id).copied()
    }

    pub(crate) fn id(&self, at: At) -> EventId {
        self.ids.at(at)
    }

    pub(crate) fn depth(&self, at: At) -> u32 {
        self.depth.at(at)
    }

    pub(crate) fn bytes(&self, at: At) -> u32 {
        self.bytes.at(at)
    }

    pub(crate) fn chain(&self, at: At) -> ChainAt {
        self.chain.at(at)
    }

    /// The place in its chain, from 0.
    pub(crate) fn place(&self, at: At) -> u32 {
        self.place.at(at)
    }

    pub(crate) fn floor(&self, at: At) -> At {
        self.floor.at(at)
    }

    /// The height that covers it, or [`UNCOVERED`].
    pub(crate) fn covered(&self, at: At) -> u32 {
        self.covered.at(at)
    }

    pub(crate) fn is_covered(&self, at: At) -> bool {
        self.covered(at) != UNCOVERED
    }

    pub(crate) fn cover(&mut self, at: At, height: u32) {
        self.covered.set(at, height);
    }

    pub(crate) fn parents(&self, at: At) -> &[At] {
        let next = At::nth(at.place().saturating_add(1));
        let end = if next.place() < self.first_edge.len() { self.first_edge.at(next) } else { self.edge_parent.end() };
        self.edge_parent.between(self.first_edge.at(at), end)
    }

    /// The newest first.
    pub(crate) fn children(&self, at: At) -> impl Iterator<Item = At> + '_ {
        let some = |edge: EdgeAt| (edge != EdgeAt::NONE).then_some(edge);
        let newest = some(self.newest_child.at(at));
        std::iter::successors(newest, move |edge| some(self.edge_older.at(*edge))).map(|edge| self.edge_child.at(edge))
    }

    pub(crate) fn is_head(&self, at: At) -> bool {
        self.newest_child.at(at) == EdgeAt::NONE
    }

    pub(crate) const fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn all(&self) -> impl DoubleEndedIterator<Item = At> + use<> {
        self.ids.keys()
    }

    /// The index that the next vertex will get.
    pub(crate) fn end(&self) -> At {
        self.ids.end()
    }

    pub(crate) fn from(&self, first: At) -> impl Iterator<Item = At> + use<> {
        (first.place()..self.len()).map(At::nth)
    }

    /// Ascending by (depth, id): one order at every replica.
    pub(crate) fn sort(&self, vertices: &mut [At]) {
        vertices.sort_unstable_by_key(|at| (self.depth(*at), self.id(*at)));
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        // A bucket, its control byte, and an eighth more, which the map leaves empty.
        const BUCKET: usize = (size_of::<(EventId, At)>() + 1) * 8 / 7;
        let map = self.by_id.capacity().saturating_mul(BUCKET);
        let columns = [
            self.ids.memory_bytes(),
            self.depth.memory_bytes(),
            self.bytes.memory_bytes(),
            self.chain.memory_bytes(),
            self.place.memory_bytes(),
            self.floor.memory_bytes(),
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
