//! `quorate sim fuzz`: seed after seed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use quorate_simulator::{Case, Failure, Report};
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
    #[cfg(feature = "planted-bugs")]
    if let Some(name) = &args.plant {
        return find(args, first, name, output);
    }
    let mut tally = Tally::default();
    output.progress(0, args.seeds);
    let failed = each_seed(args, first, |report| {
        tally.add(report);
        output.progress(tally.seeds, args.seeds);
    });
    output.progress(args.seeds, args.seeds);
    if let Some((seed, _)) = failed {
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

/// How long it takes to find a bug that is there.
#[cfg(feature = "planted-bugs")]
fn find(args: &FuzzArgs, first: u64, name: &str, output: Output) -> Result<Exit, CliError> {
    quorate_event::plant(name);
    let (start, mut seeds) = (super::bench::cpu_time(), 0_u64);
    let failed = each_seed(args, first, |_| seeds = seeds.saturating_add(1));
    let seconds = super::bench::cpu_time().saturating_sub(start).as_secs_f64();
    let found = failed.map(|(seed, failure)| (seed, failure.to_string().lines().next().unwrap_or_default().to_owned()));
    let told = json!({ "plant": name, "seeds": seeds, "cpu_s": seconds, "found": found });
    output.answer(&told, || match &found {
        Some((seed, failure)) => {
            format!("{name}: found after {seeds} seeds, {seconds:.1} s of CPU, by seed {seed}: {failure}")
        }
        None => format!("{name}: not found in {seeds} seeds, {seconds:.1} s of CPU"),
    })?;
    Ok(if found.is_some() { Exit::Done } else { Exit::Failed })
}

/// One that nobody has tried, short enough to be read aloud.
fn drawn_seed() -> Result<u64, CliError> {
    Ok(u64::from(getrandom::u32().map_err(|source| HomeError::Random { source })?))
}

/// Runs all seeds, several at a time, and tells of each; the least that failed. After a failure no other is begun.
fn each_seed(args: &FuzzArgs, first: u64, mut tell: impl FnMut(&Report)) -> Option<(u64, Failure)> {
    let jobs = args.jobs.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let (sender, reports) = sync_channel::<(u64, Report)>(WAITING);
    let mut failed: Option<(u64, Failure)> = None;
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
            tell(&report);
            if let Some(failure) = report.failure
                && failed.as_ref().is_none_or(|(least, _)| seed < *least)
            {
                failed = Some((seed, failure));
            }
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
