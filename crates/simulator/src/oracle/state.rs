//! The state of the oracle: what it has seen of each node, of the chain and of the votes.

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::{Address, EventId, Genesis, ProposalId};

use super::certificate::CertificateChecker;
use super::digests::Digests;
use super::inclusion::Inclusion;
use super::models_by_height::ModelsByHeight;
use super::reference_model::ProtocolModel;
use super::vertex_table::{SetHash, VertexNumber, VertexSet, VertexTable};
use super::violation::Violation;
use super::votes::VoteRegister;
use crate::committee_source::CommitteeSource;
use crate::node_id::NodeId;

/// Violations that are kept: more add no information.
pub(super) const VIOLATIONS: usize = 256;
/// A node is inspected each time it has applied this many milestones.
pub(super) const LOOK_EVERY: u64 = 16;

/// The observed state of one node.
pub(super) struct NodeState {
    pub(super) address: Address,
    pub(super) stake: u128,
    pub(super) is_honest: bool,
    /// The vertices on its disk.
    pub(super) on_disk: VertexSet,
    /// How many vertices of its disk have been processed.
    pub(super) read: usize,
    /// The hash of the set of vertices that it has admitted in this life.
    pub(super) admitted: SetHash,
    pub(super) acknowledged: BTreeSet<VertexNumber>,
    /// After the loss of its disk: the height from which on it counts as a holder again.
    pub(super) lost_until: Option<u64>,
    /// The bytes of its vote log when it last lost its store.
    pub(super) log_at_loss: Vec<u8>,
    pub(super) wants_look: bool,
}

/// The first milestone seen at a height.
pub(super) struct ChainLink {
    pub(super) id: EventId,
    /// The vertices that it newly covers, until a node has applied it.
    pub(super) newly: Vec<VertexNumber>,
}

/// All facts so far.
pub(crate) struct Oracle {
    pub(super) models: ModelsByHeight,
    /// The model of the committee whose stakes count now, and its index among all models.
    pub(super) model: ProtocolModel,
    pub(super) model_index: usize,
    pub(super) vertices: VertexTable,
    pub(super) nodes: Vec<NodeState>,
    pub(super) places: BTreeMap<Address, NodeId>,
    /// The stake of the honest nodes.
    pub(super) honest: u128,
    pub(super) has_adversaries: bool,
    pub(super) chain: BTreeMap<u64, ChainLink>,
    /// Heights with two milestones.
    pub(super) forks: BTreeSet<u64>,
    pub(super) certificates: CertificateChecker,
    pub(super) votes: VoteRegister,
    /// Equivocations: by author and first event of a lane position, all events of that position.
    pub(super) lane_forks: BTreeMap<(Address, VertexNumber), Vec<VertexNumber>>,
    /// The heads of proposals above the last milestone.
    pub(super) offers: BTreeMap<(u64, ProposalId), Vec<EventId>>,
    pub(super) inclusion: Inclusion,
    pub(super) digests: Digests,
    pub(super) violations: Vec<Violation>,
}

impl Oracle {
    /// The initial state; `nodes` run replicas, in this order, and are honest.
    pub(crate) fn new(genesis: &Genesis, rule: CommitteeSource, nodes: impl IntoIterator<Item = Address>) -> Self {
        let model = ProtocolModel::new(genesis);
        let root = EventId::new(model.network);
        let state = |address| {
            let mut on_disk = VertexSet::default();
            on_disk.add(VertexNumber::GENESIS, &root);
            NodeState {
                address,
                stake: model.stakes.get(&address).copied().unwrap_or_default(),
                is_honest: true,
                admitted: on_disk.sum(),
                on_disk,
                read: 0,
                acknowledged: BTreeSet::new(),
                lost_until: None,
                log_at_loss: Vec::new(),
                wants_look: false,
            }
        };
        let nodes: Vec<NodeState> = nodes.into_iter().map(state).collect();
        Self {
            places: nodes.iter().enumerate().map(|(place, state)| (state.address, NodeId(place))).collect(),
            honest: nodes.iter().map(|state| state.stake).sum(),
            has_adversaries: false,
            nodes,
            vertices: VertexTable::new(root),
            chain: BTreeMap::from([(0, ChainLink { id: root, newly: Vec::new() })]),
            forks: BTreeSet::new(),
            certificates: CertificateChecker::default(),
            votes: VoteRegister::default(),
            lane_forks: BTreeMap::new(),
            offers: BTreeMap::new(),
            inclusion: Inclusion::default(),
            digests: Digests::default(),
            violations: Vec::new(),
            models: ModelsByHeight::new(model.clone(), rule),
            model,
            model_index: 0,
        }
    }

    pub(crate) fn report(&mut self, violation: Violation) {
        if self.violations.len() < VIOLATIONS {
            self.violations.push(violation);
        }
    }

    pub(crate) fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// A node is Byzantine from now on.
    pub(crate) fn corrupted(&mut self, node: NodeId) {
        if !self.is_honest(node) {
            return;
        }
        let state = &mut self.nodes[node.0];
        state.is_honest = false;
        self.has_adversaries = true;
        self.honest -= state.stake;
        for number in state.on_disk.numbers() {
            self.vertices.record_mut(number).holders -= held(number, state.stake);
        }
    }

    pub(crate) fn is_honest(&self, node: NodeId) -> bool {
        self.nodes.get(node.0).is_some_and(|state| state.is_honest)
    }

    pub(super) fn node_of(&self, address: Address) -> Option<NodeId> {
        self.places.get(&address).copied()
    }

    /// Whether this is the address of an honest node with a replica.
    pub(super) fn is_honest_address(&self, address: Address) -> bool {
        self.node_of(address).is_some_and(|node| self.is_honest(node))
    }
}

/// The stake that counts as holding a vertex; none for the genesis, which is on no disk.
pub(super) const fn held(number: VertexNumber, stake: u128) -> u128 {
    if number.0 == 0 { 0 } else { stake }
}
