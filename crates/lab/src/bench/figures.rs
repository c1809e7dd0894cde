//! Results of a load, and the resources that the nodes used.

use std::fs;
use std::time::Duration;

use quorate_cli::http::Client;
use serde_json::{Value, json};

use super::load::Done;
use super::proposals::Waits;
use crate::error::LabError;

/// Clock ticks per second in `/proc`, a constant of Linux.
const TICKS: f64 = 100.0;

/// Sums over all nodes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NodeCounters {
    store_fsyncs: f64,
    cpu_s: f64,
    events: f64,
    milestones: f64,
    /// Counter of the first node.
    finalised: f64,
}

/// A load and its resources.
pub(super) struct Figures {
    pub(super) done: Done,
    pub(super) waits: Waits,
    pub(super) used: NodeCounters,
}

impl NodeCounters {
    pub(super) fn read(pids: &[u32], clients: &[Client]) -> Result<Self, LabError> {
        let mut sum = Self { cpu_s: pids.iter().map(|pid| cpu_s(*pid)).sum(), ..Self::default() };
        for client in clients {
            sum.store_fsyncs += counter(&client.text("/metrics")?, "quorate_store_fsyncs_total");
        }
        if let Some(first) = clients.first() {
            let status = first.get("/v1/status")?;
            sum.events = status["events"].as_f64().unwrap_or_default();
            sum.milestones = status["height"].as_f64().unwrap_or_default();
            let uncovered = status["uncovered"].as_f64().unwrap_or_default();
            sum.finalised = sum.events - sum.milestones - uncovered;
        }
        Ok(sum)
    }

    /// Number of events that became final.
    pub(super) const fn finalised(&self) -> f64 {
        self.finalised
    }

    pub(super) const fn milestones(&self) -> f64 {
        self.milestones
    }

    pub(super) fn cpu_s(&self) -> f64 {
        rounded(self.cpu_s)
    }

    pub(super) fn since(self, before: &Self) -> Self {
        Self {
            store_fsyncs: self.store_fsyncs - before.store_fsyncs,
            cpu_s: self.cpu_s - before.cpu_s,
            events: self.events - before.events,
            milestones: self.milestones - before.milestones,
            finalised: self.finalised - before.finalised,
        }
    }
}

impl Figures {
    pub(super) fn json(&self) -> Value {
        let Self { done, waits, used } = self;
        let final_per_s = done.writes as f64 / done.finality.as_secs_f64().max(f64::MIN_POSITIVE);
        json!({
            "writes": done.writes,
            "durable_s": rounded(done.durable.as_secs_f64()),
            "final_s": rounded(done.finality.as_secs_f64()),
            "final_per_s": final_per_s.round(),
            "p50_ms": rounded(ms(percentile(&done.answers, 50))),
            "p99_ms": rounded(ms(percentile(&done.answers, 99))),
            "certified_p50_ms": rounded(waits.certified.percentile_ms(50.0)),
            "certified_p99_ms": rounded(waits.certified.percentile_ms(99.0)),
            "stored_p50_ms": rounded(waits.stored.percentile_ms(50.0)),
            "events": used.events - used.milestones,
            "milestones": used.milestones,
            "store_fsyncs": used.store_fsyncs,
            "fsyncs_per_write": rounded(used.store_fsyncs / done.writes.max(1) as f64),
            "cpu_s": rounded(used.cpu_s),
        })
    }
}

/// A percentile of ascending `times`.
fn percentile(times: &[Duration], share: usize) -> Duration {
    let index = times.len().saturating_mul(share) / 100;
    times.get(index).or(times.last()).copied().unwrap_or_default()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The value of a counter in the text of `/metrics`.
fn counter(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().last()?.parse().ok()).unwrap_or_default()
}

/// User and system time of a process, from `/proc` (proc(5), fields 14 and 15); 0 if it is not readable.
pub(super) fn cpu_s(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in parentheses may contain spaces.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / TICKS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_found_by_its_name() {
        let text = "# TYPE quorate_store_fsyncs counter\nquorate_store_fsyncs_total 42\n# EOF\n";
        assert_eq!(counter(text, "quorate_store_fsyncs_total"), 42.0);
        assert_eq!(counter(text, "other"), 0.0);
    }

    #[test]
    fn this_process_has_used_some_time_or_none_and_a_dead_one_none() {
        assert!(cpu_s(std::process::id()) >= 0.0);
        assert_eq!(cpu_s(u32::MAX), 0.0);
    }
}
