//! Shrinking of a failing scenario.

use super::scenario::{TwinKind, TwinsScenario};
use crate::round_rules::RoundRule;
use crate::swarm::{RunFailure, Shrinker, Shrunk};

impl TwinsScenario {
    /// Leaves out rounds from the end, makes the second machine plain and rounds fault-free, as long as the same invariant breaks,
    /// in at most `runs` runs.
    pub fn shrink(&self, failure: RunFailure, runs: usize) -> Shrunk<Self> {
        let mut search = Shrinker::new(self, failure, runs, Self::run);
        while search.best().rounds.len() > 1 {
            let mut fewer = search.best().clone();
            fewer.rounds.pop();
            if !search.attempt(fewer) {
                break;
            }
        }
        search.attempt(Self { second: TwinKind::Plain, ..search.best().clone() });
        for view in 0..search.best().rounds.len() {
            let mut simpler = search.best().clone();
            simpler.rounds[view] = RoundRule::FaultFree;
            search.attempt(simpler);
        }
        search.done()
    }
}
