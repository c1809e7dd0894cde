//! Samples of message latencies, for models without replicas.

use std::time::Duration;

use super::emulation::Emulation;
use crate::node_id::NodeId;
use crate::rng::Rng;

/// Samples arrival times of messages.
pub(crate) struct LatencySampler<'e> {
    of: &'e Emulation,
    /// The least time for the bytes of a message.
    least: Duration,
    rng: Rng,
}

impl<'e> LatencySampler<'e> {
    pub(crate) fn new(of: &'e Emulation, least: Duration, seed: u64, name: &str) -> Self {
        Self { of, least, rng: Rng::new(seed, name) }
    }

    /// The time of one message of this many bytes.
    pub(crate) fn hop(&mut self, bytes: usize) -> Duration {
        let travels = self.of.latency.draw(&mut self.rng, NodeId(0), NodeId(0));
        self.of.transfer(bytes).max(self.least).saturating_add(travels)
    }

    /// For each node, the time at which it has received `needed` of the messages that node i sends to all at `sent_at[i]`; its own
    /// arrives at once.
    pub(crate) fn gather(&mut self, sent_at: &[Duration], bytes: usize, needed: usize) -> Vec<Duration> {
        let mut gather = |to: usize| {
            let arrive = |(from, at): (usize, &Duration)| if from == to { *at } else { *at + self.hop(bytes) };
            nth(sent_at.iter().enumerate().map(arrive).collect(), needed)
        };
        (0..sent_at.len()).map(&mut gather).collect()
    }

    /// The time at which a client has received `needed` of the messages that node i sends at `sent_at[i]`.
    pub(crate) fn collect(&mut self, sent_at: &[Duration], bytes: usize, needed: usize) -> Duration {
        nth(sent_at.iter().map(|at| *at + self.hop(bytes)).collect(), needed)
    }
}

/// The `nth` of these times, from one; the last where there are fewer.
fn nth(mut times: Vec<Duration>, nth: usize) -> Duration {
    let place = nth.min(times.len()).saturating_sub(1);
    if times.is_empty() { Duration::ZERO } else { *times.select_nth_unstable(place).1 }
}

/// The median; of two middle ones, the lesser.
pub fn median(times: impl IntoIterator<Item = Duration>) -> Duration {
    let times: Vec<Duration> = times.into_iter().collect();
    let middle = times.len().div_ceil(2);
    nth(times, middle)
}
