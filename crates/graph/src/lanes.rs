//! Authors, their lanes, and the chains that lanes are made of.
//!
//! A chain is a run of vertices, each the first parent of the next: a lane of an honest author is one chain, every
//! branch of an equivocator starts another. The milestones are chain 0, with M0 at its start.
//!
//! ```text
//!  a1 -- a2 -- a3       chain 1 of lane (a, 1)
//!     \- a2' -- a3'     chain 2 of lane (a, 1): a branch of a2 at seq 2
//! ```

use std::collections::{BTreeMap, HashMap};

use quorate_event::{Address, Lane};

use crate::column::{AuthorIndex, ChainIndex, Column, LaneIndex, VertexIndex};

/// The condemnation of an author that no applied milestone condemns: later than every height.
pub(crate) const NEVER: u32 = u32::MAX;

/// Events of one (author, lane, seq) that are kept unless a waiting vertex names them as parents: two prove the
/// equivocation, more would only let an equivocator fill the disk.
pub(crate) const UNREQUESTED_BRANCHES: u32 = 2;

pub(crate) struct AuthorRow {
    pub(crate) address: Address,
    pub(crate) equivocator: bool,
    /// The height whose milestone covers its conflict, or [`NEVER`].
    pub(crate) condemned: u32,
    pub(crate) lanes: Vec<LaneIndex>,
}

pub(crate) struct LaneRow {
    pub(crate) author: AuthorIndex,
    pub(crate) lane: Lane,
    /// The first is the one that was here first.
    pub(crate) chains: Vec<ChainIndex>,
    /// From this seq on, `slots` counts the lane's events.
    counted_from: u32,
}

#[derive(Clone, Copy)]
pub(crate) struct ChainRow {
    /// None for milestones.
    pub(crate) lane: LaneIndex,
    /// The seq, or the height, of its first vertex.
    pub(crate) first_seq: u32,
    pub(crate) first: VertexIndex,
    pub(crate) tip: VertexIndex,
    pub(crate) len: u32,
}

/// Where a vertex continues what is known of its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChainPosition {
    /// After the tip of a chain.
    Extends(ChainIndex),
    /// Beside another vertex of this lane (none: of the milestones) with the same first parent.
    Branches(LaneIndex),
    /// The first of an (author, lane).
    Opens(Address, Lane),
}

pub(crate) struct Lanes {
    authors: Column<AuthorIndex, AuthorRow>,
    lanes: Column<LaneIndex, LaneRow>,
    chains: Column<ChainIndex, ChainRow>,
    by_address: HashMap<Address, AuthorIndex>,
    by_name: BTreeMap<(Address, Lane), LaneIndex>,
    /// The vertices of one lane with one first parent, where there are several.
    branches: BTreeMap<(LaneIndex, VertexIndex), Vec<VertexIndex>>,
    /// How many events hold one seq, in lanes with branches.
    slots: HashMap<(LaneIndex, u32), u32>,
}

impl Lanes {
    pub(crate) fn new() -> Self {
        let root =
            ChainRow { lane: LaneIndex::NONE, first_seq: 0, first: VertexIndex::ROOT, tip: VertexIndex::ROOT, len: 1 };
        let mut lanes = Self {
            authors: Column::new(AuthorRow {
                address: Address::new([0; 20]),
                equivocator: false,
                condemned: NEVER,
                lanes: Vec::new(),
            }),
            lanes: Column::new(LaneRow {
                author: AuthorIndex::NONE,
                lane: Lane(0),
                chains: Vec::new(),
                counted_from: u32::MAX,
            }),
            chains: Column::new(ChainRow { len: 0, ..root }),
            by_address: HashMap::new(),
            by_name: BTreeMap::new(),
            branches: BTreeMap::new(),
            slots: HashMap::new(),
        };
        lanes.chains.push(root);
        lanes
    }

    pub(crate) fn find(&self, author: Address, lane: Lane) -> Option<LaneIndex> {
        self.by_name.get(&(author, lane)).copied()
    }

    pub(crate) fn find_author(&self, author: Address) -> Option<AuthorIndex> {
        self.by_address.get(&author).copied()
    }

    pub(crate) fn chain(&self, chain: ChainIndex) -> ChainRow {
        self.chains.at(chain)
    }

    pub(crate) const fn chain_count(&self) -> usize {
        self.chains.len()
    }

    pub(crate) fn lane(&self, lane: LaneIndex) -> &LaneRow {
        self.lanes.get(lane)
    }

    pub(crate) fn author(&self, author: AuthorIndex) -> &AuthorRow {
        self.authors.get(author)
    }

    pub(crate) fn author_mut(&mut self, author: AuthorIndex) -> Option<&mut AuthorRow> {
        self.authors.get_mut(author)
    }

    /// None for the milestones' chains.
    pub(crate) fn author_of(&self, chain: ChainIndex) -> Option<AuthorIndex> {
        let lane = self.chain(chain).lane;
        (lane != LaneIndex::NONE).then(|| self.lane(lane).author)
    }

    /// All chains of an author.
    pub(crate) fn chains_of(&self, author: AuthorIndex) -> impl Iterator<Item = ChainIndex> + '_ {
        let lanes = self.author(author).lanes.iter();
        lanes.flat_map(|lane| self.lane(*lane).chains.iter().copied())
    }

    /// Every (author, lane), ascending.
    pub(crate) fn by_name(&self) -> impl Iterator<Item = ((Address, Lane), LaneIndex)> + '_ {
        self.by_name.iter().map(|(name, lane)| (*name, *lane))
    }

    /// Every point at which a lane branches, with the vertices that follow it.
    pub(crate) fn branches(&self) -> impl Iterator<Item = (LaneIndex, &[VertexIndex])> + '_ {
        let branches = self.branches.iter();
        branches.map(|((lane, _), siblings)| (*lane, siblings.as_slice()))
    }

    pub(crate) fn siblings(&self, lane: LaneIndex, parent: VertexIndex) -> &[VertexIndex] {
        let siblings = self.branches.get(&(lane, parent));
        siblings.map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a further event of this seq would be one more than is kept unasked.
    pub(crate) fn is_crowded(&self, lane: LaneIndex, seq: u32) -> bool {
        let held = self.slots.get(&(lane, seq)).copied();
        held.unwrap_or_default() >= UNREQUESTED_BRANCHES
    }

    /// Gives the vertex `at` its chain and its place there.
    pub(crate) fn take(&mut self, spot: ChainPosition, at: VertexIndex, seq: u32) -> (ChainIndex, u32) {
        let (chain, place) = match spot {
            ChainPosition::Extends(chain) => (chain, self.extend(chain, at)),
            ChainPosition::Branches(lane) => {
                self.count_from(lane, seq);
                (self.open(lane, at, seq), 0)
            }
            ChainPosition::Opens(author, lane) => {
                let lane = self.open_lane(author, lane);
                (self.open(lane, at, seq), 0)
            }
        };
        let lane = self.chain(chain).lane;
        if seq >= self.lane(lane).counted_from {
            let held = self.slots.entry((lane, seq)).or_default();
            *held = held.saturating_add(1);
        }
        (chain, place)
    }

    /// Records that `at` has siblings under `parent`; `elder` is the one that was there first.
    pub(crate) fn branch(
        &mut self,
        lane: LaneIndex,
        parent: VertexIndex,
        elder: VertexIndex,
        at: VertexIndex,
    ) -> &[VertexIndex] {
        let elders = || vec![elder];
        let siblings = self.branches.entry((lane, parent)).or_insert_with(elders);
        siblings.push(at);
        siblings
    }

    fn extend(&mut self, chain: ChainIndex, at: VertexIndex) -> u32 {
        let Some(row) = self.chains.get_mut(chain) else {
            return 0;
        };
        let place = row.len;
        row.tip = at;
        row.len = place.saturating_add(1);
        place
    }

    fn open(&mut self, lane: LaneIndex, at: VertexIndex, seq: u32) -> ChainIndex {
        let chain = self.chains.push(ChainRow { lane, first_seq: seq, first: at, tip: at, len: 1 });
        if let Some(row) = self.lanes.get_mut(lane) {
            row.chains.push(chain);
        }
        chain
    }

    fn open_lane(&mut self, address: Address, lane: Lane) -> LaneIndex {
        let authors = &mut self.authors;
        let author = *self.by_address.entry(address).or_insert_with(|| {
            authors.push(AuthorRow { address, equivocator: false, condemned: NEVER, lanes: Vec::new() })
        });
        let at = self.lanes.push(LaneRow { author, lane, chains: Vec::new(), counted_from: u32::MAX });
        self.by_name.insert((address, lane), at);
        if let Some(row) = self.authors.get_mut(author) {
            row.lanes.push(at);
        }
        at
    }

    /// Below the lowest branch only the lane's first chain holds events, so counting may begin where the branch is.
    fn count_from(&mut self, lane: LaneIndex, seq: u32) {
        let Some(row) = self.lanes.get_mut(lane) else {
            return;
        };
        let until = row.counted_from;
        row.counted_from = until.min(seq);
        let Some(main) = row.chains.first().map(|chain| self.chains.at(*chain)) else {
            return;
        };
        let end = main.first_seq.saturating_add(main.len).min(until);
        self.slots.extend((seq..end).map(|counted| ((lane, counted), 1)));
    }

    /// An estimate: rows and map entries, without the allocator's overhead.
    pub(crate) fn memory_bytes(&self) -> usize {
        let rows = [self.authors.memory_bytes(), self.lanes.memory_bytes(), self.chains.memory_bytes()];
        let per_lane = size_of::<((Address, Lane), LaneIndex)>()
            .saturating_add(size_of::<(Address, AuthorIndex)>())
            .saturating_add(32);
        let maps = [
            self.by_name.len().saturating_mul(per_lane),
            self.slots.capacity().saturating_mul(13),
            self.branches.len().saturating_mul(64),
        ];
        rows.iter().chain(&maps).fold(0, |sum, bytes| sum.saturating_add(*bytes))
    }
}
