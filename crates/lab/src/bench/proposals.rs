//! How long leaders wait from their own proposal until its milestone is certified, and until it is on their disk: by the
//! histograms of `/metrics`, so that measuring costs the nodes nothing.

use std::collections::BTreeMap;

use quorate_cli::http::Client;

use crate::error::LabError;

/// The waits of all leaders so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Waits {
    /// Until a quorum of commits was counted.
    pub(super) certified: Times,
    /// Time until the milestone was on the disk of the leader.
    pub(super) stored: Times,
}

/// A histogram of times: for each bound in microseconds the number of times up to it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Times {
    at_most: BTreeMap<u64, f64>,
}

impl Waits {
    /// The sum of the histograms of all nodes.
    pub(super) fn read(clients: &[Client]) -> Result<Self, LabError> {
        let mut waits = Self::default();
        for client in clients {
            let metrics = client.text("/metrics")?;
            waits.certified.add(&metrics, "quorate_proposal_certified_seconds");
            waits.stored.add(&metrics, "quorate_proposal_stored_seconds");
        }
        Ok(waits)
    }

    pub(super) fn since(&self, before: &Self) -> Self {
        Self { certified: self.certified.since(&before.certified), stored: self.stored.since(&before.stored) }
    }
}

impl Times {
    /// Adds the histogram with this name from OpenMetrics text.
    fn add(&mut self, metrics: &str, name: &str) {
        let bucket = format!("{name}_bucket{{le=\"");
        for line in metrics.lines().filter_map(|line| line.strip_prefix(&bucket)) {
            let Some((bound, count)) = line.split_once("\"} ") else { continue };
            // The last bucket is unbounded.
            let bound = bound.parse::<f64>().ok().filter(|bound| bound.is_finite());
            let bound = bound.map_or(u64::MAX, |seconds| (seconds * 1e6).round() as u64);
            *self.at_most.entry(bound).or_default() += count.trim().parse::<f64>().unwrap_or_default();
        }
    }

    fn since(&self, before: &Self) -> Self {
        let count = |(bound, count): (&u64, &f64)| (*bound, count - before.at_most.get(bound).copied().unwrap_or(0.0));
        Self { at_most: self.at_most.iter().map(count).collect() }
    }

    /// A percentile in milliseconds, interpolated within its bucket.
    pub(super) fn percentile_ms(&self, share: f64) -> f64 {
        let all = self.at_most.values().next_back().copied().unwrap_or_default();
        let wanted = all * share / 100.0;
        let (mut lower, mut below) = (0, 0.0);
        for (bound, count) in &self.at_most {
            if *count >= wanted && *count > below {
                let bound = if *bound == u64::MAX { lower } else { *bound };
                let part = (wanted - below) / (count - below);
                return (lower as f64 + (bound - lower) as f64 * part) / 1_000.0;
            }
            (lower, below) = (*bound, *count);
        }
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_come_from_what_was_counted_in_between() {
        let text = |counts: [u32; 4]| {
            let bounds = ["0.001", "0.002", "0.004", "+Inf"].iter().zip(counts);
            let line = |(bound, count)| format!("waits_bucket{{le=\"{bound}\"}} {count}\n");
            bounds.map(line).chain(["waits_count 9\n".to_owned()]).collect::<String>()
        };
        let times = |counts| {
            let mut times = Times::default();
            times.add(&text(counts), "waits");
            times
        };
        let between = times([7, 17, 21, 21]).since(&times([7, 7, 7, 7]));
        assert_eq!(between, times([0, 10, 14, 14]));
        assert_eq!(between.percentile_ms(50.0), 1.7);
        assert_eq!(between.percentile_ms(100.0), 4.0);
        assert_eq!(times([0, 0, 0, 3]).percentile_ms(99.0), 4.0);
        assert_eq!(Times::default().percentile_ms(50.0), 0.0);
    }
}
