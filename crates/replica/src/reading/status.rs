//! What can be asked of a replica without changing it.

use std::collections::BTreeMap;

use quorate_agreement::{BufferSizes, Verifier};
use quorate_event::{Address, Digest, EventId, Evidence, Height, Lane, NetworkId, Seq, Stake, View};
use quorate_graph::Equivocation;

use crate::reading::look::ConsistencyLevel;
use crate::replica::Replica;
use crate::validation::vertex_validator::VertexValidator;

/// Why writes are not becoming final.
#[derive(Debug, Clone, PartialEq)]
pub enum NotFinal {
    /// Nothing waits.
    NothingWaits,
    /// The network seals only on request.
    WaitsForMilestoneRequest,
    /// Members with more than a third of the stake cannot be reached.
    NoQuorum {
        /// The stake of the members that can be reached, this one included.
        reachable: u128,
        /// The least stake that is a quorum.
        quorum: u128,
        /// The committee's stake.
        total: u128,
        /// Who cannot be reached, with how much stake.
        away: Vec<(Address, Stake)>,
    },
    /// Agreement is under way.
    UnderWay,
}

/// Where a replica stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The network.
    pub network: NetworkId,
    /// This replica's author.
    pub address: Address,
    /// Its stake at the next height; nothing where it is no member, and follows without a vote.
    pub stake: Option<Stake>,
    /// The last milestone's height.
    pub height: Height,
    /// The last milestone.
    pub milestone: EventId,
    /// The view of the next height.
    pub view: View,
    /// Who leads that view.
    pub leader: Address,
    /// Vertices admitted, the genesis included.
    pub events: usize,
    /// Events admitted and not covered yet.
    pub uncovered: usize,
    /// Vertices in the waiting room.
    pub waiting: usize,
    /// Vertices without children.
    pub heads: Vec<EventId>,
    /// Root over all documents, at level merged.
    pub merged: Digest,
    /// Root over all documents, at level final.
    pub finalised: Digest,
    /// Why writes are not becoming final.
    pub why_not_final: NotFinal,
}

/// What the graph says of a vertex.
#[derive(Debug, Clone, PartialEq)]
pub struct VertexStatus {
    /// One more than its deepest parent's.
    pub depth: u64,
    /// The first milestone that covers it.
    pub covered_at: Option<Height>,
    /// Whether its payload counts for nothing.
    pub void: bool,
}

/// Votes that exclude each other, and the events that say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedEvidence {
    /// The two votes.
    pub evidence: Evidence,
    /// The events that carry them, one of each author, in the order in which they were admitted.
    pub reported_in: Vec<EventId>,
}

impl Replica {
    /// Where this replica stands.
    pub fn status(&self) -> Status {
        let (height, milestone) = self.graph.last_milestone();
        let agreement = self.agreement.status();
        Status {
            network: self.network,
            address: self.address(),
            stake: self.committee().stake(self.address()),
            height,
            milestone,
            view: agreement.view,
            leader: agreement.leader,
            events: self.graph.len(),
            uncovered: self.graph.coverable(),
            waiting: self.graph.waiting().vertices,
            heads: self.graph.heads(),
            merged: self.digests(ConsistencyLevel::Merged).root(),
            finalised: self.digests(ConsistencyLevel::Final).root(),
            why_not_final: self.why_not_final(),
        }
    }

    fn why_not_final(&self) -> NotFinal {
        if self.graph.coverable() == 0 {
            return NotFinal::NothingWaits;
        }
        let committee = self.committee();
        let away = self.peers.away(committee, self.address());
        let members = committee.members().iter().map(|(member, _)| *member);
        let reachable = committee.stake_of(members.filter(|member| !away.contains(member)));
        if !committee.is_quorum(reachable) {
            let stake = |member: Address| committee.stake(member).unwrap_or_default();
            return NotFinal::NoQuorum {
                reachable: reachable.0,
                quorum: committee.quorum().0,
                total: committee.total().0,
                away: away.into_iter().map(|member| (member, stake(member))).collect(),
            };
        }
        if self.backlog.waits_for_seal(&self.genesis.parameters) {
            return NotFinal::WaitsForMilestoneRequest;
        }
        NotFinal::UnderWay
    }

    /// What the graph says of a vertex, if it is admitted.
    pub fn placement(&self, id: EventId) -> Option<VertexStatus> {
        Some(VertexStatus {
            depth: u64::from(self.graph.depth(id)?),
            covered_at: self.graph.covered_at(id),
            void: self.graph.is_void(id),
        })
    }

    /// The last milestone's height.
    pub fn height(&self) -> Height {
        self.graph.last_milestone().0
    }

    /// Whether a vertex is admitted.
    pub fn holds(&self, id: EventId) -> bool {
        self.graph.contains(id)
    }

    /// How many vertices are asked for that are named and not held.
    pub fn missing_parents(&self) -> usize {
        self.wants.len()
    }

    /// What agreement holds of the height under way, and of the next.
    pub fn held(&self) -> BufferSizes {
        self.agreement.buffer_sizes()
    }

    /// The greatest sequence number of each lane among all that is held.
    pub fn clock(&self) -> BTreeMap<(Address, Lane), Seq> {
        self.graph.summary().clock().entries().collect()
    }

    /// Votes that exclude each other, each pair by one key; by key, eight of each at most.
    pub fn evidence(&self) -> Vec<&ReportedEvidence> {
        self.cases.all().collect()
    }

    /// The first milestone that orders an accusation: nobody can take it back from there on.
    pub fn ordered_at(&self, accusation: &ReportedEvidence) -> Option<Height> {
        accusation.reported_in.iter().filter_map(|id| self.graph.covered_at(*id)).min()
    }

    /// The first milestone that covers both events of a fork: it condemns their author (`Graph::is_void`).
    pub fn condemned_at(&self, fork: &Equivocation) -> Option<Height> {
        let [first, second] = [fork.first, fork.second].map(|id| self.graph.covered_at(id));
        first.zip(second).map(|(first, second)| first.max(second))
    }

    /// Events that exclude each other, by the same key.
    pub fn equivocations(&self) -> Vec<Equivocation> {
        self.graph.equivocations()
    }

    /// What checks vertices from outside, on any thread; changes with every milestone where the committee may.
    pub fn vertex_validator(&self) -> VertexValidator {
        self.door.clone()
    }

    /// What message checks on other threads need to know; changes with every milestone.
    pub fn verifier(&self) -> Verifier {
        self.agreement.verifier()
    }
}
