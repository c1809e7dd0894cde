//! The commands that show the state of a node: `status`, `peers`, `events`, `milestones`; and the two requests to the
//! committee, `milestone now` and `leader skip`.

use serde_json::{Value, json};

use super::args::{EventsArgs, MilestonesArgs, SealArgs};
use super::documents::{TIMEOUT_MS, tell_write};
use super::error::CliError;
use super::http::{Client, HttpAnswer, HttpError, WriteRequest, escaped};
use super::output::Printer;
use super::token::ClientOptions;
use super::view::{NodeNames, columns, inline, list, number, short_id, short_ids, table, text};
use crate::exit::Exit;

/// `status`: degraded while writes cannot become final.
pub(crate) fn status(access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let status = access.reader()?.get("/v1/status")?;
    let names = NodeNames::new(access.network()?);
    output.answer(&status, || status_text(&status, &names))?;
    Ok(if is_stuck(&status) { Exit::Degraded } else { Exit::Done })
}

/// Whether more than a third of the stake is offline: the only reason of `why_not_final` that does not pass by itself.
pub(crate) fn is_stuck(status: &Value) -> bool {
    text(status, "/why_not_final/code") == "no_quorum"
}

/// The reason why writes do not become final, in one sentence. Members that are offline are named.
pub(crate) fn why_not_final(status: &Value, names: &NodeNames) -> String {
    let why = match text(status, "/why_not_final/message") {
        "" => "nothing waits",
        why => why,
    };
    let away = list(status, "/why_not_final/away").iter().filter_map(Value::as_str);
    let unnamed = NodeNames::default();
    away.fold(why.to_owned(), |why, member| why.replace(&unnamed.of(member), &names.of(member)))
}

fn status_text(status: &Value, names: &NodeNames) -> String {
    let address = text(status, "/address");
    let stake = match status["stake"].as_str() {
        Some(stake) => format!("a stake of {stake}"),
        None => "no member: it follows without a vote".to_owned(),
    };
    columns(&[
        ("network", text(status, "/network").to_owned()),
        ("node", format!("{} {address}, {stake}", inline(&status["name"]))),
        ("peer id", inline(&status["peer_id"])),
        ("height", format!("M{} {}", inline(&status["height"]), short_id(text(status, "/milestone")))),
        ("view", format!("{}, led by {}", inline(&status["view"]), names.of(text(status, "/leader")))),
        ("events", format!("{}, {} not covered yet", inline(&status["events"]), inline(&status["uncovered"]))),
        ("heads", short_ids(list(status, "/heads"))),
        ("merged", text(status, "/digests/merged").to_owned()),
        ("final", text(status, "/digests/final").to_owned()),
        ("not final", why_not_final(status, names)),
    ])
}

/// `peers`.
pub(crate) fn peers(access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let answer = access.reader()?.get("/v1/peers")?;
    let names = NodeNames::new(access.network()?);
    output.answer(&answer, || {
        let peers = list(&answer, "/peers");
        let rows = peers.iter().map(|peer| {
            let rtt = peer["rtt_ms"].as_f64().map(|rtt_ms| format!("{rtt_ms:.1}"));
            let seen = number(peer, "/last_seen_ms").map(|seen_ms| format!("{} ago", age(seen_ms)));
            let or_none = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
            vec![
                names.of(text(peer, "/address")),
                state_text(peer),
                or_none(seen),
                or_none(rtt),
                inline(&peer["direction"]),
                route(peer, peers, &names),
                format!("{:.0}", peer["score"].as_f64().unwrap_or_default()),
                list(peer, "/addrs").first().map(inline).unwrap_or_default(),
                text(peer, "/message").to_owned(),
            ]
        });
        let head = ["peer", "is", "seen", "rtt_ms", "direction", "route", "score", "where", ""];
        table_or(&head, &rows.collect::<Vec<_>>(), "no peers")
    })?;
    Ok(Exit::Done)
}

/// The route to a peer: `direct`, or the relay.
fn route(peer: &Value, peers: &[Value], names: &NodeNames) -> String {
    let relay = text(peer, "/relay");
    match peers.iter().find(|other| text(other, "/peer_id") == relay) {
        Some(relay) => format!("by {}", names.of(text(relay, "/address"))),
        // The relay itself may be disconnected by now.
        None if !relay.is_empty() => format!("by {relay}"),
        None => inline(&peer["route"]),
    }
}

/// The state of a peer: `connected`, `offline for 12 s` or `never reached`.
pub(crate) fn state_text(peer: &Value) -> String {
    match number(peer, "/offline_ms") {
        Some(offline_ms) => format!("offline for {}", age(offline_ms)),
        None => text(peer, "/state").replace('_', " "),
    }
}

/// A time in its largest whole unit.
fn age(ms: u64) -> String {
    match ms / 1_000 {
        s @ 0..120 => format!("{s} s"),
        s @ 120..7_200 => format!("{} min", s / 60),
        s @ 7_200..172_800 => format!("{} h", s / 3_600),
        s => format!("{} d", s / 86_400),
    }
}

/// Whether a peer can be reached.
pub(crate) fn is_connected(peer: &Value) -> bool {
    peer["connected"] == json!(true)
}

/// A table, or a sentence if it has no rows.
pub(crate) fn table_or(head: &[&str], rows: &[Vec<String>], none: &str) -> String {
    match rows {
        [] => none.to_owned(),
        rows => table(head, rows),
    }
}

/// `events`.
pub(crate) fn events(args: &EventsArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let after = args.after.as_deref().map(escaped);
    let answer = events_page(&access.reader()?, after.as_deref(), args.limit)?;
    let names = NodeNames::new(access.network()?);
    output.answer(&answer, || {
        let rows = list(&answer, "/events").iter().map(|event| event_row(event, &names));
        let head = ["cursor", "event", "kind", "author", "seq", "depth", "covered"];
        table(&head, &rows.collect::<Vec<_>>())
    })?;
    Ok(Exit::Done)
}

/// The events after a cursor that is already percent-encoded.
pub(crate) fn events_page(client: &Client, after: Option<&str>, limit: u64) -> Result<Value, CliError> {
    let after = after.map(|cursor| format!("&after={cursor}")).unwrap_or_default();
    Ok(client.get(&format!("/v1/events?limit={limit}{after}"))?)
}

fn event_row(event: &Value, names: &NodeNames) -> Vec<String> {
    let covered = number(event, "/covered_at").map(|height| format!("M{height}"));
    let void = if event["void"] == json!(true) { "void" } else { "-" };
    vec![
        inline(&event["cursor"]),
        short_id(text(event, "/id")),
        inline(&event["kind"]),
        names.of(text(event, "/author")),
        inline(&event["seq"]),
        inline(&event["depth"]),
        covered.unwrap_or_else(|| void.to_owned()),
    ]
}

/// `milestones`.
pub(crate) fn milestones(args: &MilestonesArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let client = access.reader()?;
    let names = NodeNames::new(access.network()?);
    if let Some(height) = args.height {
        let milestone = client.get(&format!("/v1/milestones/{height}"))?;
        output.answer(&milestone, || milestone_text(&milestone, &names))?;
        return Ok(Exit::Done);
    }
    let head = client.get("/v1/milestones/head")?;
    let last = number(&head, "/height").unwrap_or(0);
    let first = (last + 1).saturating_sub(args.limit.max(1));
    let mut found = Vec::new();
    for height in first..last {
        found.push(client.get(&format!("/v1/milestones/{height}"))?);
    }
    found.push(head);
    let report = json!({ "milestones": found });
    output.answer(&report, || {
        let rows = found.iter().map(|milestone| {
            vec![
                format!("M{}", inline(&milestone["height"])),
                short_id(text(milestone, "/id")),
                short_ids(list(milestone, "/heads")),
                names.signers(milestone).join(" "),
            ]
        });
        table(&["", "milestone", "cut", "signers"], &rows.collect::<Vec<_>>())
    })?;
    Ok(Exit::Done)
}

/// A milestone in full.
pub(crate) fn milestone_text(milestone: &Value, names: &NodeNames) -> String {
    let signers = names.signers(milestone);
    let plain = |key: &'static str| (key, inline(&milestone[key]));
    let rows = [
        ("milestone", format!("M{} {}", inline(&milestone["height"]), text(milestone, "/id"))),
        plain("previous"),
        ("cut", short_ids(list(milestone, "/heads"))),
        ("signers", format!("{}: {}", signers.len(), signers.join(" "))),
        plain("view"),
        plain("time_ms"),
    ];
    let object = milestone.as_object();
    let roots = object.into_iter().flatten().filter(|(key, _)| key.ends_with("root"));
    let roots = roots.map(|(key, root)| (key.as_str(), inline(root)));
    columns(&rows.into_iter().chain(roots).collect::<Vec<_>>())
}

/// `milestone now`.
pub(crate) fn seal(args: &SealArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let answer = ask_for_seal(&access.writer()?, args.timeout_ms)?;
    tell_write(&answer, output)
}

/// Requests a milestone that covers all events of the node, and waits for it.
pub(crate) fn ask_for_seal(client: &Client, timeout_ms: u64) -> Result<HttpAnswer, HttpError> {
    let timeout_ms = timeout_ms.min(TIMEOUT_MS);
    let path = format!("/v1/milestones?wait=final&timeout_ms={timeout_ms}");
    client.change(&post(&path, timeout_ms))
}

/// `leader skip`.
pub(crate) fn skip_leader(access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let answer = access.writer()?.change(&post("/v1/leader/skip", 0))?;
    output.answer(&answer.body, || "asked to move on from the present leader".to_owned())?;
    Ok(Exit::Done)
}

/// A request without a body.
const fn post(path: &str, timeout_ms: u64) -> WriteRequest<'_> {
    WriteRequest { method: "POST", path, content_type: "application/json", body: b"{}", if_match: None, timeout_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_missing_quorum_degrades() {
        let status = |why: Value| json!({ "why_not_final": why });
        assert!(is_stuck(&status(json!({"code": "no_quorum", "message": "m"}))));
        for fine in [json!(null), json!({"code": "under_way"})] {
            assert!(!is_stuck(&status(fine)));
        }
        let why = |why: Value| why_not_final(&status(why), &NodeNames::default());
        assert_eq!(why(json!(null)), "nothing waits");
        assert_eq!(why(json!({"code": "c", "message": "m"})), "m");
    }

    #[test]
    fn a_peer_is_connected_offline_since_some_time_or_was_never_reached() {
        assert_eq!(state_text(&json!({"state": "connected", "offline_ms": null})), "connected");
        assert_eq!(state_text(&json!({"state": "never_reached"})), "never reached");
        let offline = |ms: u64| state_text(&json!({"state": "offline", "offline_ms": ms}));
        assert_eq!(offline(12_345), "offline for 12 s");
        assert_eq!([offline(300_000), offline(9_000_000)], ["offline for 5 min", "offline for 2 h"]);
        assert_eq!(offline(u64::MAX).chars().last(), Some('d'));
    }

    #[test]
    fn an_event_row_tells_the_first_milestone_that_covers_it() {
        let names = NodeNames::default();
        let row = |event: Value| event_row(&event, &names).pop().unwrap();
        assert_eq!(row(json!({"covered_at": 2})), "M2");
        assert_eq!(row(json!({"covered_at": null, "void": true})), "void");
        assert_eq!(row(json!({})), "-");
    }
}
