//! The rule of a round: from which phase on which messages pass.

use std::fmt;
use std::sync::LazyLock;

use super::connectivity::Connectivity;

/// A part of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Proposals, and events.
    Offer,
    /// Prepare votes.
    Prepare,
    /// Commit votes, and milestones.
    Commit,
    /// Skips, and certificates that start a new view.
    ViewChange,
}

/// Which messages pass in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoundRule {
    /// All.
    FaultFree,
    /// From a phase on, only those of a connectivity.
    From(Phase, Connectivity),
}

/// All rules; first the fault-free one, then those that stay the same when the twin's machines are swapped.
struct RoundRules {
    all: Vec<RoundRule>,
    /// How many of them are the same when swapped.
    fixed: usize,
}

static RULES: LazyLock<RoundRules> = LazyLock::new(|| {
    let phases = [Phase::Offer, Phase::Prepare, Phase::Commit].into_iter();
    let shaped =
        phases.flat_map(|phase| Connectivity::all().map(move |connectivity| RoundRule::From(phase, connectivity)));
    let (fixed, others): (Vec<_>, Vec<_>) =
        std::iter::once(RoundRule::FaultFree).chain(shaped).partition(|rule| rule.swapped() == *rule);
    // Of each pair that becomes each other, one: then the other of each, in the same order.
    let mut halves: [Vec<RoundRule>; 2] = Default::default();
    for rule in others {
        if !halves[1].contains(&rule) {
            halves[0].push(rule);
            halves[1].push(rule.swapped());
        }
    }
    let count = fixed.len();
    RoundRules { all: fixed.into_iter().chain(halves.into_iter().flatten()).collect(), fixed: count }
});

impl RoundRule {
    /// How many there are.
    pub(crate) fn count() -> u64 {
        RULES.all.len() as u64
    }

    /// How many of them are the same when the twin's machines are swapped: the first ones.
    pub(crate) fn fixed() -> u64 {
        RULES.fixed as u64
    }

    /// The one of that number.
    pub(crate) fn nth(number: u64) -> Self {
        RULES.all[number as usize]
    }

    fn swapped(self) -> Self {
        match self {
            Self::FaultFree => Self::FaultFree,
            Self::From(phase, connectivity) => Self::From(phase, connectivity.swapped()),
        }
    }
}

impl fmt::Display for RoundRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FaultFree => f.write_str("fault-free"),
            Self::From(Phase::Offer, connectivity) => write!(f, "{connectivity}"),
            Self::From(Phase::Prepare, connectivity) => write!(f, "from the prepares on: {connectivity}"),
            Self::From(Phase::Commit | Phase::ViewChange, connectivity) => {
                write!(f, "from the commits on: {connectivity}")
            }
        }
    }
}
