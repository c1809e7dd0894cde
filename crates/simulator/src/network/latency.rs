//! How long a message travels.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::node_id::NodeId;
use crate::rng::Rng;

/// A law of latency: one way, without the time that its bytes take to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Latency {
    /// Always as long.
    Constant(Duration),
    /// Drawn for each message; what was sent later may arrive earlier.
    Uniform(RangeInclusive<Duration>),
    /// By the regions of the two ends.
    Regions(Regions),
}

/// Regions of the world, and how far they are from each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regions {
    /// Each node's region; those that are not named are in the first.
    pub of: Vec<usize>,
    /// From a region to another; what is not named takes no time.
    pub between: Vec<Vec<Duration>>,
}

impl Latency {
    /// A draw for one message.
    pub(crate) fn draw(&self, rng: &mut Rng, from: NodeId, to: NodeId) -> Duration {
        match self {
            Self::Constant(latency) => *latency,
            Self::Uniform(range) => rng.time(range),
            Self::Regions(regions) => regions.between(from, to),
        }
    }
}

impl Latency {
    /// The longest that a message travels.
    pub(crate) fn longest(&self) -> Duration {
        match self {
            Self::Constant(latency) => *latency,
            Self::Uniform(range) => *range.end(),
            Self::Regions(regions) => regions.between.iter().flatten().copied().max().unwrap_or_default(),
        }
    }
}

impl Regions {
    fn between(&self, from: NodeId, to: NodeId) -> Duration {
        let region = |node: NodeId| self.of.get(node.0).copied().unwrap_or(0);
        let row = self.between.get(region(from));
        row.and_then(|row| row.get(region(to))).copied().unwrap_or_default()
    }
}
