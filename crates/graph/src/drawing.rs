//! Graphs drawn as text, for tests: `a1; b1 <- a1; a2 <- a1,b1; M1 <- a2`.
//!
//! - `a2` is the event of seq 2 of author `a`, in lane 1; `a2'` is another one of the same place.
//! - Its first parent is the listed event of its own lane and seq below, or else the one without a prime, or M0.
//! - `M1` is the milestone of height 1 on the listed heads, after `M0`; it is applied as soon as it is inserted.
//! - Signatures are simulated, the time is the number of primes, and certificates are empty.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a drawing that cannot be read is a mistake in a test, and fails it"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_event::{
    Address, Certificate, Digest, EventBody, EventId, Height, KeyRing, Lane, Milestone, NetworkId, Payload, Proposal,
    SecretKey, Seq, SignedEvent, Timestamp, VerifiedMilestone, VerifiedVertex, View, Vote, VoteKind,
};

use crate::graph::Graph;
use crate::insertion::{Insertion, Origin};

/// The network of every drawing.
pub const NETWORK: NetworkId = NetworkId::new([0xd7; 32]);

/// The event of a simulated author. `salt` makes two branches differ that are otherwise equal.
pub fn event(author: u64, lane: Lane, seq: Seq, parents: Vec<EventId>, salt: Timestamp) -> VerifiedVertex {
    let key = SecretKey::simulated(author);
    let body = EventBody { author: key.address(), lane, seq, parents, time: salt, payload: Payload::MilestoneRequest };
    let event = SignedEvent::sign(body, NETWORK, &key).expect("a well-formed event");
    let event = event.verify(&mut KeyRing::default()).expect("its own key");
    VerifiedVertex::Event(event)
}

/// A milestone with an empty certificate; the heads may come in any order.
pub fn milestone(height: Height, previous: EventId, mut heads: Vec<EventId>) -> VerifiedVertex {
    heads.sort_unstable();
    let zero = Digest::new([0; 32]);
    let proposal = Proposal {
        height,
        previous: quorate_event::ProposalId::new(*previous.as_bytes()),
        heads,
        events_root: zero,
        documents_root: zero,
        ledger_root: zero,
        outbox_root: zero,
        next_committee: zero,
        time: Timestamp(height.0),
    };
    let certificate = Certificate {
        vote: Vote { kind: VoteKind::Commit, height, view: View(0), proposal: proposal.id(NETWORK) },
        signatures: Vec::new(),
    };
    let milestone = Milestone::new(proposal, certificate, NETWORK).expect("its own certificate");
    let bytes = milestone.to_bytes();
    VerifiedVertex::Milestone(VerifiedMilestone::from_store(&bytes, NETWORK).expect("its bytes"))
}

/// A graph whose vertices have names.
pub struct Drawing {
    /// The graph drawn.
    pub graph: Graph,
    vertices: BTreeMap<String, VerifiedVertex>,
    names: BTreeMap<EventId, String>,
}

/// Draws and inserts, in the order of the text.
///
/// # Panics
/// When the text is no drawing.
pub fn draw(text: &str) -> Drawing {
    let mut drawing = Drawing::blank();
    drawing.add(text);
    drawing
}

struct VertexName<'t> {
    letters: &'t str,
    number: u64,
    primes: usize,
}

fn parse(name: &str) -> VertexName<'_> {
    let plain = name.trim_end_matches('\'');
    let letters = plain.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = plain[letters.len()..].parse();
    VertexName {
        letters,
        number: number.unwrap_or_else(|_| panic!("{name:?} is no name of a vertex")),
        primes: name.len() - plain.len(),
    }
}

fn key_of(letters: &str) -> u64 {
    letters.bytes().fold(0, |seed, letter| seed * 256 + u64::from(letter))
}

impl Drawing {
    /// M0 alone.
    pub fn blank() -> Self {
        let genesis = NETWORK.event_id();
        Self {
            graph: Graph::new(genesis),
            vertices: BTreeMap::new(),
            names: BTreeMap::from([(genesis, "M0".to_owned())]),
        }
    }

    /// Draws more, and inserts it.
    ///
    /// # Panics
    /// When the text is no drawing, or a milestone does not follow the last one.
    pub fn add(&mut self, text: &str) {
        for statement in text.split(';').map(str::trim).filter(|s| !s.is_empty()) {
            let vertex = self.make(statement);
            self.insert(vertex);
        }
    }

    /// Makes the vertex of one statement and names it, without inserting it.
    ///
    /// # Panics
    /// When the text is no statement of a drawing.
    pub fn make(&mut self, statement: &str) -> VerifiedVertex {
        let (name, parents) = statement.split_once("<-").unwrap_or((statement, ""));
        let name = name.trim();
        let listed: Vec<&str> = parents.split(',').map(str::trim).filter(|parent| !parent.is_empty()).collect();
        let vertex = if name.starts_with('M') {
            let height = parse(name).number;
            let previous = self.id(&format!("M{}", height - 1));
            let heads = listed.iter().map(|head| self.id(head)).collect();
            milestone(Height(height), previous, heads)
        } else {
            self.make_event(&parse(name), &listed)
        };
        self.names.insert(vertex.id(), name.to_owned());
        self.vertices.insert(name.to_owned(), vertex.clone());
        vertex
    }

    fn make_event(&self, name: &VertexName<'_>, listed: &[&str]) -> VerifiedVertex {
        let precedes = |parent: &&&str| {
            let parent = parse(parent);
            parent.letters == name.letters && parent.number + 1 == name.number
        };
        let previous = match listed.iter().find(precedes) {
            Some(parent) => (*parent).to_owned(),
            None if name.number == 1 => "M0".to_owned(),
            None => format!("{}{}", name.letters, name.number - 1),
        };
        let others = listed.iter().filter(|parent| **parent != previous);
        let parents = std::iter::once(previous.as_str()).chain(others.copied());
        event(
            key_of(name.letters),
            Lane(1),
            Seq(name.number),
            parents.map(|parent| self.id(parent)).collect(),
            Timestamp(name.primes as u64),
        )
    }

    /// Inserts a vertex that a peer brings, and applies it if it is a milestone that follows the last one.
    ///
    /// # Panics
    /// When an admitted milestone does not follow the last one.
    pub fn insert(&mut self, vertex: VerifiedVertex) -> Insertion {
        let inserted = self.graph.insert(vertex, Origin::Peer(1), Duration::ZERO);
        if let Insertion::Ready { admitted, .. } = &inserted {
            for vertex in admitted {
                if let VerifiedVertex::Milestone(milestone) = vertex {
                    let id = milestone.id().event_id();
                    self.graph.apply_milestone(id).expect("the next milestone");
                }
            }
        }
        inserted
    }

    /// The vertex of this name.
    ///
    /// # Panics
    /// When nothing of this name was drawn.
    pub fn vertex(&self, name: &str) -> VerifiedVertex {
        self.vertices[name].clone()
    }

    /// The id of the vertex of this name.
    ///
    /// # Panics
    /// When nothing of this name was drawn.
    pub fn id(&self, name: &str) -> EventId {
        if name == "M0" {
            return NETWORK.event_id();
        }
        let vertex = self.vertices.get(name);
        vertex.unwrap_or_else(|| panic!("{name:?} was not drawn")).id()
    }

    /// The names of vertices, in the order given, separated by blanks.
    pub fn names(&self, ids: impl IntoIterator<Item = EventId>) -> String {
        let names = ids.into_iter().map(|id| {
            let name = self.names.get(&id).cloned();
            name.unwrap_or_else(|| format!("{id:?}"))
        });
        names.collect::<Vec<_>>().join(" ")
    }

    /// The names of vertices, sorted, separated by blanks.
    pub fn sorted_names(&self, ids: impl IntoIterator<Item = EventId>) -> String {
        let names = self.names(ids);
        let mut names: Vec<&str> = names.split(' ').collect();
        names.sort_unstable();
        names.join(" ")
    }

    /// The address of the author of these letters.
    pub fn author(letters: &str) -> Address {
        SecretKey::simulated(key_of(letters)).address()
    }
}
