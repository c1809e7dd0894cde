//! Leaving out what a scenario that fails does not need.

use super::round_rule::Rule;
use super::scenario::{Scenario, Second};
use crate::swarm::{Failure, Search, Shrunk};

impl Scenario {
    /// Leaves out rounds from the end, hindrances, and the second machine's rashness, so that the same invariant still
    /// breaks, in at most `runs` runs.
    pub fn shrink(&self, failure: Failure, runs: usize) -> Shrunk<Self> {
        let mut search = Search::new(self, failure, runs, Self::run);
        while search.best().rounds.len() > 1 {
            let mut fewer = search.best().clone();
            fewer.rounds.pop();
            if !search.attempt(fewer) {
                break;
            }
        }
        search.attempt(Self { second: Second::Plain, ..search.best().clone() });
        for view in 0..search.best().rounds.len() {
            let mut calmer = search.best().clone();
            calmer.rounds[view] = Rule::Calm;
            search.attempt(calmer);
        }
        search.done()
    }
}
