//! `quorate-lab fuzz`: simulates many seeds.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use quorate_cli::Exit;
use quorate_cli::output::Printer;
use quorate_disk::home::HomeError;
use quorate_simulator::{FuzzProfile, RunFailure, RunReport, SwarmProfile};
use serde_json::json;

use super::replay::describe;
use crate::args::FuzzArgs;
use crate::error::LabError;

/// Capacity of the queue of reports.
const WAITING: usize = 64;

/// `fuzz`.
pub(crate) fn fuzz(args: &FuzzArgs, output: Printer) -> Result<Exit, LabError> {
    let campaign = Campaign::of(args)?;
    let Campaign { profile, first, seeds, .. } = campaign;
    output.say(&format!("seeds {first} to {} of profile {profile}", first.saturating_add(seeds - 1)))?;
    let mut tally = FuzzTotals::default();
    output.progress(0, seeds);
    let failed = campaign.each_seed(|report| {
        tally.add(report);
        output.progress(tally.seeds, seeds);
        ControlFlow::Continue(())
    });
    output.progress(seeds, seeds);
    if let Some((seed, _)) = failed {
        describe(profile, seed, SHRINK_RUNS, output)?;
        return Ok(Exit::Failed);
    }
    let missed_marks = tally.missed_marks(profile);
    let report = json!({
        "profile": profile.to_string(), "first_seed": first, "seeds": tally.seeds, "heights": tally.heights,
        "simulated_seconds": tally.simulated_seconds, "events": tally.events, "sometimes": tally.coverage,
        "never": missed_marks,
    });
    output.answer(&report, || tally.text(&missed_marks))?;
    Ok(if missed_marks.is_empty() { Exit::Done } else { Exit::Failed })
}

const SHRINK_RUNS: usize = 200;

/// A random seed of 32 bits.
fn drawn_seed() -> Result<u64, LabError> {
    Ok(u64::from(getrandom::u32().map_err(|source| HomeError::Random { source })?))
}

/// The seeds to run.
#[derive(Clone, Copy)]
pub(super) struct Campaign {
    pub(super) profile: FuzzProfile,
    pub(super) first: u64,
    pub(super) seeds: u64,
    pub(super) jobs: usize,
}

impl Campaign {
    fn of(args: &FuzzArgs) -> Result<Self, LabError> {
        let first = args.seed.map_or_else(drawn_seed, Ok)?;
        let jobs = args.jobs.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
        Ok(Self {
            profile: args.profile.unwrap_or(FuzzProfile::Swarm(SwarmProfile::Agreement)),
            first,
            seeds: args.seeds,
            jobs,
        })
    }

    /// Runs the seeds on several threads, and passes each report to the listener. Returns the smallest failed seed. After a
    /// failure, or when the listener returns an error, no further seed is started.
    pub(super) fn each_seed(
        self,
        mut listener: impl FnMut(&RunReport) -> ControlFlow<()>,
    ) -> Option<(u64, RunFailure)> {
        let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        let (sender, reports) = sync_channel::<(u64, RunReport)>(WAITING);
        let mut failed: Option<(u64, RunFailure)> = None;
        thread::scope(|scope| {
            for _ in 0..self.jobs {
                let (sender, next, stop) = (sender.clone(), &next, &stop);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= self.seeds {
                            return;
                        }
                        let seed = self.first.wrapping_add(number);
                        let report = self.profile.case(seed).run();
                        if report.failure.is_some() {
                            stop.store(true, Ordering::Relaxed);
                        }
                        if sender.send((seed, report)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            for (seed, report) in reports {
                if listener(&report).is_break() {
                    stop.store(true, Ordering::Relaxed);
                }
                if let Some(failure) = report.failure
                    && failed.as_ref().is_none_or(|(least, _)| seed < *least)
                {
                    failed = Some((seed, failure));
                }
            }
        });
        failed
    }
}

/// The sum of all reports.
#[derive(Default)]
pub(super) struct FuzzTotals {
    pub(super) seeds: u64,
    heights: u64,
    simulated_seconds: u64,
    events: u64,
    coverage: BTreeMap<&'static str, u64>,
}

impl FuzzTotals {
    pub(super) fn add(&mut self, report: &RunReport) {
        self.seeds = self.seeds.saturating_add(1);
        self.heights = self.heights.saturating_add(report.height.0);
        self.simulated_seconds = self.simulated_seconds.saturating_add(report.elapsed.as_secs());
        self.events = self.events.saturating_add(report.event_count);
        for what in report.coverage.keys() {
            let seeds = self.coverage.entry(what).or_default();
            *seeds = seeds.saturating_add(1);
        }
    }

    /// The coverage marks that no seed reached.
    pub(super) fn missed_marks(&self, profile: FuzzProfile) -> Vec<&'static str> {
        profile.missed_marks(self.seeds, &self.coverage)
    }

    fn text(&self, missed_marks: &[&str]) -> String {
        let rare = self.coverage.iter().map(|(what, seeds)| format!("\n  {seeds:>8} seeds: {what}"));
        let never = missed_marks.iter().map(|what| format!("\n  {:>8} seeds, expected some: {what}", 0));
        format!(
            "{} seeds, no violation: {} milestones and {} events in {} simulated seconds{}",
            self.seeds,
            self.heights,
            self.events,
            self.simulated_seconds,
            rare.chain(never).collect::<String>()
        )
    }
}
