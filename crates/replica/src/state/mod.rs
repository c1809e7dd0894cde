//! The replicated state: a fold of the admitted vertices, in the order of their admission.
//!
//! Every vertex enters through [`ReplicatedState::admit`]: a client's write, a peer's event, a milestone, a stored vertex.
//! Other rooms read the state; they learn of applied milestones by [`ReplicatedState::take_consequences`].

pub(crate) mod admission;
mod checkpoint;
pub(crate) mod consequences;
pub(crate) mod cut_effects;
mod derive;
mod milestone;
pub(crate) mod trusted_milestone;

use std::sync::Arc;
use std::time::Duration;

use quorate_agreement::Work;
use quorate_event::{Address, Committee, EventId, Evidence, Height, NetworkId, Parameters, Proposal, ProposalId};
use quorate_graph::Graph;

use self::consequences::Consequences;
use self::cut_effects::CutEffects;
use self::trusted_milestone::TrustedMilestone;
use crate::committee_rule::CommitteeRule;
use crate::config::ReplicaConfig;
use crate::documents::FoldedDocuments;
use crate::evidence::EvidencePool;
use crate::input::Request;
use crate::output::Output;
use crate::uncovered::UncoveredEvents;
use crate::validation::vertex_validator::VertexValidator;

/// All that follows from the admitted vertices.
pub(crate) struct ReplicatedState {
    network: NetworkId,
    author: Address,
    parameters: Parameters,
    graph: Graph,
    documents: FoldedDocuments,
    uncovered: UncoveredEvents,
    validator: VertexValidator,
    committee_rule: Arc<dyn CommitteeRule>,
    evidence: EvidencePool,
    trusted: Option<TrustedMilestone>,
    /// The effects of the proposal that was built or checked last: they are derived once, and applied with its milestone.
    derived: Option<(ProposalId, CutEffects)>,
    consequences: Consequences,
    /// Set while the store is replayed: stored milestones were compared with their derived roots when they were stored.
    is_recovering: bool,
    /// Set once a certified milestone contradicts the derived roots: the replica signs and sends nothing more.
    is_halted: bool,
}

impl ReplicatedState {
    /// The state at the genesis, ready for the replay of the store.
    pub(crate) fn new(config: &ReplicaConfig) -> Self {
        let network = config.genesis.network();
        Self {
            network,
            author: config.key.address(),
            parameters: config.genesis.parameters,
            graph: Graph::new(network.event_id()),
            documents: FoldedDocuments::default(),
            uncovered: UncoveredEvents::default(),
            validator: VertexValidator::new(&config.genesis, config.committee_rule.may_change()),
            committee_rule: Arc::clone(&config.committee_rule),
            evidence: EvidencePool::default(),
            trusted: None,
            derived: None,
            consequences: Consequences::default(),
            is_recovering: true,
            is_halted: false,
        }
    }

    /// The replay is over: milestones are compared with their derived roots from now on.
    pub(crate) const fn finish_recovery(&mut self) {
        self.is_recovering = false;
    }

    pub(crate) const fn network(&self) -> NetworkId {
        self.network
    }

    /// This replica's author.
    pub(crate) const fn author(&self) -> Address {
        self.author
    }

    pub(crate) const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    pub(crate) const fn graph(&self) -> &Graph {
        &self.graph
    }

    pub(crate) const fn documents(&self) -> &FoldedDocuments {
        &self.documents
    }

    pub(crate) const fn evidence(&self) -> &EvidencePool {
        &self.evidence
    }

    pub(crate) const fn validator(&self) -> &VertexValidator {
        &self.validator
    }

    pub(crate) const fn is_halted(&self) -> bool {
        self.is_halted
    }

    /// The committee of the next height.
    pub(crate) fn committee(&self) -> &Committee {
        self.validator.committees().present()
    }

    /// The committee of a height, as long as it is remembered.
    pub(crate) fn committee_of(&self, height: Height) -> Option<&Committee> {
        self.validator.committees().of(height)
    }

    /// The last milestone's height.
    pub(crate) fn height(&self) -> Height {
        self.graph.last_milestone().0
    }

    /// The number of admitted vertices.
    pub(crate) fn admitted(&self) -> u32 {
        u32::try_from(self.graph.len()).unwrap_or(u32::MAX)
    }

    /// The applied milestones above a height, ascending.
    pub(crate) fn milestones_above(&self, above: Height) -> impl Iterator<Item = EventId> + '_ {
        let heights = (above.0.saturating_add(1)..).map(Height);
        heights.map_while(|height| self.graph.milestone(height))
    }

    /// Drops vertices from the graph's waiting room whose time is over.
    pub(crate) fn expire_waiting(&mut self, now: Duration) {
        self.graph.expire(now);
    }

    /// A proposal names `missing`: the graph keeps room for them.
    pub(crate) fn cite(&mut self, missing: &[EventId]) {
        self.graph.cite(missing);
    }

    /// Whether there is something worth a milestone.
    pub(crate) fn work(&mut self) -> Work {
        let graph = &self.graph;
        self.uncovered.prune(|id| graph.covered_at(*id).is_none() && !graph.is_void(*id));
        self.uncovered.work(graph.coverable(), &self.parameters)
    }

    /// Whether milestones are made on request only, and none is requested.
    pub(crate) fn waits_for_request(&self) -> bool {
        self.uncovered.waits_for_request(&self.parameters)
    }

    /// `request` is final once milestones cover all of `events`, none of which is covered now.
    pub(crate) fn await_finality(&mut self, request: Request, events: Vec<EventId>) {
        self.uncovered.wait(request, events);
    }

    /// Keeps the derived effects of a proposal for its milestone.
    pub(crate) fn remember_derived(&mut self, id: ProposalId, effects: CutEffects) {
        self.derived = Some((id, effects));
    }

    /// The effects of a milestone's proposal: remembered from its build or check, or derived now.
    fn effects_of(&mut self, id: ProposalId, proposal: &Proposal) -> Option<CutEffects> {
        match self.derived.take() {
            Some((derived, effects)) if derived == id => Some(effects),
            _ => self.derive(proposal.height, proposal.previous, &proposal.heads).ok(),
        }
    }

    /// Whether more evidence of this kind adds nothing to the pool.
    pub(crate) fn is_known_culprit(&self, evidence: &Evidence) -> bool {
        self.evidence.is_closed(evidence, |event| self.graph.is_void(event))
    }

    /// The consequences since the last call.
    pub(crate) fn take_consequences(&mut self) -> Consequences {
        let held_back = std::mem::take(&mut self.consequences.held_back);
        let taken = std::mem::take(&mut self.consequences);
        self.consequences.held_back = held_back;
        taken
    }

    /// The outputs of milestones that wait for the next ticket.
    pub(crate) fn take_held_back(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.consequences.held_back)
    }

    /// Drops what applied milestones left for others to do: it was done before they were stored.
    pub(crate) fn discard_consequences(&mut self) {
        self.consequences.applied.clear();
        self.consequences.held_back.clear();
    }
}
