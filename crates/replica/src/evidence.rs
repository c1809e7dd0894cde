//! The evidence pool: pairs of votes that exclude each other, with the events that report them.
//!
//! All evidence stays in the graph, as events. The pool is an index with a bound: any author may report any number of pairs
//! against its own key, and against keys that it invents.

use std::collections::BTreeMap;

use quorate_event::{Address, EventId, Evidence, NetworkId};

use crate::validation::committees::Committees;

/// Pairs that are kept against one key. One is a proof; the others show whether the offence was repeated.
const PAIRS: usize = 8;

/// Keys outside all committees against which evidence is kept: they cannot vote, so that honest members report none.
const STRANGERS: usize = 64;

/// Reporters of one pair outside all committees, at most.
const STRANGE_REPORTERS: usize = 8;

/// Offences of one key that lie fewer heights apart are kept once.
const OFFENCES_APART: u64 = 1_000;

/// An event that carries evidence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reporter {
    pub(crate) author: Address,
    pub(crate) event: EventId,
}

/// Votes that exclude each other, and the events that report them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedEvidence {
    /// The two votes.
    pub evidence: Evidence,
    /// The events that carry them, one of each author, in the order in which they were admitted.
    pub reported_in: Vec<EventId>,
}

/// A pair and its reporters.
#[derive(Debug)]
struct ReportedPair {
    reported: ReportedEvidence,
    /// The authors of the events that report it.
    reporters: Vec<Address>,
}

/// The kept pairs, by the key that signed them.
#[derive(Debug, Default)]
pub(crate) struct EvidencePool(BTreeMap<Address, Vec<ReportedPair>>);

impl ReportedPair {
    /// Whether all events that report it are void.
    fn is_idle(&self, is_void: &impl Fn(EventId) -> bool) -> bool {
        self.reported.reported_in.iter().all(|event| is_void(*event))
    }

    /// One event for each author is enough: members are few.
    fn add(&mut self, reporter: Reporter, committees: &Committees) {
        let strangers = || self.reporters.iter().filter(|other| !committees.ever_had(**other)).count();
        let has_room = committees.ever_had(reporter.author) || strangers() < STRANGE_REPORTERS;
        if has_room && !self.reporters.contains(&reporter.author) {
            self.reporters.push(reporter.author);
            self.reported.reported_in.push(reporter.event);
        }
    }
}

impl EvidencePool {
    /// The kept pairs by key, and of one key in the order in which they were reported.
    pub(crate) fn all(&self) -> impl Iterator<Item = &ReportedEvidence> {
        self.0.values().flatten().map(|pair| &pair.reported)
    }

    /// Whether more against this key adds nothing: there is a pair from about the same height, or as many as are kept.
    pub(crate) fn is_closed(&self, evidence: &Evidence, is_void: impl Fn(EventId) -> bool) -> bool {
        let [found, _] = evidence.votes();
        let Some(pairs) = self.0.get(&found.signer) else { return false };
        let mut counted = pairs.iter().filter(|pair| !pair.is_idle(&is_void));
        let is_near = |pair: &ReportedPair| {
            let [known, _] = pair.reported.evidence.votes();
            known.vote.height.0.abs_diff(found.vote.height.0) < OFFENCES_APART
        };
        counted.clone().count() >= PAIRS || counted.any(is_near)
    }

    /// Takes in evidence that an event carries: it is kept if it verifies and there is room. Returns the key of a new pair.
    pub(crate) fn learn(
        &mut self,
        evidence: &Evidence,
        reporter: Reporter,
        network: NetworkId,
        committees: &Committees,
        is_void: impl Fn(EventId) -> bool,
    ) -> Option<Address> {
        if self.report_again(evidence, reporter, committees) {
            return None;
        }
        let [found, _] = evidence.votes();
        let place = self.place(found.signer, committees, is_void)?;
        let culprit = evidence.verify(network).ok()?;
        self.keep(place, evidence, reporter);
        Some(culprit)
    }

    /// Adds a reporter to a pair that is kept, and returns whether it is.
    fn report_again(&mut self, evidence: &Evidence, reporter: Reporter, committees: &Committees) -> bool {
        let [found, _] = evidence.votes();
        let pairs = self.0.get_mut(&found.signer).map(Vec::as_mut_slice).unwrap_or_default();
        let known = pairs.iter_mut().find(|pair| pair.reported.evidence == *evidence);
        known.map(|pair| pair.add(reporter, committees)).is_some()
    }

    /// The place for one more pair against a key. There is always one for a member, until all of its pairs are taken; a pair
    /// of which all reports are void gives way.
    fn place(&self, culprit: Address, committees: &Committees, is_void: impl Fn(EventId) -> bool) -> Option<usize> {
        let Some(pairs) = self.0.get(&culprit) else {
            let strangers = || self.0.keys().filter(|key| !committees.ever_had(**key)).count();
            return (committees.ever_had(culprit) || strangers() < STRANGERS).then_some(0);
        };
        let free = (pairs.len() < PAIRS).then_some(pairs.len());
        free.or_else(|| pairs.iter().position(|pair| pair.is_idle(&is_void)))
    }

    /// Keeps a verified pair at its place.
    fn keep(&mut self, place: usize, evidence: &Evidence, reporter: Reporter) {
        let [found, _] = evidence.votes();
        let reported = ReportedEvidence { evidence: evidence.clone(), reported_in: vec![reporter.event] };
        let pair = ReportedPair { reported, reporters: vec![reporter.author] };
        let pairs = self.0.entry(found.signer).or_default();
        match pairs.get_mut(place) {
            Some(idle) => *idle = pair,
            None => pairs.push(pair),
        }
    }
}
