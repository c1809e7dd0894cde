//! Messages without anybody behind them: times drawn by the same laws, for those who know what follows from them.

use std::time::Duration;

use super::emulation::Emulation;
use crate::node_id::NodeId;
use crate::rng::Rng;

/// LatencySampler when messages arrive.
pub(crate) struct LatencySampler<'e> {
    of: &'e Emulation,
    /// What the bytes of a message take at least.
    least: Duration,
    rng: Rng,
}

impl<'e> LatencySampler<'e> {
    pub(crate) fn new(of: &'e Emulation, least: Duration, seed: u64, name: &str) -> Self {
        Self { of, least, rng: Rng::new(seed, name) }
    }

    /// How long a message of so many bytes is on its way.
    pub(crate) fn hop(&mut self, bytes: usize) -> Duration {
        let travels = self.of.latency.draw(&mut self.rng, NodeId(0), NodeId(0));
        self.of.transfer(bytes).max(self.least).saturating_add(travels)
    }

    /// When each node has heard `needed` of those that speak, node i at `spoken[i]` and at once to itself.
    pub(crate) fn gather(&mut self, spoken: &[Duration], bytes: usize, needed: usize) -> Vec<Duration> {
        let mut gather = |to: usize| {
            let arrive = |(from, at): (usize, &Duration)| if from == to { *at } else { *at + self.hop(bytes) };
            nth(spoken.iter().enumerate().map(arrive).collect(), needed)
        };
        (0..spoken.len()).map(&mut gather).collect()
    }

    /// When somebody who waits for `needed` of those that speak has heard them.
    pub(crate) fn collect(&mut self, spoken: &[Duration], bytes: usize, needed: usize) -> Duration {
        nth(spoken.iter().map(|at| *at + self.hop(bytes)).collect(), needed)
    }
}

/// The `nth` of these times, from one; the last where there are fewer.
fn nth(mut times: Vec<Duration>, nth: usize) -> Duration {
    let place = nth.min(times.len()).saturating_sub(1);
    if times.is_empty() { Duration::ZERO } else { *times.select_nth_unstable(place).1 }
}

/// The middle one; of two, the lesser.
pub fn median(times: impl IntoIterator<Item = Duration>) -> Duration {
    let times: Vec<Duration> = times.into_iter().collect();
    let middle = times.len().div_ceil(2);
    nth(times, middle)
}
