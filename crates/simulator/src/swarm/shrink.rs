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
    let mut search = Search::new(case, failure, runs, Case::run);
    search.deeds();
    search.calm();
    search.deeds();
    search.done()
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
