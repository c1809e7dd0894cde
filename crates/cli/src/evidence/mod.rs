//! `quorate evidence`: lists the evidence of a node, exports it, and verifies an exported file without a node.

mod file;

use std::fs;
use std::path::Path;

use quorate_event::{Genesis, NetworkId};
use quorate_node::genesis_file;
use quorate_scenario::demo_addresses;
use serde_json::{Value, json};

use super::args::EvidenceArgs;
use super::error::{CliError, file_error};
use super::http::Client;
use super::inspect::table_or;
use super::output::Printer;
use super::token::ClientOptions;
use super::view::{NodeNames, inline, list, number, short_id, text};
use crate::exit::Exit;
use file::{EvidenceFile, Flaw, Item, Proven, StatementKind};

/// The message if there is no evidence.
const NO_EVIDENCE: &str = "the node has no evidence";

/// `evidence`.
pub(crate) fn evidence(args: &EvidenceArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    match (&args.verify, &args.export) {
        (Some(file), _) => verify(file, args.genesis.as_deref(), output),
        (None, Some(file)) => export(file, &access.reader()?, output),
        (None, None) => show(access, output),
    }
}

fn show(access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let answer = all(&access.reader()?)?;
    let names = NodeNames::new(access.network()?);
    output.answer(&answer, || {
        let votes = list(&answer, "/votes").iter().map(|found| votes_row(found, &names));
        let events = list(&answer, "/events").iter().map(|found| events_row(found, &names));
        let head = ["culprit", "signed", "at", "for", "ordered"];
        table_or(&head, &votes.chain(events).collect::<Vec<_>>(), NO_EVIDENCE)
    })?;
    Ok(Exit::Done)
}

/// All pages as one answer.
fn all(client: &Client) -> Result<Value, CliError> {
    let (mut votes, mut events) = (Vec::new(), Vec::new());
    let mut path = "/v1/evidence?limit=1000".to_owned();
    loop {
        let page = client.get(&path)?;
        votes.extend_from_slice(list(&page, "/votes"));
        events.extend_from_slice(list(&page, "/events"));
        match text(&page, "/next") {
            "" => return Ok(json!({ "votes": votes, "events": events })),
            next => path = format!("/v1/evidence?limit=1000&after={next}"),
        }
    }
}

fn votes_row(found: &Value, names: &NodeNames) -> Vec<String> {
    let (first, second) = (&found["votes"][0], &found["votes"][1]);
    let about = [first, second].map(|vote| match text(vote, "/kind") {
        "skip" => "-".to_owned(),
        _ => short_id(text(vote, "/proposal")),
    });
    vec![
        names.of(text(found, "/culprit")),
        format!("{} and {}", inline(&first["kind"]), inline(&second["kind"])),
        format!("height {}, view {}", inline(&first["height"]), inline(&first["view"])),
        about.join(" "),
        ordered(found),
    ]
}

fn events_row(found: &Value, names: &NodeNames) -> Vec<String> {
    let events = list(found, "/events").iter().map(|event| short_id(&inline(event)));
    vec![
        names.of(text(found, "/culprit")),
        "two events".to_owned(),
        format!("lane {}, seq {}", inline(&found["lane"]), inline(&found["seq"])),
        events.collect::<Vec<_>>().join(" "),
        ordered(found),
    ]
}

fn ordered(found: &Value) -> String {
    number(found, "/milestone").map_or_else(|| "not yet".to_owned(), |height| format!("M{height}"))
}

/// Degraded when there is no evidence to write.
fn export(path: &Path, client: &Client, output: &Printer) -> Result<Exit, CliError> {
    let network = inline(&client.get("/v1/status")?["network"]);
    let found = all(client)?;
    let mut file = EvidenceFile::of(network);
    for votes in list(&found, "/votes") {
        let signed = ["/votes/0/cbor", "/votes/1/cbor"].map(|vote| text(votes, vote).to_owned());
        file.evidence.push(Item { kind: StatementKind::Votes, culprit: text(votes, "/culprit").to_owned(), signed });
    }
    for events in list(&found, "/events") {
        let bytes = |place| -> Result<String, CliError> {
            let event = client.get(&format!("/v1/events/{}", text(events, place)))?;
            Ok(text(&event, "/cbor").to_owned())
        };
        let signed = [bytes("/events/0")?, bytes("/events/1")?];
        file.evidence.push(Item { kind: StatementKind::Events, culprit: text(events, "/culprit").to_owned(), signed });
    }
    // The node did not check the signatures of events below a milestone, so a signature that it holds may be invalid.
    let unproven = file.drop_unproven();
    let count = file.evidence.len();
    if unproven > 0 {
        output.warn(&format!(
            "{unproven} left out: this node holds no valid signatures for it; export from another node with --url"
        ));
    }
    if count == 0 {
        output.answer(&json!({ "file": null, "evidence": 0 }), || format!("{NO_EVIDENCE}: no file is written"))?;
        return Ok(Exit::Degraded);
    }
    fs::write(path, file.to_json()).map_err(file_error(path))?;
    let report = json!({ "file": path, "evidence": count });
    output.answer(&report, || format!("{count} written to {}", path.display()))?;
    Ok(Exit::Done)
}

/// Degraded unless every entry is valid.
fn verify(path: &Path, genesis: Option<&Path>, output: &Printer) -> Result<Exit, CliError> {
    let text = fs::read(path).map_err(file_error(path))?;
    let genesis = genesis.map(|file| genesis_file::load(file, &demo_addresses())).transpose()?;
    let wanted = genesis.as_ref().map(Genesis::network);
    let read = EvidenceFile::parse(&text, wanted);
    let (report, lines, holds) = match &read {
        Ok((network, file)) => judge(*network, file, genesis.as_ref()),
        Err(flaw) => {
            let why = flaw.to_string();
            (json!({ "valid": false, "why": why }), vec![format!("proves nothing: {why}")], false)
        }
    };
    output.answer(&report, || lines.join("\n"))?;
    Ok(if holds { Exit::Done } else { Exit::Degraded })
}

/// The result for a file: as JSON, as lines, and whether all entries are valid.
fn judge(network: NetworkId, file: &EvidenceFile, genesis: Option<&Genesis>) -> (Value, Vec<String>, bool) {
    let judged: Vec<_> = file.evidence.iter().map(|item| item.prove(network)).collect();
    let holds = judged.iter().all(Result::is_ok);
    let report: Vec<Value> = judged.iter().map(|judged| report(judged, genesis)).collect();
    let lines = std::iter::once(format!("network {network}"));
    let lines = lines.chain(judged.iter().map(|judged| line(judged, genesis)));
    (json!({ "network": network.to_string(), "valid": holds, "evidence": report }), lines.collect(), holds)
}

fn report(judged: &Result<Proven, Flaw>, genesis: Option<&Genesis>) -> Value {
    match judged {
        Ok(proven) => {
            let mut report = json!({
                "valid": true,
                "culprit": proven.culprit.to_string(),
                "signed": proven.signed,
                "ids": proven.ids,
            });
            if let Some(genesis) = genesis {
                report["stake"] = json!(genesis.committee.stake(proven.culprit).map(|stake| stake.0.to_string()));
            }
            report
        }
        Err(flaw) => json!({ "valid": false, "why": flaw.to_string() }),
    }
}

fn line(judged: &Result<Proven, Flaw>, genesis: Option<&Genesis>) -> String {
    let proven = match judged {
        Ok(proven) => proven,
        Err(flaw) => return format!("proves nothing: {flaw}"),
    };
    let member = match genesis.map(|genesis| genesis.committee.stake(proven.culprit)) {
        None => String::new(),
        Some(None) => ", no member of the genesis,".to_owned(),
        Some(Some(stake)) => format!(", a member with a stake of {},", stake.0),
    };
    format!("{}{member} signed {}: {}", proven.culprit, proven.signed, proven.ids.join(" "))
}
