//! The cases of all fuzz profiles: swarm cases and twins scenarios.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::case::{SwarmCase, SwarmProfile};
use super::report::{RunFailure, RunReport};
use super::shrink::{Shrunk, shrink};
use crate::twins::TwinsScenario;

/// A profile of `quorate-lab fuzz`: which case a seed stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FuzzProfile {
    /// Swarm runs.
    Swarm(SwarmProfile),
    /// Scenarios with a twin, by their numbers.
    Twins,
}

/// An unknown profile name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no profile `{0}`; say agreement, full or twins")]
pub struct UnknownProfile(String);

impl FromStr for FuzzProfile {
    type Err = UnknownProfile;

    fn from_str(word: &str) -> Result<Self, UnknownProfile> {
        Self::ALL.into_iter().find(|profile| profile.to_string() == word).ok_or_else(|| UnknownProfile(word.to_owned()))
    }
}

impl fmt::Display for FuzzProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Swarm(profile) => profile.fmt(f),
            Self::Twins => f.write_str("twins"),
        }
    }
}

impl FuzzProfile {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Swarm(SwarmProfile::Agreement), Self::Swarm(SwarmProfile::Full), Self::Twins];

    /// The common coverage marks that none of this many seeds reached, though one should have. Twins scenarios need reach none.
    pub fn missed_marks(self, seeds: u64, taken: &BTreeMap<&'static str, u64>) -> Vec<&'static str> {
        match self {
            Self::Swarm(profile) => profile.missed_marks(seeds, taken),
            Self::Twins => Vec::new(),
        }
    }

    /// The case of a seed.
    pub fn case(self, seed: u64) -> FuzzCase {
        match self {
            Self::Swarm(profile) => FuzzCase::Swarm(Box::new(SwarmCase::generate(profile, seed))),
            Self::Twins => FuzzCase::Twins(TwinsScenario::numbered(seed)),
        }
    }
}

/// A case of any profile: it can be run, and shrunk if it fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FuzzCase {
    /// A swarm run.
    Swarm(Box<SwarmCase>),
    /// A scenario with a twin.
    Twins(TwinsScenario),
}

impl fmt::Display for FuzzCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Swarm(case) => case.fmt(f),
            Self::Twins(scenario) => scenario.fmt(f),
        }
    }
}

impl FuzzCase {
    /// Runs it.
    pub fn run(&self) -> RunReport {
        match self {
            Self::Swarm(case) => case.run(),
            Self::Twins(scenario) => scenario.run(),
        }
    }

    /// The smallest case found in at most `runs` runs that breaks the same invariant.
    pub fn shrink(&self, failure: RunFailure, runs: usize) -> Shrunk<Self> {
        match self {
            Self::Swarm(case) => shrink(case, failure, runs).map(Box::new).map(Self::Swarm),
            Self::Twins(scenario) => scenario.shrink(failure, runs).map(Self::Twins),
        }
    }
}

impl<C> Shrunk<C> {
    fn map<D>(self, of: impl FnOnce(C) -> D) -> Shrunk<D> {
        Shrunk { case: of(self.case), failure: self.failure, runs: self.runs }
    }
}
