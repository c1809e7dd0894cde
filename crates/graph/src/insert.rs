//! The door: how a vertex becomes part of the graph.

use std::collections::VecDeque;
use std::time::Duration;

use quorate_event::{EventId, VerifiedVertex};

use crate::column::{At, AuthorAt, LaneAt};
use crate::dag::{Row, VERTICES};
use crate::equivocation::Equivocation;
use crate::fault::Fault;
use crate::graph::Graph;
use crate::header::{Header, Kind};
use crate::lanes::{NEVER, Spot};

/// Where a vertex comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Written here, or read back from our own store.
    Local,
    /// Brought by the peer that the caller knows by this number.
    Peer(u64),
}

/// What became of a vertex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Insertion {
    /// Admitted, and with it what had waited for it.
    Ready {
        /// In causal order: the vertex itself first.
        admitted: Vec<VerifiedVertex>,
        /// Conflicts that were not known before.
        equivocations: Vec<Equivocation>,
        /// What had waited for one of these and turned out to be malformed in its context, and what waited for that.
        refused: Vec<(EventId, Refusal)>,
    },
    /// It waits; these of its parents are neither admitted nor waiting.
    Waiting {
        /// In the order in which the vertex names them.
        missing: Vec<EventId>,
    },
    /// Admitted before.
    Known,
    /// Malformed in its context: at every replica, for ever.
    Refused(Refusal),
    /// Not now: no fault of the vertex, and it may come again.
    Dropped(Limit),
}

/// Why a vertex is malformed in its context: a function of its bytes and its past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An event follows its lane's previous event, or is the first and follows M0.
    #[error("the first parent is not the lane's previous event, nor M0 under a first event")]
    NotThePrevious,
    /// A milestone follows the milestone one height below.
    #[error("the first parent is not the milestone of the height below")]
    NotTheMilestoneBelow,
    /// A vertex in its past is refused.
    #[error("its past holds {refused:?}, which is refused")]
    Past {
        /// The malformed one.
        refused: EventId,
    },
}

/// Which bound a vertex met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// [`AUTHOR_EVENTS`](crate::AUTHOR_EVENTS) of its author wait already.
    #[error("too many events of its author wait")]
    AuthorEvents,
    /// [`AUTHOR_BYTES`](crate::AUTHOR_BYTES).
    #[error("too many bytes of its author wait")]
    AuthorBytes,
    /// [`PEER_BYTES`](crate::PEER_BYTES).
    #[error("too many bytes of this peer wait")]
    PeerBytes,
    /// [`TOTAL_BYTES`](crate::TOTAL_BYTES).
    #[error("the waiting room is full")]
    TotalBytes,
    /// Two events of its (author, lane, seq) are here, and nothing that waits and no proposal cites this one.
    #[error("a third branch that nothing cites")]
    Branches,
    /// The graph is at the end of its local indices.
    #[error("the graph holds as many vertices as it can")]
    Vertices,
}

impl Refusal {
    /// Whose fault it is: the author's, hence of whoever passed it on unchecked.
    pub const fn fault(self) -> Fault {
        Fault::Remote
    }
}

impl Limit {
    /// Whose fault it is: nobody's.
    pub const fn fault(self) -> Fault {
        Fault::NotYet
    }
}

enum Verdict {
    Admit(Spot, Vec<At>),
    Wait(Vec<EventId>),
    Refuse(Refusal),
    Drop(Limit),
}

impl Graph {
    /// Takes a vertex in. `now` is the caller's monotonic time; it decides how long the vertex may wait, nothing else.
    pub fn insert(&mut self, vertex: VerifiedVertex, from: Origin, now: Duration) -> Insertion {
        let id = vertex.id();
        if self.contains(id) {
            return Insertion::Known;
        }
        if let Some(missing) = self.room.missing_of(id) {
            return Insertion::Waiting { missing };
        }
        let header = Header::of(&vertex);
        // What is in our own store was admitted once, perhaps because something cited it that is read after it. What a
        // milestone covers is cited by that.
        let is_cited = from == Origin::Local || vertex.is_unchecked();
        match self.judge(&header, is_cited) {
            Verdict::Admit(spot, parents) => self.admit_all(vertex, &header, spot, &parents),
            Verdict::Drop(limit) => Insertion::Dropped(limit),
            Verdict::Refuse(refusal) => {
                self.room.discard(id);
                Insertion::Refused(refusal)
            }
            Verdict::Wait(missing) => match self.room.add(vertex, header, &missing, from, now) {
                Ok(()) => Insertion::Waiting { missing: self.room.missing_of(id).unwrap_or_default() },
                Err(limit) => Insertion::Dropped(limit),
            },
        }
    }

    /// A proposal cites these, which are missing here: whatever else is held of their lanes, they are taken in when they
    /// come. Else members that hold different branches of one event could never agree on a cut. Forgotten with the next
    /// milestone.
    pub fn cite(&mut self, missing: &[EventId]) {
        self.room.cite(missing);
    }

    /// Drops what has waited for [`PATIENCE`](crate::PATIENCE), and names it.
    pub fn expire(&mut self, now: Duration) -> Vec<EventId> {
        self.room.expire(now)
    }

    /// The vertices that waiting ones name as parents and that are neither admitted nor waiting, ascending.
    pub fn missing(&self) -> impl Iterator<Item = EventId> + '_ {
        self.room.missing()
    }

    /// How many vertices wait, and how many bytes they are.
    pub fn waiting(&self) -> (usize, usize) {
        (self.room.len(), self.room.bytes())
    }

    fn judge(&self, header: &Header, is_cited: bool) -> Verdict {
        let parents: Vec<_> = header.parents.iter().map(|id| self.dag.find(*id)).collect();
        let spot = match parents.first().copied().flatten() {
            None => None,
            Some(first) => match self.spot(header.kind, first) {
                Ok(spot) => Some(spot),
                Err(refusal) => return Verdict::Refuse(refusal),
            },
        };
        let held: Vec<At> = parents.iter().copied().flatten().collect();
        let Some(spot) = spot.filter(|_| held.len() == parents.len()) else {
            let missing = header.parents.iter().zip(&parents);
            let missing = missing.filter(|(_, at)| at.is_none()).map(|(id, _)| *id);
            return Verdict::Wait(missing.collect());
        };
        if self.dag.len() >= VERTICES {
            return Verdict::Drop(Limit::Vertices);
        }
        let is_wanted = is_cited || self.room.is_asked(header.id);
        if !is_wanted && self.is_crowded(spot, header.kind) {
            return Verdict::Drop(Limit::Branches);
        }
        Verdict::Admit(spot, held)
    }

    /// Where a vertex stands after its first parent.
    fn spot(&self, kind: Kind, first: At) -> Result<Spot, Refusal> {
        let chain = self.chain_at(first);
        let next = u64::from(self.seq_at(first)).saturating_add(1);
        let after = |lane| {
            if chain.tip == first { Spot::Extends(self.dag.chain(first)) } else { Spot::Branches(lane) }
        };
        match kind {
            Kind::Milestone { height } if self.is_milestone(first) && height.0 == next => Ok(after(LaneAt::NONE)),
            Kind::Milestone { .. } => Err(Refusal::NotTheMilestoneBelow),
            Kind::Event { author, lane, seq } if first == At::ROOT && seq.0 == 1 => {
                let known = self.lanes.find(author, lane);
                Ok(known.map_or(Spot::Opens(author, lane), Spot::Branches))
            }
            Kind::Event { author, lane, seq } => {
                let place = self.place_at(first).filter(|_| seq.0 == next);
                match place.filter(|place| (place.author, place.lane) == (author, lane)) {
                    Some(_) => Ok(after(chain.lane)),
                    None => Err(Refusal::NotThePrevious),
                }
            }
        }
    }

    fn is_crowded(&self, spot: Spot, kind: Kind) -> bool {
        let lane = match spot {
            Spot::Extends(chain) => self.lanes.chain(chain).lane,
            Spot::Branches(lane) => lane,
            Spot::Opens(..) => return false,
        };
        self.lanes.is_crowded(lane, kind.seq())
    }

    fn admit_all(&mut self, vertex: VerifiedVertex, header: &Header, spot: Spot, parents: &[At]) -> Insertion {
        let mut admitted = Vec::new();
        let mut equivocations = Vec::new();
        let mut refused = Vec::new();
        equivocations.extend(self.admit(header, spot, parents));
        let mut ready = VecDeque::from(self.room.release(header.id));
        admitted.push(vertex);
        while let Some((vertex, header)) = ready.pop_front() {
            if self.is_decided(header.kind) {
                continue;
            }
            match self.judge(&header, false) {
                Verdict::Admit(spot, parents) => {
                    equivocations.extend(self.admit(&header, spot, &parents));
                    ready.extend(self.room.release(header.id));
                    admitted.push(vertex);
                }
                Verdict::Refuse(refusal) => {
                    refused.push((header.id, refusal));
                    let past = Refusal::Past { refused: header.id };
                    let waiters = self.room.discard(header.id).into_iter();
                    refused.extend(waiters.map(|id| (id, past)));
                }
                // What is released has all its parents, and nothing waits for what is dropped as a third branch.
                Verdict::Wait(_) | Verdict::Drop(_) => {}
            }
        }
        Insertion::Ready { admitted, equivocations, refused }
    }

    /// Whether the milestone of that height was applied. Another one that waited meanwhile is not taken in: no cut could
    /// build on it, and what cites it would never be covered.
    fn is_decided(&self, kind: Kind) -> bool {
        matches!(kind, Kind::Milestone { height } if self.milestone(height).is_some())
    }

    fn admit(&mut self, header: &Header, spot: Spot, parents: &[At]) -> Option<Equivocation> {
        let at = self.dag.end();
        let (chain, place) = self.lanes.take(spot, at, header.kind.seq());
        let author = self.lanes.author_of(chain);
        let milestone = author.is_none();
        let floors = parents.iter().map(|parent| self.dag.floor(*parent));
        let floor = floors.max_by_key(|floor| (self.seq_at(*floor), *floor));
        let deepest = parents.iter().map(|parent| self.dag.depth(*parent)).max();
        let row = Row {
            id: header.id,
            chain,
            place,
            bytes: header.bytes,
            depth: deepest.unwrap_or_default().saturating_add(1),
            floor: floor.filter(|_| !milestone).unwrap_or(at),
        };
        for parent in parents.iter().filter(|parent| self.dag.is_head(**parent)) {
            self.heads.remove(&self.dag, *parent);
        }
        self.dag.push(row, parents);
        let void = author.is_some_and(|author| self.lanes.author(author).condemned != NEVER);
        self.heads.add(&self.dag, at, void);
        if !milestone && !void {
            self.coverage.add(&self.dag, at);
        }
        self.checkpoints.admitted(&self.dag, at, self.lanes.chain_count());
        let found = match spot {
            Spot::Branches(lane) if lane != LaneAt::NONE => self.note_branch(lane, at),
            _ => None,
        };
        self.suspect(author, at);
        found
    }

    fn suspect(&mut self, author: Option<AuthorAt>, at: At) {
        let equivocator = author.filter(|author| self.lanes.author(*author).equivocator);
        if equivocator.is_some() {
            self.suspects.add(at);
        } else {
            self.suspects.vouch(&self.dag, at);
        }
    }
}

impl Kind {
    /// The seq or height as far as one graph can hold it; compared only after the exact one was.
    fn seq(self) -> u32 {
        let exact = match self {
            Self::Event { seq, .. } => seq.0,
            Self::Milestone { height } => height.0,
        };
        u32::try_from(exact).unwrap_or(u32::MAX)
    }
}
