//! `quorate sim fuzz`: seed after seed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use quorate_simulator::{Case, Report};
use serde_json::json;

use super::replay::describe;
use crate::cli::Exit;
use crate::cli::args::FuzzArgs;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::home::HomeError;

/// Reports that wait to be told.
const WAITING: usize = 64;

/// `sim fuzz`.
pub(crate) fn fuzz(args: &FuzzArgs, output: Output) -> Result<Exit, CliError> {
    let first = args.seed.map_or_else(drawn_seed, Ok)?;
    output.say(&format!("seeds {first} to {} of profile {}", first.saturating_add(args.seeds - 1), args.profile))?;
    let mut tally = Tally::default();
    let failed = each_seed(args, first, |report| {
        tally.add(report);
        output.progress(tally.seeds, args.seeds);
    });
    output.progress(args.seeds, args.seeds);
    if let Some(seed) = failed {
        describe(args.profile, seed, SHRINK_RUNS, output)?;
        return Ok(Exit::Failed);
    }
    let told = json!({
        "profile": args.profile.to_string(), "first_seed": first, "seeds": tally.seeds, "heights": tally.heights,
        "simulated_seconds": tally.simulated_seconds, "events": tally.events, "sometimes": tally.sometimes,
    });
    output.answer(&told, || tally.text())?;
    Ok(Exit::Done)
}

const SHRINK_RUNS: usize = 200;

/// One that nobody has tried, short enough to be read aloud.
fn drawn_seed() -> Result<u64, CliError> {
    Ok(u64::from(getrandom::u32().map_err(|source| HomeError::Random { source })?))
}

/// Runs all seeds, several at a time, and tells of each; the least that failed. After a failure no other is begun.
fn each_seed(args: &FuzzArgs, first: u64, mut tell: impl FnMut(&Report)) -> Option<u64> {
    let jobs = args.jobs.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let (sender, reports) = sync_channel::<(u64, Report)>(WAITING);
    let mut failed: Option<u64> = None;
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (sender, next, stop) = (sender.clone(), &next, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= args.seeds {
                        return;
                    }
                    let seed = first.wrapping_add(number);
                    let report = Case::draw(args.profile, seed).run();
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
            if report.failure.is_some() {
                failed = Some(failed.map_or(seed, |least| least.min(seed)));
            }
            tell(&report);
        }
    });
    failed
}

/// What all seeds came to.
#[derive(Default)]
struct Tally {
    seeds: u64,
    heights: u64,
    simulated_seconds: u64,
    events: u64,
    sometimes: BTreeMap<&'static str, u64>,
}

impl Tally {
    fn add(&mut self, report: &Report) {
        self.seeds = self.seeds.saturating_add(1);
        self.heights = self.heights.saturating_add(report.height.0);
        self.simulated_seconds = self.simulated_seconds.saturating_add(report.elapsed.as_secs());
        self.events = self.events.saturating_add(report.happened);
        for what in report.sometimes.keys() {
            let seeds = self.sometimes.entry(what).or_default();
            *seeds = seeds.saturating_add(1);
        }
    }

    fn text(&self) -> String {
        let rare = self.sometimes.iter().map(|(what, seeds)| format!("\n  {seeds:>8} of them: {what}"));
        format!(
            "{} seeds, nothing violated: {} milestones and {} events in {} simulated seconds{}",
            self.seeds,
            self.heights,
            self.events,
            self.simulated_seconds,
            rare.collect::<String>()
        )
    }
}
