//! What a seed is drawn into, of either kind.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::case::{Case, Profile};
use super::report::{Failure, Report};
use super::shrink::{Shrunk, shrink};
use crate::twins::Scenario;

/// A series of trials, one a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Series {
    /// Swarm runs.
    Swarm(Profile),
    /// Small scenarios with a twin, by their numbers.
    Twins,
}

/// Why a word is no series.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no profile `{0}`; say agreement, full or twins")]
pub struct UnknownSeries(String);

impl FromStr for Series {
    type Err = UnknownSeries;

    fn from_str(word: &str) -> Result<Self, UnknownSeries> {
        Self::ALL.into_iter().find(|series| series.to_string() == word).ok_or_else(|| UnknownSeries(word.to_owned()))
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Swarm(profile) => profile.fmt(f),
            Self::Twins => f.write_str("twins"),
        }
    }
}

impl Series {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Swarm(Profile::Agreement), Self::Swarm(Profile::Full), Self::Twins];

    /// The rare paths that none of so many seeds took, though one should have. Of small scenarios nothing is asked.
    pub fn untaken(self, seeds: u64, taken: &BTreeMap<&'static str, u64>) -> Vec<&'static str> {
        match self {
            Self::Swarm(profile) => profile.untaken(seeds, taken),
            Self::Twins => Vec::new(),
        }
    }

    /// The trial of a seed.
    pub fn trial(self, seed: u64) -> Trial {
        match self {
            Self::Swarm(profile) => Trial::Swarm(Box::new(Case::draw(profile, seed))),
            Self::Twins => Trial::Twins(Scenario::numbered(seed)),
        }
    }
}

/// Something that is run, judged, and shrunk if it fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trial {
    /// A swarm run.
    Swarm(Box<Case>),
    /// A scenario with a twin.
    Twins(Scenario),
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Swarm(case) => case.fmt(f),
            Self::Twins(scenario) => scenario.fmt(f),
        }
    }
}

impl Trial {
    /// Runs it.
    pub fn run(&self) -> Report {
        match self {
            Self::Swarm(case) => case.run(),
            Self::Twins(scenario) => scenario.run(),
        }
    }

    /// The least that fails alike, found in at most `runs` runs.
    pub fn shrink(&self, failure: Failure, runs: usize) -> Shrunk<Self> {
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
