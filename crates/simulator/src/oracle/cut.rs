//! I2: a milestone covers the whole past of its heads, more than the milestone before it, and only events of authors that may
//! write; the roots in it are those that follow from the cut.
//!
//! Closure is checked upon each vertex that reaches an honest disk: a disk that never holds a vertex before its parents is closed.
//! The rest is checked upon the first sight of a milestone. Cost: a lookup per parent; a walk over the newly covered events and
//! three keccaks for each, once per milestone regardless of the number of nodes. `documents_root` is not recomputed here: it is
//! compared between nodes (I5) and with rebuilt replicas (I6).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use quorate_event::{Address, EventId, Proposal, keccak256};

use super::reference_model::{ProtocolModel, merkle};
use super::vertex_table::{VertexNumber, VertexTable};

/// Why a cut is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CutFlaw {
    /// It does not follow the milestone before it, or covers nothing new.
    #[error("it does not follow {previous:?}")]
    NotAfter {
        /// The milestone that it should follow.
        previous: EventId,
    },
    /// A head is unknown, covered already, a milestone, out of order, or in the past of another.
    #[error("{head:?} cannot be a head of it")]
    Head {
        /// The head.
        head: EventId,
    },
    /// It covers an event of an author that may not write.
    #[error("it covers an event of {author:?}, who may not write")]
    Stranger {
        /// The author.
        author: Address,
    },
    /// It covers more than one milestone may.
    #[error("it covers {events} events of {bytes} bytes")]
    TooMuch {
        /// Number of events.
        events: u64,
        /// Their bytes.
        bytes: u64,
    },
    /// A root does not follow from the cut.
    #[error("its {which} is not what follows from the cut")]
    Root {
        /// The name of the root.
        which: &'static str,
    },
}

/// The vertices that a milestone newly covers, unordered.
pub(crate) fn newly_covered(proposal: &Proposal, vertices: &VertexTable) -> Result<Vec<VertexNumber>, CutFlaw> {
    let mut seen = BTreeSet::new();
    let mut open = Vec::new();
    let mut before = None;
    for head in &proposal.heads {
        let flaw = CutFlaw::Head { head: *head };
        let number = vertices.find(head).ok_or(flaw)?;
        let entry = vertices.record(number);
        if entry.covered.is_some() || entry.author.is_none() || before >= Some(head) {
            return Err(flaw);
        }
        before = Some(head);
        open.extend(&entry.parents);
        seen.insert(number);
    }
    let heads = seen.clone();
    while let Some(number) = open.pop() {
        let entry = vertices.record(number);
        if heads.contains(&number) || (entry.covered.is_none() && entry.author.is_none()) {
            return Err(CutFlaw::Head { head: entry.id });
        }
        if entry.covered.is_none() && seen.insert(number) {
            open.extend(&entry.parents);
        }
    }
    if seen.is_empty() {
        Err(CutFlaw::NotAfter { previous: proposal.previous.event_id() })
    } else {
        Ok(seen.into_iter().collect())
    }
}

/// Whether a cut is valid and its roots follow from it; `follows` is the digest of the next committee.
pub(crate) fn check(
    proposal: &Proposal,
    newly: &[VertexNumber],
    vertices: &VertexTable,
    (model, follows): (&ProtocolModel, [u8; 32]),
) -> Result<(), CutFlaw> {
    let authors = newly.iter().filter_map(|number| vertices.record(*number).author);
    if let Some(author) = authors.into_iter().find(|author| !model.may_write(*author)) {
        return Err(CutFlaw::Stranger { author });
    }
    let CutSize { events, bytes } = size(newly, vertices);
    if events > model.parameters.cut_events || bytes > model.parameters.cut_bytes {
        return Err(CutFlaw::TooMuch { events, bytes });
    }
    let ordered: Vec<Vec<u8>> = order(proposal, newly, vertices).iter().map(|id| id.as_bytes().to_vec()).collect();
    let empty = merkle(&[]);
    let roots = [
        ("events root", proposal.events_root, merkle(&ordered)),
        ("ledger root", proposal.ledger_root, empty),
        ("outbox root", proposal.outbox_root, empty),
        ("next committee", proposal.next_committee, follows),
    ];
    match roots.into_iter().find(|(_, named, found)| named.as_bytes() != found) {
        Some((which, ..)) => Err(CutFlaw::Root { which }),
        None => Ok(()),
    }
}

/// The size of a cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CutSize {
    pub(crate) events: u64,
    pub(crate) bytes: u64,
}

/// The size of a cut that newly covers these vertices.
pub(crate) fn size(newly: &[VertexNumber], vertices: &VertexTable) -> CutSize {
    let bytes = newly.iter().map(|number| vertices.record(*number).bytes as u64).sum();
    CutSize { events: newly.len() as u64, bytes }
}

/// The newly covered events in the milestone's order: among the events whose parents are placed, the one with the least
/// keccak256(seed ‖ id) comes next.
fn order(proposal: &Proposal, newly: &[VertexNumber], vertices: &VertexTable) -> Vec<EventId> {
    let heads: Vec<[u8; 32]> = proposal.heads.iter().map(|head| *head.as_bytes()).collect();
    let heads = keccak256(&[heads.as_flattened()]);
    let seed = keccak256(&[proposal.previous.as_bytes(), &proposal.height.0.to_be_bytes(), &heads]);
    let mut waits: BTreeMap<VertexNumber, usize> = newly.iter().map(|number| (*number, 0)).collect();
    let mut children = BTreeMap::<VertexNumber, Vec<VertexNumber>>::new();
    for number in newly {
        let parents = vertices.record(*number).parents.iter().filter(|parent| waits.contains_key(parent));
        let parents: Vec<VertexNumber> = parents.copied().collect();
        waits.insert(*number, parents.len());
        for parent in parents {
            children.entry(parent).or_default().push(*number);
        }
    }
    let rank = |number: VertexNumber| Reverse((keccak256(&[&seed, vertices.record(number).id.as_bytes()]), number));
    let mut free: BinaryHeap<_> = newly.iter().filter(|number| waits[number] == 0).map(|free| rank(*free)).collect();
    let mut ordered = Vec::with_capacity(newly.len());
    while let Some(Reverse((_, number))) = free.pop() {
        ordered.push(vertices.record(number).id);
        for child in children.remove(&number).unwrap_or_default() {
            let left = waits.entry(child).or_default();
            *left -= 1;
            if *left == 0 {
                free.push(rank(child));
            }
        }
    }
    ordered
}
