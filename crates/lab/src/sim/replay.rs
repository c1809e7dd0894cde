//! `quorate-lab replay`: simulates one seed again.

use quorate_cli::Exit;
use quorate_cli::output::Printer;
use quorate_simulator::FuzzProfile;
use serde_json::json;

use crate::args::ReplayArgs;
use crate::error::LabError;

/// `replay`.
pub(crate) fn replay(args: &ReplayArgs, output: Printer) -> Result<Exit, LabError> {
    describe(args.profile, args.seed, args.shrink_runs, output)
}

/// Runs a seed, and shrinks it if it fails.
pub(super) fn describe(profile: FuzzProfile, seed: u64, shrink_runs: usize, output: Printer) -> Result<Exit, LabError> {
    let case = profile.case(seed);
    let report = case.run();
    let Some(failure) = report.failure else {
        let answer = json!({ "seed": seed, "height": report.height.0, "trace": report.trace.to_string() });
        output
            .answer(&answer, || format!("{case}\nno violation: height {}, trace {}", report.height.0, report.trace))?;
        return Ok(Exit::Done);
    };
    let shrunk = case.shrink(failure.clone(), shrink_runs);
    let answer = json!({
        "seed": seed, "failure": failure.to_string(), "shrunk": shrunk.case.to_string(),
        "shrunk_failure": shrunk.failure.to_string(), "runs": shrunk.runs,
    });
    output.answer(&answer, || {
        format!(
            "{failure}\n\na smaller case fails as well, found in {} runs:\n{}\n{}\n\nagain: quorate-lab replay {seed} --profile {profile}",
            shrunk.runs, shrunk.case, shrunk.failure
        )
    })?;
    Ok(Exit::Failed)
}
