//! Votes that exclude each other, as events told of them: some against each key, and never without a bound.
//!
//! All of it stays in the graph. Here is what is looked up and listed; whoever may write can tell of any number of pairs
//! against itself, and against keys that it invents.

use std::collections::BTreeMap;

use quorate_event::{Address, EventId, Evidence};

use crate::reading::status::ReportedEvidence;
use crate::validation::committees::Committees;

/// Pairs that are kept against one key. One proves; the others show whether it happened again.
const PAIRS: usize = 8;

/// Keys that were never a member's against which something is kept: they cannot vote, so nobody honest tells of them.
const STRANGERS: usize = 64;

/// Who is no member and is remembered as having told of one pair, at most.
const STRANGE_TELLERS: usize = 8;

/// Offences of one key that lie fewer heights apart are written down once.
const OFFENCES_APART: u64 = 1_000;

/// An event that carries evidence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Teller {
    pub(crate) author: Address,
    pub(crate) event: EventId,
}

/// What is kept of one pair.
#[derive(Debug)]
struct Case {
    accusation: ReportedEvidence,
    /// The authors of the events that tell of it.
    tellers: Vec<Address>,
}

/// What is held against whom.
#[derive(Debug, Default)]
pub(crate) struct Cases(BTreeMap<Address, Vec<Case>>);

impl Case {
    /// Whether nobody tells of it whose event counts.
    fn is_idle(&self, is_void: &impl Fn(EventId) -> bool) -> bool {
        self.accusation.reported_in.iter().all(|event| is_void(*event))
    }

    /// One event for each author is enough: members are few.
    fn add(&mut self, teller: Teller, committees: &Committees) {
        let strangers = || self.tellers.iter().filter(|other| !committees.ever_had(**other)).count();
        let has_room = committees.ever_had(teller.author) || strangers() < STRANGE_TELLERS;
        if has_room && !self.tellers.contains(&teller.author) {
            self.tellers.push(teller.author);
            self.accusation.reported_in.push(teller.event);
        }
    }
}

impl Cases {
    /// Everything that is kept, by key, and of one key in the order in which it was told.
    pub(crate) fn all(&self) -> impl Iterator<Item = &ReportedEvidence> {
        self.0.values().flatten().map(|case| &case.accusation)
    }

    /// Whether more against this key adds nothing: there is a pair from about the same height, or as many as are kept.
    pub(crate) fn is_closed(&self, evidence: &Evidence, is_void: impl Fn(EventId) -> bool) -> bool {
        let [found, _] = evidence.votes();
        let Some(cases) = self.0.get(&found.signer) else { return false };
        let mut counted = cases.iter().filter(|case| !case.is_idle(&is_void));
        let is_near = |case: &Case| {
            let [known, _] = case.accusation.evidence.votes();
            known.vote.height.0.abs_diff(found.vote.height.0) < OFFENCES_APART
        };
        counted.clone().count() >= PAIRS || counted.any(is_near)
    }

    /// Notes who else tells of a pair that is kept. Whether it is.
    pub(crate) fn told_again(&mut self, evidence: &Evidence, teller: Teller, committees: &Committees) -> bool {
        let [found, _] = evidence.votes();
        let cases = self.0.get_mut(&found.signer).map(Vec::as_mut_slice).unwrap_or_default();
        let known = cases.iter_mut().find(|case| case.accusation.evidence == *evidence);
        known.map(|case| case.add(teller, committees)).is_some()
    }

    /// Where one more pair against a key has its place. A member always has some; when they are taken, a pair whose tellers
    /// are all void gives way.
    pub(crate) fn place(
        &self,
        culprit: Address,
        committees: &Committees,
        is_void: impl Fn(EventId) -> bool,
    ) -> Option<usize> {
        let Some(cases) = self.0.get(&culprit) else {
            let strangers = || self.0.keys().filter(|key| !committees.ever_had(**key)).count();
            return (committees.ever_had(culprit) || strangers() < STRANGERS).then_some(0);
        };
        let free = (cases.len() < PAIRS).then_some(cases.len());
        free.or_else(|| cases.iter().position(|case| case.is_idle(&is_void)))
    }

    /// Keeps a pair that proves itself at the place that it was given.
    pub(crate) fn keep(&mut self, place: usize, evidence: &Evidence, teller: Teller) {
        let [found, _] = evidence.votes();
        let accusation = ReportedEvidence { evidence: evidence.clone(), reported_in: vec![teller.event] };
        let case = Case { accusation, tellers: vec![teller.author] };
        let cases = self.0.entry(found.signer).or_default();
        match cases.get_mut(place) {
            Some(idle) => *idle = case,
            None => cases.push(case),
        }
    }
}
