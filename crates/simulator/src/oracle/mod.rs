//! What must hold whatever happens, watched from outside by code that asks no replica for its opinion of itself.
//!
//! The world says what happened, in plain facts: what reached a disk, what was said, acknowledged, applied, lost, and who
//! is honest. What follows from them is worked out here once more: stakes, closures, names, digests, leaders.
//!
//! | invariant | file | when |
//! |---|---|---|
//! | I1 agreement | here | each milestone on an honest disk |
//! | I2 cuts are closed, grow, and are lawful | `cut` | each vertex on an honest disk; each milestone, once |
//! | I3 certificates | `certificate` | each milestone on an honest disk |
//! | I4 durability, here and in the network | `durability` | acknowledgements, crashes, losses, finality |
//! | I5 equal sets show the same | `digests` | every sixteenth milestone of a node; in the end |
//! | I6 replicas can be built anew | `rebuild` | in the end |
//! | I7 honest keys contradict themselves never, I8 culprits | `votes` | each message that is sent; in the end |
//! | I9 liveness | [`World::expect_milestone`](crate::World::expect_milestone) | when asked |
//! | I10 bounds | `bounds` | with I5 |
//! | I11 equal traces | the tests: [`World::trace`](crate::World::trace) | |
//! | I12 inclusion | `inclusion` | each milestone, once |
//! | I13 no panic | whoever runs the world catches it | |
//!
//! A dishonest node's facts count for nothing, but for what it signs.

mod bounds;
mod certificate;
mod cut;
mod digests;
mod durability;
mod examine;
mod inclusion;
mod models_by_height;
mod rebuild;
mod reference_model;
mod vertex_table;
mod violation;
mod votes;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::{Address, EventId, Genesis, Height, ProposalId, SignedVote, VerifiedMilestone, VerifiedVertex};
use quorate_replica::{AgreementMessage, Replica};

use self::certificate::CertificateChecker;
pub use self::certificate::CertificateFlaw;
pub use self::cut::CutFlaw;
use self::digests::Digests;
use self::inclusion::Inclusion;
use self::models_by_height::ModelsByHeight;
use self::reference_model::ProtocolModel;
use self::vertex_table::{SetHash, VertexNumber, VertexSet, VertexTable};
pub use self::violation::Violation;
use self::votes::VoteRegister;
use crate::committee_source::CommitteeSource;
use crate::node_id::NodeId;

/// Beyond these many violations there is nothing new to learn.
const VIOLATIONS: usize = 256;
/// A node is looked at each time it has applied so many milestones.
const LOOK_EVERY: u64 = 16;

/// One node, as the oracle knows it.
struct NodeState {
    address: Address,
    stake: u128,
    is_honest: bool,
    /// What lies on its disk.
    on_disk: VertexSet,
    /// How much of its disk was read.
    read: usize,
    /// What it admitted in this life.
    admitted: SetHash,
    acknowledged: BTreeSet<VertexNumber>,
    /// The height that it must reach until a disk that it lost is as good as new.
    lost_until: Option<u64>,
    /// What its vote log held when it last lost its store.
    log_at_loss: Vec<u8>,
    wants_look: bool,
}

/// The milestone of a height that was seen first.
struct ChainLink {
    id: EventId,
    /// What it newly covers, until somebody has applied it.
    newly: Vec<VertexNumber>,
}

/// All that was seen so far.
pub(crate) struct Oracle {
    models: ModelsByHeight,
    /// That of the committee whose stakes are counted now, and which of all laws it is.
    model: ProtocolModel,
    model_index: usize,
    vertices: VertexTable,
    nodes: Vec<NodeState>,
    places: BTreeMap<Address, NodeId>,
    /// The stake of those who keep to the rules.
    honest: u128,
    has_adversaries: bool,
    chain: BTreeMap<u64, ChainLink>,
    /// Heights with two milestones.
    forks: BTreeSet<u64>,
    certificates: CertificateChecker,
    votes: VoteRegister,
    /// Who continued a lane twice, by the first event of the place: all its events.
    lane_forks: BTreeMap<(Address, VertexNumber), Vec<VertexNumber>>,
    /// The heads of what was proposed above the last milestone.
    offers: BTreeMap<(u64, ProposalId), Vec<EventId>>,
    inclusion: Inclusion,
    digests: Digests,
    violations: Vec<Violation>,
}

impl Oracle {
    /// Nothing has happened; `nodes` run replicas, in this order, and are honest.
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

    /// A node plays by rules of its own from now on.
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

    fn node_of(&self, address: Address) -> Option<NodeId> {
        self.places.get(&address).copied()
    }

    /// Whether it is the address of a node that runs a replica and keeps to the rules.
    fn is_honest_address(&self, address: Address) -> bool {
        self.node_of(address).is_some_and(|node| self.is_honest(node))
    }
}

/// The genesis lies on no disk.
const fn held(number: VertexNumber, stake: u128) -> u128 {
    if number.0 == 0 { 0 } else { stake }
}

/// What reaches disks.
impl Oracle {
    /// A node's disk holds all of this now, and its replica has applied what of it are milestones.
    pub(crate) fn stored(&mut self, node: NodeId, disk: &[VerifiedVertex], replica: Option<&Replica>) {
        if !self.is_honest(node) {
            return;
        }
        let read = std::mem::replace(&mut self.nodes[node.0].read, disk.len());
        for vertex in disk.get(read..).unwrap_or_default() {
            self.keep(node, vertex, replica);
        }
    }

    fn keep(&mut self, node: NodeId, vertex: &VerifiedVertex, replica: Option<&Replica>) {
        let id = vertex.id();
        let known = self.vertices.find(&id);
        let number = known.unwrap_or_else(|| self.meet(node, vertex));
        for parent in vertex.parents() {
            let found = self.vertices.find(&parent);
            if !found.is_some_and(|parent| self.nodes[node.0].on_disk.holds(parent)) {
                self.report(Violation::Unclosed { node, vertex: id, parent });
            }
        }
        self.shelve(node, number, &id);
        if let VerifiedVertex::Milestone(milestone) = vertex {
            self.check_certificate(node, milestone);
            if known.is_none() {
                self.milestone(node, milestone, replica);
            }
        }
    }

    /// A vertex that no honest disk has held before.
    fn meet(&mut self, node: NodeId, vertex: &VerifiedVertex) -> VertexNumber {
        let (number, rival) = self.vertices.add(vertex);
        if let VerifiedVertex::Event(event) = vertex {
            let (event, author) = (event.id(), event.body().author);
            if !self.model.is_event(vertex.bytes(), event, author) {
                self.report(Violation::Forged { node, event });
            }
            let writer = self.node_of(author).filter(|writer| self.is_honest(*writer));
            if let (Some(first), Some(node)) = (rival, writer) {
                let first = self.vertices.record(first).id;
                self.report(Violation::TwoEvents { node, first, second: event });
            }
            if let Some(first) = rival {
                self.lane_forks.entry((author, first)).or_insert_with(|| vec![first]).push(number);
            }
        }
        number
    }

    fn shelve(&mut self, node: NodeId, number: VertexNumber, id: &EventId) {
        let state = &mut self.nodes[node.0];
        let stake = state.stake;
        if !state.on_disk.add(number, id) || stake == 0 {
            return;
        }
        let entry = self.vertices.record_mut(number);
        entry.holders += stake;
        let (holders, covered) = (entry.holders, entry.covered);
        let Some(author) = entry.author else { return };
        if holders == self.honest && covered.is_none() && self.is_honest_address(author) {
            self.inclusion.ripe(number, self.votes.greatest);
        }
    }

    /// A milestone that no honest disk has held before.
    fn milestone(&mut self, node: NodeId, milestone: &VerifiedMilestone, replica: Option<&Replica>) {
        let (height, id) = (milestone.height(), milestone.id().event_id());
        if let Some(link) = self.chain.get(&height.0) {
            let first = link.id;
            self.forks.insert(height.0);
            return self.report(Violation::TwoMilestones { node, height, first, id });
        }
        self.models.follow(height.0, replica);
        if let Err(flaw) = self.link(milestone) {
            self.report(Violation::Cut { node, height, id, flaw });
        }
    }

    /// The first milestone of its height: covers what it covers.
    fn link(&mut self, milestone: &VerifiedMilestone) -> Result<(), CutFlaw> {
        let (height, id) = (milestone.height().0, milestone.id().event_id());
        let proposal = milestone.proposal();
        let below = height.checked_sub(1).and_then(|below| self.chain.get(&below)).map(|link| link.id);
        self.chain.insert(height, ChainLink { id, newly: Vec::new() });
        if let Some(number) = self.vertices.find(&id) {
            self.vertices.record_mut(number).covered = Some(height);
        }
        if below != Some(proposal.previous.event_id()) {
            return Err(CutFlaw::NotAfter { previous: below.unwrap_or(id) });
        }
        let newly = cut::newly_covered(proposal, &self.vertices)?;
        let follows = self.models.at(height + 1).committee_digest();
        let valid = cut::judge(proposal, &newly, &self.vertices, (self.models.at(height), follows));
        for number in &newly {
            self.vertices.record_mut(*number).covered = Some(height);
        }
        self.include(milestone, &newly);
        self.chain.insert(height, ChainLink { id, newly });
        self.offers = self.offers.split_off(&(height, ProposalId::NONE));
        valid
    }

    fn include(&mut self, milestone: &VerifiedMilestone, newly: &[VertexNumber]) {
        let weight = cut::weight(newly, &self.vertices);
        let model = self.models.at(milestone.height().0);
        let could = inclusion::could_include(milestone, weight, model, |address| self.is_honest_address(address));
        let left_out = self.inclusion.covered(milestone.height().0, could, &self.vertices, model.faults());
        for (event, heights) in left_out {
            let event = self.vertices.record(event).id;
            self.report(Violation::LeftOut { event, heights });
        }
    }
}

/// What nodes say.
impl Oracle {
    /// A node has applied a milestone, which is on its disk.
    pub(crate) fn applied(&mut self, node: NodeId, height: Height, id: EventId) {
        if !self.is_honest(node) {
            return;
        }
        let first = self.chain.entry(height.0).or_insert(ChainLink { id, newly: Vec::new() }).id;
        if first != id {
            self.forks.insert(height.0);
            return self.report(Violation::TwoMilestones { node, height, first, id });
        }
        let state = &mut self.nodes[node.0];
        state.wants_look = height.0.is_multiple_of(LOOK_EVERY);
        state.lost_until = state.lost_until.filter(|until| *until > height.0);
        self.became_final(node, height);
        self.begin(height.next());
    }

    /// A vertex is part of what the node shows now.
    pub(crate) fn admitted(&mut self, node: NodeId, id: &EventId) {
        if let Some(state) = self.nodes.get_mut(node.0) {
            state.admitted.add(id);
        }
    }

    /// A node's replica sends a message of agreement. Of a liar's it is not known yet whether it leaves.
    pub(crate) fn said(&mut self, node: NodeId, message: &AgreementMessage) {
        if !self.is_honest(node) {
            return;
        }
        let me = self.nodes[node.0].address;
        self.offered(message);
        for signed in votes::votes_of(message) {
            if signed.signer == me {
                self.votes.greatest = self.votes.greatest.max(signed.vote.height.0);
                self.promised(node, signed);
            }
            self.note(signed);
        }
        self.overhear_certificates(message);
    }

    /// A message leaves somebody who plays by rules of its own.
    pub(crate) fn overheard(&mut self, message: &AgreementMessage) {
        self.offered(message);
        for signed in votes::votes_of(message) {
            self.note(signed);
        }
        self.overhear_certificates(message);
    }

    fn overhear_certificates(&mut self, message: &AgreementMessage) {
        if self.has_adversaries {
            for certificate in votes::certificates_of(message) {
                self.votes.note_certificate(certificate, &self.model);
            }
        }
    }

    fn note(&mut self, signed: &SignedVote) {
        let Some(first) = self.votes.note(signed, &self.model) else {
            return;
        };
        if let Some(node) = self.node_of(signed.signer).filter(|node| self.is_honest(*node)) {
            let (height, view, second) = (signed.vote.height, signed.vote.view.0, signed.vote.kind);
            self.report(Violation::TwoVotes { node, height, view, first, second });
        }
    }

    /// A node has learnt that a key signed what an honest key never signs.
    pub(crate) fn accused(&mut self, node: NodeId, culprit: Address) {
        if self.is_honest(node) && self.is_honest_address(culprit) {
            self.report(Violation::Accused { node, culprit });
        }
    }
}
