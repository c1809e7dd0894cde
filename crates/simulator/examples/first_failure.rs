//! The first seed of a series that fails, or that shows that a common path is never taken:
//! `first_failure SERIES SEEDS`, with `agreement`, `full` or `twins` as the series.
//!
//! `cargo xtask plants` runs it on production code with a bug in it. It exits with 0 if a seed fails, with 1 if none
//! of the seeds 1 to SEEDS does.

use std::collections::BTreeMap;
use std::process::ExitCode;

use quorate_simulator::FuzzProfile;

const USAGE: &str = "first_failure SERIES SEEDS";

fn main() -> ExitCode {
    let Some((profile, seeds)) = arguments() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match first_failure(profile, seeds) {
        Some((seed, how)) => {
            println!("seed {seed}: {}", how.lines().next().unwrap_or_default());
            ExitCode::SUCCESS
        }
        None => ExitCode::FAILURE,
    }
}

fn arguments() -> Option<(FuzzProfile, u64)> {
    let mut words = std::env::args().skip(1);
    let arguments = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    words.next().is_none().then_some(arguments)
}

fn first_failure(profile: FuzzProfile, seeds: u64) -> Option<(u64, String)> {
    let mut taken = BTreeMap::new();
    (1..=seeds).find_map(|seed| {
        let report = profile.case(seed).run();
        taken.extend(report.coverage);
        let missed_marks =
            profile.missed_marks(seed, &taken).first().map(|path| format!("no seed took the path: {path}"));
        Some((seed, report.failure.map(|failure| failure.to_string()).or(missed_marks)?))
    })
}
