//! Queries about vertices, evidence and the parts that other threads use.

use std::collections::BTreeMap;

use quorate_agreement::{BufferSizes, Verifier};
use quorate_event::{Address, EventId, Height, Lane, Seq};
use quorate_graph::Equivocation;

use crate::evidence::ReportedEvidence;
use crate::replica::Replica;
use crate::state::trusted_milestone::{TrustConflict, TrustedMilestone};
use crate::validation::vertex_validator::VertexValidator;

/// The place of a vertex in the graph.
#[derive(Debug, Clone, PartialEq)]
pub struct VertexStatus {
    /// One more than the depth of its deepest parent.
    pub depth: u64,
    /// The first milestone that covers it.
    pub covered_at: Option<Height>,
    /// Whether its payload counts for nothing.
    pub void: bool,
}

impl Replica {
    /// From now on no other milestone than this one is accepted at its height.
    ///
    /// # Errors
    /// When another one is held already.
    pub fn trust(&mut self, trusted: TrustedMilestone) -> Result<(), TrustConflict> {
        self.state_mut().trust(trusted)
    }

    /// Whether the trusted milestone, if there is one, is held: before that, the finality of this replica's answers depends
    /// on certificates alone.
    pub fn reaches_trust(&self) -> bool {
        self.state().holds_trusted()
    }

    /// The place of a vertex in the graph, if it is admitted.
    pub fn placement(&self, id: EventId) -> Option<VertexStatus> {
        let graph = self.state().graph();
        Some(VertexStatus {
            depth: u64::from(graph.depth(id)?),
            covered_at: graph.covered_at(id),
            void: graph.is_void(id),
        })
    }

    /// The last milestone's height.
    pub fn height(&self) -> Height {
        self.state().graph().last_milestone().0
    }

    /// Whether a vertex is admitted.
    pub fn holds(&self, id: EventId) -> bool {
        self.state().graph().contains(id)
    }

    /// The number of vertices that are named and not held.
    pub fn missing_parents(&self) -> usize {
        self.missing_count()
    }

    /// The sizes of agreement's buffers, for the height under way and the next.
    pub fn held(&self) -> BufferSizes {
        self.milestones().buffer_sizes()
    }

    /// The greatest sequence number of each lane among all that is held.
    pub fn clock(&self) -> BTreeMap<(Address, Lane), Seq> {
        self.state().graph().summary().clock().entries().collect()
    }

    /// Pairs of votes that exclude each other, by key; at most eight of each key.
    pub fn evidence(&self) -> Vec<&ReportedEvidence> {
        self.state().evidence().all().collect()
    }

    /// The first milestone that orders the evidence: it is permanent from there on.
    pub fn ordered_at(&self, evidence: &ReportedEvidence) -> Option<Height> {
        evidence.reported_in.iter().filter_map(|id| self.state().graph().covered_at(*id)).min()
    }

    /// The first milestone that covers both events of a fork: it condemns their author (`Graph::is_void`).
    pub fn condemned_at(&self, fork: &Equivocation) -> Option<Height> {
        let [first, second] = [fork.first, fork.second].map(|id| self.state().graph().covered_at(id));
        first.zip(second).map(|(first, second)| first.max(second))
    }

    /// Events that exclude each other, by the same key.
    pub fn equivocations(&self) -> Vec<Equivocation> {
        self.state().graph().equivocations()
    }

    /// The checks of vertices from outside, for any thread; with a variable committee they change with every milestone.
    pub fn vertex_validator(&self) -> VertexValidator {
        self.state().validator().clone()
    }

    /// The checks of messages of agreement, for any thread; they change with every milestone.
    pub fn verifier(&self) -> Verifier {
        self.milestones().verifier()
    }
}
