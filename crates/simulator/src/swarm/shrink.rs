//! Shrinking: leaves out the parts of a case that its failure does not need.

use quorate_event::Stake;

use super::case::SwarmCase;
use super::report::{RunFailure, RunReport};
use crate::disk::DiskModel;
use crate::network::LinkModel;

/// A smaller case with the same failure.
#[derive(Debug, Clone)]
pub struct Shrunk<C = SwarmCase> {
    /// The remaining case.
    pub case: C,
    /// Its failure.
    pub failure: RunFailure,
    /// Number of runs spent.
    pub runs: usize,
}

/// Leaves out as much as possible so that the same invariant still breaks (delta debugging: Zeller and Hildebrandt, 2002), in
/// at most `runs` runs.
pub fn shrink(case: &SwarmCase, failure: RunFailure, runs: usize) -> Shrunk {
    Shrinker::new(case, failure, runs, SwarmCase::run).least()
}

/// A search for the smallest case that breaks the same invariant.
pub(crate) struct Shrinker<C> {
    best: C,
    failure: RunFailure,
    invariant: String,
    runs: usize,
    most: usize,
    run: fn(&C) -> RunReport,
}

impl<C: Clone + Eq> Shrinker<C> {
    pub(crate) fn new(case: &C, failure: RunFailure, most: usize, run: fn(&C) -> RunReport) -> Self {
        Self { best: case.clone(), invariant: failure.invariant(), failure, runs: 0, most, run }
    }

    /// The smallest case so far.
    pub(crate) const fn best(&self) -> &C {
        &self.best
    }

    pub(crate) fn done(self) -> Shrunk<C> {
        Shrunk { case: self.best, failure: self.failure, runs: self.runs }
    }

    /// Accepts a smaller case if it breaks the same invariant.
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

impl Shrinker<SwarmCase> {
    fn least(mut self) -> Shrunk {
        self.faults();
        self.simplify();
        self.faults();
        self.done()
    }

    /// Only cases that the protocol must tolerate count.
    fn attempt_tolerable(&mut self, case: SwarmCase) -> bool {
        case.is_tolerable() && self.attempt(case)
    }

    /// Leaves out deeds, half of them at first, then ever fewer at a time.
    fn faults(&mut self) {
        let mut size = self.best.faults.len().div_ceil(2);
        while size > 0 {
            let mut at = 0;
            while at < self.best.faults.len() {
                let mut case = self.best.clone();
                case.faults.drain(at..(at + size).min(case.faults.len()));
                if !self.attempt_tolerable(case) {
                    at += size;
                }
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }

    /// Makes links and disks fault-free, one property after the other.
    fn simplify(&mut self) {
        let (links, disks) = (LinkModel::default(), DiskModel::default());
        let simplifications: [&dyn Fn(&mut SwarmCase); 12] = [
            &|case| case.links.loss_per_mille = 0,
            &|case| case.links.repeat_per_mille = 0,
            &|case| case.links.corrupt_per_mille = 0,
            &|case| case.links.jitter = links.jitter,
            &|case| case.links.bandwidth = None,
            &|case| case.links.in_order = true,
            &|case| case.links.latency = links.latency.clone(),
            &|case| case.disks = disks.clone(),
            &|case| case.absent.clear(),
            &|case| case.adversaries.clear(),
            &|case| case.stakes.fill(Stake(100)),
            &|case| case.chaos = case.faults.last().map_or(case.chaos, |last| last.at),
        ];
        for simplify in simplifications {
            let mut case = self.best.clone();
            simplify(&mut case);
            self.attempt_tolerable(case);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fault::{Fault, ScheduledFault};
    use crate::node_id::NodeId;
    use crate::swarm::SwarmProfile;

    const NEEDED: [Fault; 2] = [Fault::Pause(NodeId(1)), Fault::Crash(NodeId(2))];

    fn failed(what: &'static str) -> RunFailure {
        RunFailure::Stuck { what, within: Duration::ZERO, state: String::new() }
    }

    /// Fails where both deeds are done and messages are lost; otherwise in another way, if at all.
    fn run(case: &SwarmCase) -> RunReport {
        let done = |fault: &Fault| case.faults.iter().any(|scheduled| scheduled.fault == *fault);
        let failure = match (NEEDED.iter().filter(|fault| done(fault)).count(), case.links.loss_per_mille > 0) {
            (2, true) => Some(failed("both")),
            (1, true) => Some(RunFailure::Panicked { message: String::new() }),
            _ => None,
        };
        let (height, elapsed) = (quorate_event::Height(0), Duration::ZERO);
        RunReport {
            trace: quorate_event::Digest::new([0; 32]),
            failure,
            height,
            elapsed,
            event_count: 0,
            coverage: Default::default(),
        }
    }

    /// A case of many deeds, of which two matter.
    fn case() -> SwarmCase {
        let mut case = SwarmCase::generate(SwarmProfile::Full, 5);
        case.links.loss_per_mille = 7;
        let others = (0..40).map(|node| Fault::Resume(NodeId(node % 7)));
        let mut faults: Vec<Fault> = others.collect();
        faults.insert(3, NEEDED[0].clone());
        faults.insert(30, NEEDED[1].clone());
        let scheduled = (0..).zip(faults).map(|(at, fault)| ScheduledFault { at: Duration::from_millis(at), fault });
        case.faults = scheduled.collect();
        case
    }

    #[test]
    fn what_a_failure_needs_is_left_and_nothing_else() {
        let shrunk = Shrinker::new(&case(), failed("both"), 1_000, run).least();
        assert_eq!(shrunk.failure, failed("both"));
        let left: Vec<&Fault> = shrunk.case.faults.iter().map(|scheduled| &scheduled.fault).collect();
        assert_eq!(left, [&NEEDED[0], &NEEDED[1]]);
        assert_eq!(shrunk.case.links, LinkModel { loss_per_mille: 7, in_order: true, ..LinkModel::default() });
        assert_eq!(shrunk.case.disks, DiskModel::default());
        assert!(shrunk.case.absent.is_empty() && shrunk.case.adversaries.is_empty());
        assert!(shrunk.runs < 100, "{} runs", shrunk.runs);
    }

    #[test]
    fn no_more_runs_are_spent_than_were_granted() {
        let shrunk = Shrinker::new(&case(), failed("both"), 5, run).least();
        assert_eq!(shrunk.runs, 5);
        assert!(run(&shrunk.case).failure.is_some());
    }
}
