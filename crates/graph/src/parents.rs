//! What an event written here, now, should follow.

use std::collections::{BTreeSet, HashSet};

use quorate_event::{Address, EventId, Height, Lane, Seq, limits};

use crate::column::VertexIndex;
use crate::graph::Graph;

/// Void vertices that are looked through for what lies below them, at most: a flood of them shall not slow down every
/// event. What stays uncited for it is still covered by cuts, which do not go by heads.
const VOID_LOOKED_THROUGH: usize = 1_024;
/// Vertices found below void heads that are considered as parents, at most: each is compared with the other parents.
const BELOW_VOID: usize = 64;

/// Why a lane cannot be continued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LaneError {
    /// It has branches, so there is no one event to follow: the key signed from two states.
    #[error("lane {} of {author:?} has branches: its key signed from two states", lane.0)]
    Branched {
        /// Whose.
        author: Address,
        /// Which.
        lane: Lane,
    },
    /// Whatever the author writes is void.
    #[error("{author:?} was condemned at height {}: its events are void", height.0)]
    Condemned {
        /// Who.
        author: Address,
        /// By which milestone.
        height: Height,
    },
    /// It is at the end of the numbers that a graph can hold.
    #[error("lane {} of {author:?} is full", lane.0)]
    Full {
        /// Whose.
        author: Address,
        /// Which.
        lane: Lane,
    },
}

impl Graph {
    /// The seq and the parents of the next event of a lane: first the lane's last event, or M0, then up to 15 other
    /// heads, shallowest first. None of the others is void or in another parent's past; a void head is replaced by
    /// the nearest vertices below it that are not.
    ///
    /// # Errors
    /// Why the lane cannot be continued.
    pub fn parents_for(&self, author: Address, lane: Lane) -> Result<(Seq, Vec<EventId>), LaneError> {
        if let Some(height) = self.condemned(author) {
            return Err(LaneError::Condemned { author, height });
        }
        let known = self.lanes.find(author, lane).map(|lane| self.lanes.lane(lane));
        let (own, seq) = match known.map_or(&[][..], |lane| lane.chains.as_slice()) {
            [] => (VertexIndex::ROOT, Some(Seq(1))),
            [chain] => {
                let tip = self.lanes.chain(*chain).tip;
                (tip, Seq(u64::from(self.seq_at(tip))).next())
            }
            _ => return Err(LaneError::Branched { author, lane }),
        };
        let seq = seq.ok_or(LaneError::Full { author, lane })?;
        let mut parents = vec![own];
        parents.extend(self.other_parents(own));
        Ok((seq, self.ids_of(&parents)))
    }

    fn other_parents(&self, own: VertexIndex) -> Vec<VertexIndex> {
        let others = limits::EVENT_PARENTS.saturating_sub(1);
        let live = self.heads.live().filter(|head| *head != own);
        let mut pool: Vec<VertexIndex> = live.take(others).collect();
        let below = self.below_void_heads();
        let rivals: Vec<VertexIndex> = pool.iter().chain(&below).copied().chain([own]).collect();
        let adds = |at: &VertexIndex| {
            let mut rivals = rivals.iter();
            !pool.contains(at) && *at != own && !rivals.any(|rival| self.precedes_at(*at, *rival))
        };
        let added: Vec<VertexIndex> = below.iter().copied().filter(adds).collect();
        pool.extend(added);
        self.dag.sort(&mut pool);
        pool.truncate(others);
        pool
    }

    /// The nearest non-void vertices in the past of the void heads.
    fn below_void_heads(&self) -> BTreeSet<VertexIndex> {
        let mut below = BTreeSet::new();
        let mut seen = HashSet::new();
        let mut stack = Vec::new();
        for head in self.heads.void() {
            stack.push(head);
            while let Some(at) = stack.pop() {
                if below.len() >= BELOW_VOID || seen.len() >= VOID_LOOKED_THROUGH {
                    return below;
                }
                if !self.is_void_at(at) {
                    below.insert(at);
                } else if seen.insert(at) {
                    stack.extend(self.dag.parents(at));
                }
            }
        }
        below
    }
}
