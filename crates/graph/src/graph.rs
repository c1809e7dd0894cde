//! The graph: what is admitted, and what can be asked of it.

use quorate_event::{Address, EventId, Height, Lane, Seq};

use crate::checkpoints::Checkpoints;
use crate::column::{Column, LaneIndex, LocalIndex, VertexIndex};
use crate::coverage::CoverableEvents;
use crate::dag::{Dag, VertexRow};
use crate::equivocator_events::EquivocatorEvents;
use crate::heads::Heads;
use crate::lanes::{ChainRow, Lanes};
use crate::waiting::WaitingRoom;

/// The causal graph of one network, as far as this replica holds it.
pub struct Graph {
    pub(crate) dag: Dag,
    pub(crate) lanes: Lanes,
    pub(crate) checkpoints: Checkpoints,
    pub(crate) heads: Heads,
    pub(crate) coverable: CoverableEvents,
    pub(crate) equivocator_events: EquivocatorEvents,
    pub(crate) waiting_room: WaitingRoom,
    /// The applied milestones by height; M0 first.
    pub(crate) applied: Column<Height, VertexIndex>,
}

impl LocalIndex for Height {
    fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    fn from_usize(index: usize) -> Self {
        Self(index as u64)
    }
}

/// Who writes an event, and which place of its lane it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LanePlace {
    /// Who writes.
    pub author: Address,
    /// With which installation of its key.
    pub lane: Lane,
    /// The place in that lane, from 1.
    pub seq: Seq,
}

impl Graph {
    /// The graph that holds M0 alone: at depth 0, at height 0, covered.
    pub fn new(genesis: EventId) -> Self {
        let mut dag = Dag::new();
        let lanes = Lanes::new();
        let root = VertexRow {
            id: genesis,
            chain: LocalIndex::from_usize(0),
            place: 0,
            bytes: 0,
            depth: 0,
            base: VertexIndex::ROOT,
        };
        dag.push(root, &[]);
        dag.cover(VertexIndex::ROOT, 0);
        let mut heads = Heads::default();
        heads.add(&dag, VertexIndex::ROOT, false);
        let mut applied = Column::new(VertexIndex::NONE);
        applied.push(VertexIndex::ROOT);
        Self {
            dag,
            lanes,
            checkpoints: Checkpoints::new(),
            heads,
            coverable: CoverableEvents::default(),
            equivocator_events: EquivocatorEvents::default(),
            waiting_room: WaitingRoom::default(),
            applied,
        }
    }

    /// How many vertices are admitted, M0 included.
    pub fn len(&self) -> usize {
        self.dag.len()
    }

    /// Never: M0 is always there.
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// Whether the vertex is admitted.
    pub fn contains(&self, id: EventId) -> bool {
        self.dag.find(id).is_some()
    }

    /// The place of a vertex in this graph's admission order, M0 being 0. Another replica's differs.
    pub fn order(&self, id: EventId) -> Option<u32> {
        let at = self.dag.find(id)?;
        u32::try_from(at.as_usize()).ok()
    }

    /// All vertices in admission order: parents before their children.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = EventId> + '_ {
        self.dag.all().map(|at| self.dag.id(at))
    }

    /// The vertices admitted at this place of the admission order and after it.
    pub fn ids_from(&self, order: u32) -> impl Iterator<Item = EventId> + '_ {
        let first = LocalIndex::from_usize(order as usize);
        self.dag.from(first).map(|at| self.dag.id(at))
    }

    /// One more than the deepest parent's depth; M0's is 0. It is computed from the parents, never read from the vertex.
    pub fn depth(&self, id: EventId) -> Option<u32> {
        self.dag.find(id).map(|at| self.dag.depth(at))
    }

    /// Who wrote it; none for a milestone, and for what is not admitted.
    pub fn author(&self, id: EventId) -> Option<Address> {
        self.place(id).map(|place| place.author)
    }

    /// Whose lane it stands in and where; none for a milestone, and for what is not admitted.
    pub fn place(&self, id: EventId) -> Option<LanePlace> {
        self.lane_place_at(self.dag.find(id)?)
    }

    /// The height of a milestone vertex, applied or not; none for an event.
    pub fn height(&self, id: EventId) -> Option<Height> {
        let at = self.dag.find(id)?;
        let height = Height(u64::from(self.seq_at(at)));
        self.is_milestone(at).then_some(height)
    }

    /// Bytes of the vertex as it travels; M0 counts 0.
    pub fn bytes(&self, id: EventId) -> Option<u32> {
        self.dag.find(id).map(|at| self.dag.bytes(at))
    }

    /// The parents, as the vertex names them; none for M0 and for what is not admitted.
    pub fn parents(&self, id: EventId) -> impl Iterator<Item = EventId> + '_ {
        let at = self.dag.find(id);
        let parents = at.map(|at| self.dag.parents(at)).unwrap_or_default();
        parents.iter().map(|at| self.dag.id(*at))
    }

    /// The admitted children, ascending by id.
    pub fn children(&self, id: EventId) -> Vec<EventId> {
        let at = self.dag.find(id);
        let children = at.into_iter().flat_map(|at| self.dag.children(at));
        let mut ids: Vec<_> = children.map(|at| self.dag.id(at)).collect();
        ids.sort_unstable();
        ids
    }

    /// The vertices without children, ascending by id.
    pub fn heads(&self) -> Vec<EventId> {
        let heads = self.heads.live().chain(self.heads.void());
        let mut ids: Vec<_> = heads.map(|at| self.dag.id(at)).collect();
        ids.sort_unstable();
        ids
    }

    /// An estimate of the memory that the admitted vertices take.
    pub fn memory_bytes(&self) -> usize {
        let parts = [
            self.dag.memory_bytes(),
            self.lanes.memory_bytes(),
            self.checkpoints.memory_bytes(),
            self.heads.memory_bytes(),
            self.coverable.memory_bytes(),
            self.equivocator_events.memory_bytes(),
        ];
        parts.iter().fold(0, |sum, bytes| sum.saturating_add(*bytes))
    }

    pub(crate) fn chain_at(&self, at: VertexIndex) -> ChainRow {
        self.lanes.chain(self.dag.chain(at))
    }

    /// Its seq, or its height.
    pub(crate) fn seq_at(&self, at: VertexIndex) -> u32 {
        let first = self.chain_at(at).first_seq;
        first.saturating_add(self.dag.place(at))
    }

    pub(crate) fn is_milestone(&self, at: VertexIndex) -> bool {
        self.chain_at(at).lane == LaneIndex::NONE
    }

    pub(crate) fn lane_place_at(&self, at: VertexIndex) -> Option<LanePlace> {
        let chain = self.chain_at(at);
        let author = self.lanes.author_of(self.dag.chain(at))?;
        Some(LanePlace {
            author: self.lanes.author(author).address,
            lane: self.lanes.lane(chain.lane).lane,
            seq: Seq(u64::from(self.seq_at(at))),
        })
    }

    pub(crate) fn ids_of(&self, vertices: &[VertexIndex]) -> Vec<EventId> {
        vertices.iter().map(|at| self.dag.id(*at)).collect()
    }
}
