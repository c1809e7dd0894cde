//! `quorate doctor`: problems of a node, each with its remedy.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::error::{CliError, CommandFailure};
use super::http::{Client, HttpError};
use super::inspect::{is_connected, is_stuck, state_text, why_not_final};
use super::output::Printer;
use super::token::ClientOptions;
use super::view::{NodeNames, inline, list, text};
use crate::exit::Exit;

/// The result of one check.
struct CheckResult {
    what: Cow<'static, str>,
    verdict: Health,
    text: String,
}

impl CheckResult {
    fn new(what: impl Into<Cow<'static, str>>, verdict: Health, text: impl Into<String>) -> Self {
        Self { what: what.into(), verdict, text: text.into() }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Health {
    Good,
    Degraded,
    Broken,
}

impl Health {
    const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Degraded => "degraded",
            Self::Broken => "broken",
        }
    }
}

/// `doctor`.
pub(crate) fn doctor(access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let client = access.reader()?;
    let findings = match client.get("/v1/status") {
        Err(error) => vec![broken("answers", &error)],
        Ok(status) => findings(&client, &status, access),
    };
    let worst = findings.iter().map(|finding| finding.verdict).max();
    let rows = findings
        .iter()
        .map(|finding| json!({ "what": finding.what, "verdict": finding.verdict.word(), "told": finding.text }));
    let report = json!({ "url": client.url(), "findings": rows.collect::<Vec<_>>() });
    output.answer(&report, || {
        let line = |f: &CheckResult| format!("{:8}  {}: {}\n", f.verdict.word(), f.what, f.text);
        findings.iter().map(line).collect()
    })?;
    Ok(match worst {
        Some(Health::Broken) => Exit::Failed,
        Some(Health::Degraded) => Exit::Degraded,
        Some(Health::Good) | None => Exit::Done,
    })
}

fn broken(what: &'static str, error: &HttpError) -> CheckResult {
    let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
    CheckResult::new(what, Health::Broken, format!("{error}{hint}"))
}

fn findings(client: &Client, status: &Value, access: &ClientOptions) -> Vec<CheckResult> {
    let good = |what, report: String| CheckResult::new(what, Health::Good, report);
    let degraded = |what, report: String| CheckResult::new(what, Health::Degraded, report);
    let answers = good("answers", format!("{}, network {}", client.url(), inline(&status["network"])));
    let ready = if client.is_ok("/readyz") {
        good("ready", "it has caught up".to_owned())
    } else {
        degraded("ready", "it is catching up; wait, or look at its peers".to_owned())
    };
    // Without a network file, addresses are shown.
    let names = NodeNames::new(access.network().unwrap_or_default());
    let peers = match client.get("/v1/peers").and_then(|peers| Ok((peers, client.get("/v1/committee")?))) {
        Err(error) => vec![broken("peers", &error)],
        Ok((peers, committee)) => of_peers(status, list(&peers, "/peers"), list(&committee, "/members"), &names),
    };
    let why = why_not_final(status, &names);
    let finality = if is_stuck(status) { degraded("finality", why) } else { good("finality", why) };
    let token = match access.writer() {
        Ok(_) => good("token", "found".to_owned()),
        Err(error) => {
            let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
            degraded("token", format!("{}{hint}", error.text()))
        }
    };
    [answers, ready].into_iter().chain(peers).chain([finality, token]).collect()
}

/// The number of connected peers; then each member and each configured peer that is not connected, with reason and remedy.
fn of_peers(status: &Value, peers: &[Value], members: &[Value], names: &NodeNames) -> Vec<CheckResult> {
    let connected = peers.iter().filter(|peer| is_connected(peer)).count();
    let report = format!("{connected} of {} connected", peers.len());
    let all = match connected {
        0 if members.len() > 1 => {
            CheckResult::new("peers", Health::Degraded, format!("{report}; start others, or pass --peers"))
        }
        _ => CheckResult::new("peers", Health::Good, report),
    };
    let is_member = |address: &str| members.iter().any(|member| text(member, "/address") == address);
    let wanted = |peer: &&Value| peer["configured"] == json!(true) || is_member(text(peer, "/address"));
    let away = peers.iter().filter(|peer| !is_connected(peer)).filter(wanted).map(|peer| {
        let who = match text(peer, "/address") {
            "" => list(peer, "/addrs").first().map(inline).unwrap_or_default(),
            address => names.of(address),
        };
        let report = format!("{}: {}", state_text(peer), text(peer, "/message"));
        CheckResult::new(format!("peer {who}"), Health::Degraded, report)
    });
    let own = text(status, "/address");
    let is_known = |address: &str| peers.iter().any(|peer| text(peer, "/address") == address);
    let addresses = members.iter().map(|member| text(member, "/address"));
    let unheard = addresses.filter(|address| *address != own && !is_known(address)).map(|address| {
        let report = "not connected since this node started: start it, or pass its address with --peers";
        CheckResult::new(format!("member {}", names.of(address)), Health::Degraded, report)
    });
    std::iter::once(all).chain(away).chain(unheard).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_member_and_configured_peer_that_is_away_is_named_with_its_reason() {
        let member = |n: u8| format!("0x{}", format!("{n:02x}").repeat(20));
        let peer = |n: u8, state: &str, configured: bool| {
            let connected = state == "connected";
            json!({"address": member(n), "connected": connected, "state": state, "configured": configured, "message": "m"})
        };
        let members: Vec<Value> = (1..=4).map(|n| json!({ "address": member(n) })).collect();
        let unnamed =
            json!({"connected": false, "state": "never_reached", "configured": true, "addrs": ["/a"], "message": "m"});
        let peers = [
            peer(2, "connected", true),
            peer(3, "offline", false),
            peer(7, "offline", false),
            peer(8, "offline", true),
            unnamed,
        ];
        let found = of_peers(&json!({ "address": member(1) }), &peers, &members, &NodeNames::default());
        let report: Vec<String> =
            found.iter().map(|f| format!("{} {}: {}", f.verdict.word(), f.what, f.text)).collect();
        let address = |n: u8| NodeNames::default().of(&member(n));
        assert_eq!(
            report,
            [
                "good peers: 1 of 5 connected".to_owned(),
                format!("degraded peer {}: offline: m", address(3)),
                format!("degraded peer {}: offline: m", address(8)),
                "degraded peer /a: never reached: m".to_owned(),
                format!(
                    "degraded member {}: not connected since this node started: start it, or pass its address with --peers",
                    address(4)
                ),
            ]
        );
    }
}
