//! Leaving out what a failure does not need.

use quorate_event::Stake;

use super::case::Case;
use super::report::Failure;
use crate::disk::Disks;
use crate::network::Links;

/// A case that fails with less.
#[derive(Debug, Clone)]
pub struct Shrunk {
    /// What is left.
    pub case: Case,
    /// How it fails.
    pub failure: Failure,
    /// How many runs that took.
    pub runs: usize,
}

/// Leaves out whatever can be left out so that the same invariant still breaks (delta debugging: Zeller and Hildebrandt,
/// 2002), in at most `runs` runs.
pub fn shrink(case: &Case, failure: Failure, runs: usize) -> Shrunk {
    let mut search = Search { best: case.clone(), invariant: failure.invariant(), failure, runs: 0, most: runs };
    search.deeds();
    search.calm();
    search.deeds();
    Shrunk { case: search.best, failure: search.failure, runs: search.runs }
}

struct Search {
    best: Case,
    failure: Failure,
    invariant: String,
    runs: usize,
    most: usize,
}

impl Search {
    /// Takes a smaller case if it fails alike, and not because it asks for too much.
    fn attempt(&mut self, case: Case) -> bool {
        if self.runs >= self.most || case == self.best || !case.is_bearable() {
            return false;
        }
        self.runs += 1;
        match case.run().failure {
            Some(failure) if failure.invariant() == self.invariant => {
                (self.best, self.failure) = (case, failure);
                true
            }
            _ => false,
        }
    }

    /// Leaves out deeds, half of them at first, then ever fewer at a time.
    fn deeds(&mut self) {
        let mut size = self.best.deeds.len().div_ceil(2);
        while size > 0 {
            let mut at = 0;
            while at < self.best.deeds.len() {
                let mut case = self.best.clone();
                case.deeds.drain(at..(at + size).min(case.deeds.len()));
                if !self.attempt(case) {
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
            self.attempt(case);
        }
    }
}
