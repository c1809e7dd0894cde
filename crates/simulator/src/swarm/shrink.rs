//! Leaving out what a failure does not need.

use quorate_event::Stake;

use super::case::Case;
use super::report::{Failure, Report};
use crate::disk::Disks;
use crate::network::Links;

/// A case that fails with less.
#[derive(Debug, Clone)]
pub struct Shrunk<C = Case> {
    /// What is left.
    pub case: C,
    /// How it fails.
    pub failure: Failure,
    /// How many runs that took.
    pub runs: usize,
}

/// Leaves out whatever can be left out so that the same invariant still breaks (delta debugging: Zeller and Hildebrandt,
/// 2002), in at most `runs` runs.
pub fn shrink(case: &Case, failure: Failure, runs: usize) -> Shrunk {
    Search::new(case, failure, runs, Case::run).least()
}

/// A search for the least that fails in the same way.
pub(crate) struct Search<C> {
    best: C,
    failure: Failure,
    invariant: String,
    runs: usize,
    most: usize,
    run: fn(&C) -> Report,
}

impl<C: Clone + Eq> Search<C> {
    pub(crate) fn new(case: &C, failure: Failure, most: usize, run: fn(&C) -> Report) -> Self {
        Self { best: case.clone(), invariant: failure.invariant(), failure, runs: 0, most, run }
    }

    /// The least so far.
    pub(crate) const fn best(&self) -> &C {
        &self.best
    }

    pub(crate) fn done(self) -> Shrunk<C> {
        Shrunk { case: self.best, failure: self.failure, runs: self.runs }
    }

    /// Takes a smaller case if it fails alike.
    pub(crate) fn attempt(&mut self, case: C) -> bool {
        if self.runs >= self.most || case == self.best {
            return false;
        }
        self.runs += 1;
        match (self.run)(&case).failure {
            Some(failure) if failure.invariant() == self.invariant => {
                (self.best, self.failure) = (case, failure);
                true
            }
            _ => false,
        }
    }
}

impl Search<Case> {
    fn least(mut self) -> Shrunk {
        self.deeds();
        self.calm();
        self.deeds();
        self.done()
    }

    /// A case that fails because it asks for too much is none.
    fn attempt_bearable(&mut self, case: Case) -> bool {
        case.is_bearable() && self.attempt(case)
    }

    /// Leaves out deeds, half of them at first, then ever fewer at a time.
    fn deeds(&mut self) {
        let mut size = self.best.deeds.len().div_ceil(2);
        while size > 0 {
            let mut at = 0;
            while at < self.best.deeds.len() {
                let mut case = self.best.clone();
                case.deeds.drain(at..(at + size).min(case.deeds.len()));
                if !self.attempt_bearable(case) {
                    at += size;
                }
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }

    /// Makes links and disks calm, one property after the other.
    fn calm(&mut self) {
        let (links, disks) = (Links::default(), Disks::default());
        let calmer: [&dyn Fn(&mut Case); 12] = [
            &|case| case.links.loss_per_mille = 0,
            &|case| case.links.repeat_per_mille = 0,
            &|case| case.links.corrupt_per_mille = 0,
            &|case| case.links.jitter = links.jitter,
            &|case| case.links.bandwidth = None,
            &|case| case.links.in_order = true,
            &|case| case.links.latency = links.latency.clone(),
            &|case| case.disks = disks.clone(),
            &|case| case.absent.clear(),
            &|case| case.liars.clear(),
            &|case| case.stakes.fill(Stake(100)),
            &|case| case.chaos = case.deeds.last().map_or(case.chaos, |last| last.at),
        ];
        for calm in calmer {
            let mut case = self.best.clone();
            calm(&mut case);
            self.attempt_bearable(case);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fault::{Deed, Planned};
    use crate::swarm::Profile;
    use crate::world::Node;

    const NEEDED: [Deed; 2] = [Deed::Pause(Node(1)), Deed::Crash(Node(2))];

    fn failed(what: &'static str) -> Failure {
        Failure::Stuck { what, within: Duration::ZERO, state: String::new() }
    }

    /// Fails where both deeds are done and messages are lost; otherwise in another way, if at all.
    fn run(case: &Case) -> Report {
        let done = |deed: &Deed| case.deeds.iter().any(|planned| planned.deed == *deed);
        let failure = match (NEEDED.iter().filter(|deed| done(deed)).count(), case.links.loss_per_mille > 0) {
            (2, true) => Some(failed("both")),
            (1, true) => Some(Failure::Panicked { message: String::new() }),
            _ => None,
        };
        let (height, elapsed) = (quorate_event::Height(0), Duration::ZERO);
        Report {
            trace: quorate_event::Digest::new([0; 32]),
            failure,
            height,
            elapsed,
            happened: 0,
            sometimes: Default::default(),
        }
    }

    /// A case of many deeds, of which two matter.
    fn case() -> Case {
        let mut case = Case::draw(Profile::Full, 5);
        case.links.loss_per_mille = 7;
        let others = (0..40).map(|node| Deed::Resume(Node(node % 7)));
        let mut deeds: Vec<Deed> = others.collect();
        deeds.insert(3, NEEDED[0].clone());
        deeds.insert(30, NEEDED[1].clone());
        let planned = (0..).zip(deeds).map(|(at, deed)| Planned { at: Duration::from_millis(at), deed });
        case.deeds = planned.collect();
        case
    }

    #[test]
    fn what_a_failure_needs_is_left_and_nothing_else() {
        let shrunk = Search::new(&case(), failed("both"), 1_000, run).least();
        assert_eq!(shrunk.failure, failed("both"));
        let left: Vec<&Deed> = shrunk.case.deeds.iter().map(|planned| &planned.deed).collect();
        assert_eq!(left, [&NEEDED[0], &NEEDED[1]]);
        assert_eq!(shrunk.case.links, Links { loss_per_mille: 7, in_order: true, ..Links::default() });
        assert_eq!(shrunk.case.disks, Disks::default());
        assert!(shrunk.case.absent.is_empty() && shrunk.case.liars.is_empty());
        assert!(shrunk.runs < 100, "{} runs", shrunk.runs);
    }

    #[test]
    fn no_more_runs_are_spent_than_were_granted() {
        let shrunk = Search::new(&case(), failed("both"), 5, run).least();
        assert_eq!(shrunk.runs, 5);
        assert!(run(&shrunk.case).failure.is_some());
    }
}
