//! What one replica says that it holds, and what the other finds it to lack.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use quorate_event::cbor::{CborReader, CborWriter, FORMAT_VERSION};
use quorate_event::{Address, Canonical, DecodeError, EventId, Height, Lane, Seq};

use crate::clock::VectorClock;
use crate::column::{LaneIndex, LocalIndex, VertexIndex};
use crate::graph::Graph;

/// Heads in a summary: what a milestone may name, and honest replicas have far fewer.
pub const SUMMARY_HEADS: usize = 1_024;
/// Lane tips in a summary, 5 MiB at most: a clock of one entry for every lane of a large network.
pub const SUMMARY_LANES: usize = 65_536;
/// Milestones in a summary: with the distance doubling from each to the next, enough for any height.
pub const SUMMARY_MILESTONES: usize = 65;

/// A lane's last event: a clock entry that names what it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct LaneTip {
    author: Address,
    lane: Lane,
    seq: Seq,
    id: EventId,
}

/// What a replica holds, named so that a peer can compute what this replica lacks. A false summary harms its sender alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    height: Height,
    /// The last applied milestone and earlier ones, each twice as far below the last as the one before.
    milestones: Vec<EventId>,
    heads: Vec<EventId>,
    /// Ascending; a lane that branches stands there once a branch.
    tips: Vec<LaneTip>,
}

impl Summary {
    /// The last applied milestone's height.
    pub const fn height(&self) -> Height {
        self.height
    }

    /// The vertices without children; the deepest, if there are too many.
    pub fn heads(&self) -> &[EventId] {
        &self.heads
    }

    /// The highest seq of every lane.
    pub fn clock(&self) -> VectorClock {
        let mut clock = VectorClock::default();
        for tip in &self.tips {
            clock.raise(tip.author, tip.lane, tip.seq);
        }
        clock
    }

    /// Ids of vertices whose whole past is held as well.
    fn held(&self) -> impl Iterator<Item = EventId> + '_ {
        let tips = self.tips.iter().map(|tip| tip.id);
        let named = self.milestones.iter().chain(&self.heads).copied();
        named.chain(tips)
    }
}

impl Canonical for Summary {
    fn encode(&self, to: &mut CborWriter) {
        let write_id = |to: &mut CborWriter, id: &EventId| {
            to.bytes(id.as_bytes());
        };
        to.array(5).uint(FORMAT_VERSION).uint(self.height.0);
        to.list(&self.milestones, write_id);
        to.list(&self.heads, write_id);
        to.list(&self.tips, |to, tip| {
            to.array(4).bytes(tip.author.as_bytes());
            to.uint(u64::from(tip.lane.0)).uint(tip.seq.0);
            to.bytes(tip.id.as_bytes());
        });
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.array(5, "summary")?;
        from.version()?;
        let height = Height(from.uint("height")?);
        let milestones = from.list(SUMMARY_MILESTONES, "milestones", CborReader::event_id)?;
        let heads = from.list(SUMMARY_HEADS, "heads", CborReader::event_id)?;
        let tips = from.list(SUMMARY_LANES, "lane tips", |from| {
            from.array(4, "lane tip")?;
            Ok(LaneTip {
                author: from.address()?,
                lane: Lane(from.u32("lane")?),
                seq: Seq(from.uint("seq")?),
                id: from.event_id()?,
            })
        })?;
        Ok(Self { height, milestones, heads, tips })
    }
}

/// What a peer holds for sure of what is held here, by its summary. Belongs to the graph that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerHoldings {
    /// All that the milestones up to this height cover.
    height: u32,
    /// Of the vertices from this one on.
    first: VertexIndex,
    above: Vec<bool>,
}

impl PeerHoldings {
    /// Up to this height the peer holds all that milestones cover here.
    pub const fn height(&self) -> Height {
        Height(self.height as u64)
    }

    fn has(&self, at: VertexIndex) -> bool {
        let offset = at.as_usize().checked_sub(self.first.as_usize());
        offset.and_then(|offset| self.above.get(offset)).copied().unwrap_or_default()
    }
}

impl Graph {
    /// What is held here, for a peer to compare. At the bounds the deepest heads and tips are named, since most lies in
    /// their past; what is left out may be sent again, never withheld.
    pub fn summary(&self) -> Summary {
        let heads = self.heads.live().rev().chain(self.heads.void().rev());
        let heads: Vec<VertexIndex> = heads.take(SUMMARY_HEADS).collect();
        Summary {
            height: self.last_milestone().0,
            milestones: self.landmarks(),
            heads: self.ids_of(&heads),
            tips: self.tips(),
        }
    }

    fn landmarks(&self) -> Vec<EventId> {
        let (last, _) = self.last_milestone();
        let distances = (0..u64::BITS).map(|doubling| 1_u64 << doubling);
        let heights = std::iter::once(0).chain(distances);
        let heights = heights.map_while(|distance| last.0.checked_sub(distance));
        heights.filter_map(|height| self.milestone(Height(height))).collect()
    }

    fn tips(&self) -> Vec<LaneTip> {
        let lanes = self.lanes.by_name();
        let tips = lanes.flat_map(|((author, lane), at)| {
            let chains = self.lanes.lane(at).chains.iter();
            chains.map(move |chain| (author, lane, self.lanes.chain(*chain).tip))
        });
        let mut tips: Vec<_> = tips.collect();
        if tips.len() > SUMMARY_LANES {
            tips.sort_unstable_by_key(|(.., tip)| Reverse((self.dag.depth(*tip), *tip)));
            tips.truncate(SUMMARY_LANES);
        }
        let named = tips.into_iter().map(|(author, lane, at)| LaneTip {
            author,
            lane,
            seq: Seq(u64::from(self.seq_at(at))),
            id: self.dag.id(at),
        });
        let mut named: Vec<LaneTip> = named.collect();
        named.sort_unstable();
        named
    }

    /// What the peer that sent `of` lacks of what is held here, parents before children, found as it is asked for.
    ///
    /// Exactly that, if the peer's heads are known here: all else in `of` then lies in their past. If some are not,
    /// what lies below those that are is left out, and so is a lane in which the peer is ahead, unless that lane is
    /// known to branch: there the clock says nothing.
    pub fn lacking(&self, of: &Summary) -> impl Iterator<Item = EventId> + '_ {
        let held = self.holdings_of(of);
        let ahead = self.lanes_ahead(of);
        let (first, base) = (held.first, held.height);
        let lacks = move |at: &VertexIndex| !held.has(*at) && !ahead.contains(&self.chain_at(*at).lane);
        let vertices = self.dag.from(first).filter(move |at| self.dag.covered(*at) > base).filter(lacks);
        vertices.map(|at| self.dag.id(at))
    }

    /// What the peer that sent `of` holds for sure of what is held here.
    pub fn holdings_of(&self, of: &Summary) -> PeerHoldings {
        let height = self.common_height(of);
        let first = self.dag.all().find(|at| self.dag.covered(*at) > height).unwrap_or(self.dag.end());
        PeerHoldings { height, first, above: self.held_beyond(of, height, first) }
    }

    /// Whether the peer holds an admitted vertex for sure.
    pub fn is_held(&self, id: EventId, by: &PeerHoldings) -> bool {
        self.dag.find(id).is_some_and(|at| self.dag.covered(at) <= by.height || by.has(at))
    }

    /// The greatest height up to which the peer holds all that is covered here. Milestones do not fork, so a peer
    /// that is higher holds all of ours.
    fn common_height(&self, of: &Summary) -> u32 {
        let last = self.seq_at(self.last_at());
        if of.height.0 > u64::from(last) {
            return last;
        }
        let known = of.milestones.iter().filter_map(|id| self.dag.find(*id));
        let applied = known.filter(|at| self.is_milestone(*at) && self.is_applied(*at));
        applied.map(|at| self.seq_at(at)).max().unwrap_or_default()
    }

    /// Which of the vertices from `first` on the peer holds for sure.
    fn held_beyond(&self, of: &Summary, base: u32, first: VertexIndex) -> Vec<bool> {
        let len = self.dag.len().saturating_sub(first.as_usize());
        let mut held = vec![false; len];
        let mut stack: Vec<VertexIndex> = of.held().filter_map(|id| self.dag.find(id)).collect();
        while let Some(at) = stack.pop() {
            if self.dag.covered(at) <= base {
                continue;
            }
            let offset = at.as_usize().saturating_sub(first.as_usize());
            if let Some(mark) = held.get_mut(offset).filter(|mark| !**mark) {
                *mark = true;
                stack.extend(self.dag.parents(at));
            }
        }
        held
    }

    /// The lanes in which the peer names one event, later than all of ours.
    fn lanes_ahead(&self, of: &Summary) -> HashSet<LaneIndex> {
        let mut named: HashMap<(Address, Lane), u32> = HashMap::new();
        for tip in &of.tips {
            let count = named.entry((tip.author, tip.lane)).or_default();
            *count = count.saturating_add(1);
        }
        let single = |tip: &&LaneTip| named.get(&(tip.author, tip.lane)) == Some(&1);
        let ahead = of.tips.iter().filter(single).filter_map(|tip| {
            let lane = self.lanes.find(tip.author, tip.lane)?;
            let [chain] = self.lanes.lane(lane).chains.as_slice() else {
                return None;
            };
            let ours = self.seq_at(self.lanes.chain(*chain).tip);
            (tip.seq.0 > u64::from(ours)).then_some(lane)
        });
        ahead.collect()
    }
}
