//! `quorate doctor`: what is wrong, and what to do about it.

use serde_json::{Value, json};

use super::Exit;
use super::error::CliError;
use super::http::{Client, HttpError};
use super::inspect::{is_connected, is_stuck, why_not_final};
use super::output::Output;
use super::token::Access;
use super::view::{Names, inline, list};

/// One look at one thing.
struct Finding {
    what: &'static str,
    verdict: Verdict,
    told: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Good,
    Degraded,
    Broken,
}

impl Verdict {
    const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Degraded => "degraded",
            Self::Broken => "broken",
        }
    }
}

/// `doctor`.
pub(crate) fn doctor(access: &Access, output: &Output) -> Result<Exit, CliError> {
    let client = access.reader()?;
    let findings = match client.get("/v1/status") {
        Err(error) => vec![broken("answers", &error)],
        Ok(status) => findings(&client, &status, access),
    };
    let worst = findings.iter().map(|finding| finding.verdict).max();
    let rows = findings
        .iter()
        .map(|finding| json!({ "what": finding.what, "verdict": finding.verdict.word(), "told": finding.told }));
    let told = json!({ "url": client.url(), "findings": rows.collect::<Vec<_>>() });
    output.answer(&told, || {
        let line = |f: &Finding| format!("{:8}  {}: {}\n", f.verdict.word(), f.what, f.told);
        findings.iter().map(line).collect()
    })?;
    Ok(match worst {
        Some(Verdict::Broken) => Exit::Failed,
        Some(Verdict::Degraded) => Exit::Degraded,
        Some(Verdict::Good) | None => Exit::Done,
    })
}

fn broken(what: &'static str, error: &HttpError) -> Finding {
    let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
    Finding { what, verdict: Verdict::Broken, told: format!("{error}{hint}") }
}

fn findings(client: &Client, status: &Value, access: &Access) -> Vec<Finding> {
    let good = |what, told: String| Finding { what, verdict: Verdict::Good, told };
    let degraded = |what, told: String| Finding { what, verdict: Verdict::Degraded, told };
    let answers = good("answers", format!("{}, network {}", client.url(), inline(&status["network"])));
    let ready = if client.is_ok("/readyz") {
        good("ready", "it has caught up".to_owned())
    } else {
        degraded("ready", "it is catching up; wait, or look at its peers".to_owned())
    };
    let peers = match client.get("/v1/peers") {
        Err(error) => broken("peers", &error),
        Ok(peers) => {
            let known = list(&peers, "/peers");
            let connected = known.iter().filter(|peer| is_connected(peer)).count();
            let told = format!("{connected} of {} connected", known.len());
            match connected {
                0 => degraded("peers", format!("{told}; start others, or pass --peers")),
                _ => good("peers", told),
            }
        }
    };
    // Without a file of names, addresses do.
    let names = Names::new(access.network().unwrap_or_default());
    let why = why_not_final(status, &names);
    let finality = if is_stuck(status) { degraded("finality", why) } else { good("finality", why) };
    let token = match access.writer() {
        Ok(_) => good("token", "found".to_owned()),
        Err(error) => {
            let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
            degraded("token", format!("{}{hint}", error.text()))
        }
    };
    vec![answers, ready, peers, finality, token]
}
