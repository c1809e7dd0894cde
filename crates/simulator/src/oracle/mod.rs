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

pub use self::certificate::CertificateFlaw;
use self::certificate::Certificates;
pub use self::cut::CutFlaw;
use self::digests::Digests;
use self::inclusion::Inclusion;
use self::models_by_height::Laws;
use self::reference_model::Law;
use self::vertex_table::{Book, Number, Shelf, Sum};
pub use self::violation::Violation;
use self::votes::Votes;
use crate::committee_source::Committees;
use crate::world::Node;

/// Beyond these many violations there is nothing new to learn.
const VIOLATIONS: usize = 256;
/// A node is looked at each time it has applied so many milestones.
const LOOK_EVERY: u64 = 16;

/// One node, as the oracle knows it.
struct Watched {
    address: Address,
    stake: u128,
    is_honest: bool,
    /// What lies on its disk.
    shelf: Shelf,
    /// How much of its disk was read.
    read: usize,
    /// What it admitted in this life.
    admitted: Sum,
    acknowledged: BTreeSet<Number>,
    /// The height that it must reach until a disk that it lost is as good as new.
    lost_until: Option<u64>,
    /// What its vote log held when it last lost its store.
    log_at_loss: Vec<u8>,
    wants_look: bool,
}

/// The milestone of a height that was seen first.
struct Link {
    id: EventId,
    /// What it newly covers, until somebody has applied it.
    newly: Vec<Number>,
}

/// All that was seen so far.
pub(crate) struct Oracle {
    laws: Laws,
    /// That of the committee whose stakes are counted now, and which of all laws it is.
    law: Law,
    reign: usize,
    book: Book,
    nodes: Vec<Watched>,
    places: BTreeMap<Address, Node>,
    /// The stake of those who keep to the rules.
    honest: u128,
    someone_lies: bool,
    chain: BTreeMap<u64, Link>,
    /// Heights with two milestones.
    forks: BTreeSet<u64>,
    certificates: Certificates,
    votes: Votes,
    /// Who continued a lane twice, by the first event of the place: all its events.
    lane_forks: BTreeMap<(Address, Number), Vec<Number>>,
    /// The heads of what was proposed above the last milestone.
    offers: BTreeMap<(u64, ProposalId), Vec<EventId>>,
    inclusion: Inclusion,
    digests: Digests,
    violations: Vec<Violation>,
}

impl Oracle {
    /// Nothing has happened; `nodes` run replicas, in this order, and are honest.
    pub(crate) fn new(genesis: &Genesis, rule: Committees, nodes: impl IntoIterator<Item = Address>) -> Self {
        let law = Law::new(genesis);
        let root = EventId::new(law.network);
        let watched = |address| {
            let mut shelf = Shelf::default();
            shelf.add(Number::GENESIS, &root);
            Watched {
                address,
                stake: law.stakes.get(&address).copied().unwrap_or_default(),
                is_honest: true,
                admitted: shelf.sum(),
                shelf,
                read: 0,
                acknowledged: BTreeSet::new(),
                lost_until: None,
                log_at_loss: Vec::new(),
                wants_look: false,
            }
        };
        let nodes: Vec<Watched> = nodes.into_iter().map(watched).collect();
        Self {
            places: nodes.iter().enumerate().map(|(place, watched)| (watched.address, Node(place))).collect(),
            honest: nodes.iter().map(|watched| watched.stake).sum(),
            someone_lies: false,
            nodes,
            book: Book::new(root),
            chain: BTreeMap::from([(0, Link { id: root, newly: Vec::new() })]),
            forks: BTreeSet::new(),
            certificates: Certificates::default(),
            votes: Votes::default(),
            lane_forks: BTreeMap::new(),
            offers: BTreeMap::new(),
            inclusion: Inclusion::default(),
            digests: Digests::default(),
            violations: Vec::new(),
            laws: Laws::new(law.clone(), rule),
            law,
            reign: 0,
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
    pub(crate) fn corrupted(&mut self, node: Node) {
        if !self.is_honest(node) {
            return;
        }
        let watched = &mut self.nodes[node.0];
        watched.is_honest = false;
        self.someone_lies = true;
        self.honest -= watched.stake;
        for number in watched.shelf.numbers() {
            self.book.entry_mut(number).holders -= held(number, watched.stake);
        }
    }

    pub(crate) fn is_honest(&self, node: Node) -> bool {
        self.nodes.get(node.0).is_some_and(|watched| watched.is_honest)
    }

    fn node_of(&self, address: Address) -> Option<Node> {
        self.places.get(&address).copied()
    }

    /// Whether it is the address of a node that runs a replica and keeps to the rules.
    fn is_honest_address(&self, address: Address) -> bool {
        self.node_of(address).is_some_and(|node| self.is_honest(node))
    }
}

/// The genesis lies on no disk.
const fn held(number: Number, stake: u128) -> u128 {
    if number.0 == 0 { 0 } else { stake }
}

/// What reaches disks.
impl Oracle {
    /// A node's disk holds all of this now, and its replica has applied what of it are milestones.
    pub(crate) fn stored(&mut self, node: Node, disk: &[VerifiedVertex], replica: Option<&Replica>) {
        if !self.is_honest(node) {
            return;
        }
        let read = std::mem::replace(&mut self.nodes[node.0].read, disk.len());
        for vertex in disk.get(read..).unwrap_or_default() {
            self.keep(node, vertex, replica);
        }
    }

    fn keep(&mut self, node: Node, vertex: &VerifiedVertex, replica: Option<&Replica>) {
        let id = vertex.id();
        let known = self.book.find(&id);
        let number = known.unwrap_or_else(|| self.meet(node, vertex));
        for parent in vertex.parents() {
            let found = self.book.find(&parent);
            if !found.is_some_and(|parent| self.nodes[node.0].shelf.holds(parent)) {
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
    fn meet(&mut self, node: Node, vertex: &VerifiedVertex) -> Number {
        let (number, rival) = self.book.add(vertex);
        if let VerifiedVertex::Event(event) = vertex {
            let (event, author) = (event.id(), event.body().author);
            if !self.law.is_event(vertex.bytes(), event, author) {
                self.report(Violation::Forged { node, event });
            }
            let writer = self.node_of(author).filter(|writer| self.is_honest(*writer));
            if let (Some(first), Some(node)) = (rival, writer) {
                let first = self.book.entry(first).id;
                self.report(Violation::TwoEvents { node, first, second: event });
            }
            if let Some(first) = rival {
                self.lane_forks.entry((author, first)).or_insert_with(|| vec![first]).push(number);
            }
        }
        number
    }

    fn shelve(&mut self, node: Node, number: Number, id: &EventId) {
        let watched = &mut self.nodes[node.0];
        let stake = watched.stake;
        if !watched.shelf.add(number, id) || stake == 0 {
            return;
        }
        let entry = self.book.entry_mut(number);
        entry.holders += stake;
        let (holders, covered) = (entry.holders, entry.covered);
        let Some(author) = entry.author else { return };
        if holders == self.honest && covered.is_none() && self.is_honest_address(author) {
            self.inclusion.ripe(number, self.votes.greatest);
        }
    }

    /// A milestone that no honest disk has held before.
    fn milestone(&mut self, node: Node, milestone: &VerifiedMilestone, replica: Option<&Replica>) {
        let (height, id) = (milestone.height(), milestone.id().event_id());
        if let Some(link) = self.chain.get(&height.0) {
            let first = link.id;
            self.forks.insert(height.0);
            return self.report(Violation::TwoMilestones { node, height, first, id });
        }
        self.laws.follow(height.0, replica);
        if let Err(flaw) = self.link(milestone) {
            self.report(Violation::Cut { node, height, id, flaw });
        }
    }

    /// The first milestone of its height: covers what it covers.
    fn link(&mut self, milestone: &VerifiedMilestone) -> Result<(), CutFlaw> {
        let (height, id) = (milestone.height().0, milestone.id().event_id());
        let proposal = milestone.proposal();
        let below = height.checked_sub(1).and_then(|below| self.chain.get(&below)).map(|link| link.id);
        self.chain.insert(height, Link { id, newly: Vec::new() });
        if let Some(number) = self.book.find(&id) {
            self.book.entry_mut(number).covered = Some(height);
        }
        if below != Some(proposal.previous.event_id()) {
            return Err(CutFlaw::NotAfter { previous: below.unwrap_or(id) });
        }
        let newly = cut::newly_covered(proposal, &self.book)?;
        let follows = self.laws.at(height + 1).committee_digest();
        let lawful = cut::judge(proposal, &newly, &self.book, (self.laws.at(height), follows));
        for number in &newly {
            self.book.entry_mut(*number).covered = Some(height);
        }
        self.include(milestone, &newly);
        self.chain.insert(height, Link { id, newly });
        self.offers = self.offers.split_off(&(height, ProposalId::NONE));
        lawful
    }

    fn include(&mut self, milestone: &VerifiedMilestone, newly: &[Number]) {
        let weight = cut::weight(newly, &self.book);
        let law = self.laws.at(milestone.height().0);
        let could = inclusion::could_include(milestone, weight, law, |address| self.is_honest_address(address));
        let left_out = self.inclusion.covered(milestone.height().0, could, &self.book, law.faults());
        for (event, heights) in left_out {
            let event = self.book.entry(event).id;
            self.report(Violation::LeftOut { event, heights });
        }
    }
}

/// What nodes say.
impl Oracle {
    /// A node has applied a milestone, which is on its disk.
    pub(crate) fn applied(&mut self, node: Node, height: Height, id: EventId) {
        if !self.is_honest(node) {
            return;
        }
        let first = self.chain.entry(height.0).or_insert(Link { id, newly: Vec::new() }).id;
        if first != id {
            self.forks.insert(height.0);
            return self.report(Violation::TwoMilestones { node, height, first, id });
        }
        let watched = &mut self.nodes[node.0];
        watched.wants_look = height.0.is_multiple_of(LOOK_EVERY);
        watched.lost_until = watched.lost_until.filter(|until| *until > height.0);
        self.became_final(node, height);
        self.begin(height.next());
    }

    /// A vertex is part of what the node shows now.
    pub(crate) fn admitted(&mut self, node: Node, id: &EventId) {
        if let Some(watched) = self.nodes.get_mut(node.0) {
            watched.admitted.add(id);
        }
    }

    /// A node's replica sends a message of agreement. Of a liar's it is not known yet whether it leaves.
    pub(crate) fn said(&mut self, node: Node, message: &AgreementMessage) {
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
        if self.someone_lies {
            for certificate in votes::certificates_of(message) {
                self.votes.note_certificate(certificate, &self.law);
            }
        }
    }

    fn note(&mut self, signed: &SignedVote) {
        let Some(first) = self.votes.note(signed, &self.law) else {
            return;
        };
        if let Some(node) = self.node_of(signed.signer).filter(|node| self.is_honest(*node)) {
            let (height, view, second) = (signed.vote.height, signed.vote.view.0, signed.vote.kind);
            self.report(Violation::TwoVotes { node, height, view, first, second });
        }
    }

    /// A node has learnt that a key signed what an honest key never signs.
    pub(crate) fn accused(&mut self, node: Node, culprit: Address) {
        if self.is_honest(node) && self.is_honest_address(culprit) {
            self.report(Violation::Accused { node, culprit });
        }
    }
}
