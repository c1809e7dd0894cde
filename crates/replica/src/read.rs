//! What can be asked of a replica without changing it.

use std::collections::BTreeMap;

use quorate_agreement::Verifier;
use quorate_document::{DocumentsRoot, PointerError, Written};
use quorate_event::{Address, Digest, EventId, Evidence, Height, Lane, NetworkId, Seq, View};
use quorate_graph::Equivocation;
use serde_json::Value;

use crate::message::Doorkeeper;
use crate::past::{Final, Merged, PastIn};
use crate::replica::Replica;

/// How strongly a thing is agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// All that this replica holds.
    Merged,
    /// What the last milestone covers.
    Final,
}

/// Why writes are not becoming final.
#[derive(Debug, Clone, PartialEq)]
pub enum NotFinal {
    /// Nothing waits.
    NothingWaits,
    /// The network seals only on request.
    WaitsForSeal,
    /// Members with more than a third of the stake cannot be reached.
    NoQuorum {
        /// The stake of the members that can be reached, this one included.
        reachable: u128,
        /// The committee's stake.
        total: u128,
        /// Who cannot be reached.
        away: Vec<Address>,
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

/// A document at a level.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentAt {
    /// The last milestone when it was read.
    pub milestone: Height,
    /// keccak256 of the canonical JSON.
    pub digest: Digest,
    /// The JSON value.
    pub value: Value,
}

/// What the graph says of a vertex.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    /// One more than its deepest parent's.
    pub depth: u64,
    /// The first milestone that covers it.
    pub covered_at: Option<Height>,
    /// Whether its payload counts for nothing.
    pub void: bool,
}

impl Replica {
    /// Where this replica stands.
    pub fn status(&self) -> Status {
        let (height, milestone) = self.graph.last_milestone();
        let agreement = self.agreement.status();
        Status {
            network: self.network,
            address: self.address(),
            height,
            milestone,
            view: agreement.view,
            leader: agreement.leader,
            events: self.graph.len(),
            uncovered: self.graph.coverable(),
            waiting: self.graph.waiting().0,
            heads: self.graph.heads(),
            merged: self.digests(Level::Merged).root(),
            finalised: self.digests(Level::Final).root(),
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
            return NotFinal::NoQuorum { reachable: reachable.0, total: committee.total().0, away };
        }
        if self.backlog.waits_for_seal(&self.genesis.parameters) {
            return NotFinal::WaitsForSeal;
        }
        NotFinal::UnderWay
    }

    fn digests(&self, level: Level) -> DocumentsRoot {
        let (graph, past) = (&self.graph, PastIn(&self.graph));
        match level {
            Level::Merged => self.merged.derive(&self.documents, &Merged(graph), &past),
            Level::Final => self.finals.derive(&self.documents, &Final(graph), &past),
        }
    }

    /// The documents known at a level, ascending, with their digests; none for one too large to have a place in the root.
    pub fn documents(&self, level: Level) -> Vec<(String, Option<Digest>)> {
        let digests = self.digests(level);
        let known = self.documents.iter().filter(|(_, document)| match level {
            Level::Merged => document.known(&Merged(&self.graph)),
            Level::Final => document.known(&Final(&self.graph)),
        });
        known.map(|(name, _)| (name.to_owned(), digests.digest(name))).collect()
    }

    /// A document at a level, if it is known there.
    pub fn document(&self, name: &str, level: Level) -> Option<DocumentAt> {
        let document = self.documents.get(name)?;
        let (graph, past) = (&self.graph, PastIn(&self.graph));
        let (known, value) = match level {
            Level::Merged => (document.known(&Merged(graph)), document.value(&Merged(graph), &past)),
            Level::Final => (document.known(&Final(graph)), document.value(&Final(graph), &past)),
        };
        let digest = quorate_document::digest(&value);
        known.then_some(DocumentAt { milestone: graph.last_milestone().0, digest, value })
    }

    /// The concurrent values at a pointer of a document, the one that shows first.
    ///
    /// # Errors
    /// When `pointer` is not a JSON pointer (RFC 6901).
    pub fn conflicts(&self, name: &str, pointer: &str, level: Level) -> Result<Option<Vec<Written>>, PointerError> {
        let Some(document) = self.documents.get(name) else {
            return Ok(None);
        };
        let (graph, past) = (&self.graph, PastIn(&self.graph));
        match level {
            Level::Merged => document.conflicts(pointer, &Merged(graph), &past),
            Level::Final => document.conflicts(pointer, &Final(graph), &past),
        }
        .map(Some)
    }

    /// What the graph says of a vertex, if it is admitted.
    pub fn placement(&self, id: EventId) -> Option<Placement> {
        Some(Placement {
            depth: u64::from(self.graph.depth(id)?),
            covered_at: self.graph.covered_at(id),
            void: self.graph.is_void(id),
        })
    }

    /// Whether a vertex is admitted.
    pub fn holds(&self, id: EventId) -> bool {
        self.graph.contains(id)
    }

    /// The greatest sequence number of each lane among all that is held.
    pub fn clock(&self) -> BTreeMap<(Address, Lane), Seq> {
        self.graph.summary().clock().entries().collect()
    }

    /// Votes that exclude each other, by the same key.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// Events that exclude each other, by the same key.
    pub fn equivocations(&self) -> Vec<Equivocation> {
        self.graph.equivocations()
    }

    /// What checks vertices from outside, on any thread.
    pub fn doorkeeper(&self) -> Doorkeeper {
        self.door.clone()
    }

    /// What message checks on other threads need to know; changes with every milestone.
    pub fn verifier(&self) -> Verifier {
        self.agreement.verifier()
    }
}
