//! The latency of messages.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::node_id::NodeId;
use crate::rng::Rng;

/// A distribution of the one-way latency, without the time that the bytes take to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Latency {
    /// The same for each message.
    Constant(Duration),
    /// Uniform, drawn for each message; messages may overtake each other.
    Uniform(RangeInclusive<Duration>),
    /// By the regions of sender and receiver.
    Regions(Regions),
}

/// Regions and the latencies between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regions {
    /// The region of each node; nodes beyond the end are in region 0.
    pub of: Vec<usize>,
    /// Latency by sending and receiving region; absent entries are 0.
    pub between: Vec<Vec<Duration>>,
}

impl Latency {
    /// The latency of one message.
    pub(crate) fn draw(&self, rng: &mut Rng, from: NodeId, to: NodeId) -> Duration {
        match self {
            Self::Constant(latency) => *latency,
            Self::Uniform(range) => rng.time(range),
            Self::Regions(regions) => regions.between(from, to),
        }
    }
}

impl Latency {
    /// The largest possible latency.
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
