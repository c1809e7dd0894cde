//! `quorate-lab speed`: simulated seeds and events per CPU time.

use std::time::Duration;

use quorate_cli::Exit;
use quorate_cli::output::Printer;
use quorate_cli::view::table;
use quorate_simulator::{FuzzProfile, exhaustive_count, ping_pong};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

use crate::args::SpeedArgs;
use crate::error::LabError;

/// Number of events of the empty world.
const ECHOES: u64 = 2_000_000;

/// Scenarios of profile twins per seed of the other profiles, because one scenario is short.
const SCENARIOS: u64 = 20;

/// `speed`.
pub(crate) fn speed(args: &SpeedArgs, output: Printer) -> Result<Exit, LabError> {
    let mut rows = Vec::new();
    for series in FuzzProfile::ALL {
        let first = first_of(series);
        let count = args.seeds.saturating_mul(if series == FuzzProfile::Twins { SCENARIOS } else { 1 });
        let start = cpu_time();
        let (mut events, mut simulated) = (0_u64, Duration::ZERO);
        for number in 0..count {
            let report = series.case(first.saturating_add(number)).run();
            events = events.saturating_add(report.event_count);
            simulated = simulated.saturating_add(report.elapsed);
            output.progress(number.saturating_add(1), count);
        }
        rows.push(row(&format!("profile {series}"), count, events, simulated, cpu_time().saturating_sub(start)));
    }
    let start = cpu_time();
    let simulated = ping_pong(ECHOES);
    rows.push(row("empty world", 1, ECHOES, simulated, cpu_time().saturating_sub(start)));
    let columns = ["profile", "runs", "runs per CPU minute", "events per CPU second", "simulated s per CPU second"];
    let report = json!({ "rows": rows });
    output.answer(&report, || table(&columns, &rows))?;
    Ok(Exit::Done)
}

/// The first scenario with three rounds.
fn first_of(series: FuzzProfile) -> u64 {
    if series == FuzzProfile::Twins { exhaustive_count() } else { 1 }
}

fn row(what: &str, runs: u64, events: u64, simulated: Duration, took: Duration) -> Vec<String> {
    let seconds = took.as_secs_f64().max(1e-9);
    let rate = |count: f64| format!("{:.0}", count / seconds);
    vec![
        what.to_owned(),
        runs.to_string(),
        rate(runs as f64 * 60.0),
        rate(events as f64),
        rate(simulated.as_secs_f64()),
    ]
}

/// CPU time of this process.
pub(super) fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}
