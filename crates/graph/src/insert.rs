//! The door: how a vertex becomes part of the graph.

use std::collections::VecDeque;
use std::time::Duration;

use quorate_event::{EventId, VerifiedVertex};

use crate::column::{AuthorIndex, LaneIndex, VertexIndex};
use crate::dag::{VERTICES, VertexRow};
use crate::equivocation::Equivocation;
use crate::graph::Graph;
use crate::header::{VertexHeader, VertexKind};
use crate::insertion::{DropReason, Insertion, InvalidVertex, Origin};
use crate::lanes::{ChainPosition, NEVER};
use crate::waiting::WaitingRoomSize;

enum Admission {
    Admit(ChainPosition, Vec<VertexIndex>),
    Wait(Vec<EventId>),
    Refuse(InvalidVertex),
    Drop(DropReason),
}

impl Graph {
    /// Takes a vertex in. `now` is the caller's monotonic time; it decides how long the vertex may wait, nothing else.
    pub fn insert(&mut self, vertex: VerifiedVertex, from: Origin, now: Duration) -> Insertion {
        let id = vertex.id();
        if self.contains(id) {
            return Insertion::Known;
        }
        if let Some(missing) = self.waiting_room.missing_of(id) {
            return Insertion::Waiting { missing };
        }
        let header = VertexHeader::of(&vertex);
        // What is in our own store was admitted once, perhaps because something cited it that is read after it. What a
        // milestone covers is cited by that.
        let is_cited = from == Origin::Local || vertex.is_unchecked();
        match self.judge(&header, is_cited) {
            Admission::Admit(spot, parents) => self.admit_all(vertex, &header, spot, &parents),
            Admission::Drop(limit) => Insertion::Dropped(limit),
            Admission::Refuse(refusal) => {
                self.waiting_room.discard(id);
                Insertion::Refused(refusal)
            }
            Admission::Wait(missing) => match self.waiting_room.add(vertex, header, &missing, from, now) {
                Ok(()) => Insertion::Waiting { missing: self.waiting_room.missing_of(id).unwrap_or_default() },
                Err(limit) => Insertion::Dropped(limit),
            },
        }
    }

    /// A proposal cites these, which are missing here: whatever else is held of their lanes, they are taken in when they
    /// come. Else members that hold different branches of one event could never agree on a cut. Forgotten with the next
    /// milestone.
    pub fn cite(&mut self, missing: &[EventId]) {
        self.waiting_room.cite(missing);
    }

    /// Drops what has waited for [`PATIENCE`](crate::PATIENCE), and names it.
    pub fn expire(&mut self, now: Duration) -> Vec<EventId> {
        self.waiting_room.expire(now)
    }

    /// The vertices that waiting ones name as parents and that are neither admitted nor waiting, ascending.
    pub fn missing(&self) -> impl Iterator<Item = EventId> + '_ {
        self.waiting_room.missing()
    }

    /// How many vertices wait, and how many bytes they are.
    pub fn waiting(&self) -> WaitingRoomSize {
        WaitingRoomSize { vertices: self.waiting_room.len(), bytes: self.waiting_room.bytes() }
    }

    fn judge(&self, header: &VertexHeader, is_cited: bool) -> Admission {
        let parents: Vec<_> = header.parents.iter().map(|id| self.dag.find(*id)).collect();
        let spot = match parents.first().copied().flatten() {
            None => None,
            Some(first) => match self.spot(header.kind, first) {
                Ok(spot) => Some(spot),
                Err(refusal) => return Admission::Refuse(refusal),
            },
        };
        let held: Vec<VertexIndex> = parents.iter().copied().flatten().collect();
        let Some(spot) = spot.filter(|_| held.len() == parents.len()) else {
            let missing = header.parents.iter().zip(&parents);
            let missing = missing.filter(|(_, at)| at.is_none()).map(|(id, _)| *id);
            return Admission::Wait(missing.collect());
        };
        if self.dag.len() >= VERTICES {
            return Admission::Drop(DropReason::Vertices);
        }
        let is_wanted = is_cited || self.waiting_room.is_requested(header.id);
        if !is_wanted && self.is_crowded(spot, header.kind) {
            return Admission::Drop(DropReason::Branches);
        }
        Admission::Admit(spot, held)
    }

    /// Where a vertex stands after its first parent.
    fn spot(&self, kind: VertexKind, first: VertexIndex) -> Result<ChainPosition, InvalidVertex> {
        let chain = self.chain_at(first);
        let next = u64::from(self.seq_at(first)).saturating_add(1);
        let after = |lane| {
            if chain.tip == first {
                ChainPosition::Extends(self.dag.chain(first))
            } else {
                ChainPosition::Branches(lane)
            }
        };
        match kind {
            VertexKind::Milestone { height } if self.is_milestone(first) && height.0 == next => {
                Ok(after(LaneIndex::NONE))
            }
            VertexKind::Milestone { .. } => Err(InvalidVertex::NotTheMilestoneBelow),
            VertexKind::Event { author, lane, seq } if first == VertexIndex::ROOT && seq.0 == 1 => {
                let known = self.lanes.find(author, lane);
                Ok(known.map_or(ChainPosition::Opens(author, lane), ChainPosition::Branches))
            }
            VertexKind::Event { author, lane, seq } => {
                let place = self.lane_place_at(first).filter(|_| seq.0 == next);
                match place.filter(|place| (place.author, place.lane) == (author, lane)) {
                    Some(_) => Ok(after(chain.lane)),
                    None => Err(InvalidVertex::NotThePrevious),
                }
            }
        }
    }

    fn is_crowded(&self, spot: ChainPosition, kind: VertexKind) -> bool {
        let lane = match spot {
            ChainPosition::Extends(chain) => self.lanes.chain(chain).lane,
            ChainPosition::Branches(lane) => lane,
            ChainPosition::Opens(..) => return false,
        };
        self.lanes.is_crowded(lane, kind.seq())
    }

    fn admit_all(
        &mut self,
        vertex: VerifiedVertex,
        header: &VertexHeader,
        spot: ChainPosition,
        parents: &[VertexIndex],
    ) -> Insertion {
        let mut admitted = Vec::new();
        let mut equivocations = Vec::new();
        let mut refused = Vec::new();
        equivocations.extend(self.admit(header, spot, parents));
        let mut ready = VecDeque::from(self.waiting_room.release(header.id));
        admitted.push(vertex);
        while let Some((vertex, header)) = ready.pop_front() {
            if self.is_decided(header.kind) {
                continue;
            }
            match self.judge(&header, false) {
                Admission::Admit(spot, parents) => {
                    equivocations.extend(self.admit(&header, spot, &parents));
                    ready.extend(self.waiting_room.release(header.id));
                    admitted.push(vertex);
                }
                Admission::Refuse(refusal) => {
                    refused.push((header.id, refusal));
                    let past = InvalidVertex::Past { refused: header.id };
                    let waiters = self.waiting_room.discard(header.id).into_iter();
                    refused.extend(waiters.map(|id| (id, past)));
                }
                // What is released has all its parents, and nothing waits for what is dropped as a third branch.
                Admission::Wait(_) | Admission::Drop(_) => {}
            }
        }
        Insertion::Ready { admitted, equivocations, refused }
    }

    /// Whether the milestone of that height was applied. Another one that waited meanwhile is not taken in: no cut could
    /// build on it, and what cites it would never be covered.
    fn is_decided(&self, kind: VertexKind) -> bool {
        matches!(kind, VertexKind::Milestone { height } if self.milestone(height).is_some())
    }

    fn admit(&mut self, header: &VertexHeader, spot: ChainPosition, parents: &[VertexIndex]) -> Option<Equivocation> {
        let at = self.dag.end();
        let (chain, place) = self.lanes.take(spot, at, header.kind.seq());
        let author = self.lanes.author_of(chain);
        let milestone = author.is_none();
        let bases = parents.iter().map(|parent| self.dag.base(*parent));
        let base = bases.max_by_key(|base| (self.seq_at(*base), *base));
        let deepest = parents.iter().map(|parent| self.dag.depth(*parent)).max();
        let row = VertexRow {
            id: header.id,
            chain,
            place,
            bytes: header.bytes,
            depth: deepest.unwrap_or_default().saturating_add(1),
            base: base.filter(|_| !milestone).unwrap_or(at),
        };
        for parent in parents.iter().filter(|parent| self.dag.is_head(**parent)) {
            self.heads.remove(&self.dag, *parent);
        }
        self.dag.push(row, parents);
        let void = author.is_some_and(|author| self.lanes.author(author).condemned != NEVER);
        self.heads.add(&self.dag, at, void);
        if !milestone && !void {
            self.coverable.add(&self.dag, at);
        }
        self.checkpoints.admitted(&self.dag, at, self.lanes.chain_count());
        let found = match spot {
            ChainPosition::Branches(lane) if lane != LaneIndex::NONE => self.note_branch(lane, at),
            _ => None,
        };
        self.suspect(author, at);
        found
    }

    fn suspect(&mut self, author: Option<AuthorIndex>, at: VertexIndex) {
        let equivocator = author.filter(|author| self.lanes.author(*author).equivocator);
        if equivocator.is_some() {
            self.equivocator_events.add(at);
        } else {
            self.equivocator_events.endorse(&self.dag, at);
        }
    }
}

impl VertexKind {
    /// The seq or height as far as one graph can hold it; compared only after the exact one was.
    fn seq(self) -> u32 {
        let exact = match self {
            Self::Event { seq, .. } => seq.0,
            Self::Milestone { height } => height.0,
        };
        u32::try_from(exact).unwrap_or(u32::MAX)
    }
}
