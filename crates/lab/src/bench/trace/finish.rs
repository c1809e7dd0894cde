//! The end of a replay: waits until every event is final at every node, and compares the texts.

use std::collections::BTreeSet;
use std::sync::Arc;

use quorate_cli::args::LevelArg;
use quorate_cli::documents::read;
use quorate_cli::http::{Client, HttpError, escaped};
use quorate_cli::view::{list, text};
use quorate_cli::wait::Deadline;
use serde_json::Value;

use super::authors::{TEXT, WrittenEvent};
use super::error::TraceError;
use crate::error::LabError;

/// Timeout for all events to become final.
const FINAL_MS: u64 = 120_000;
/// Events per request.
const PAGE: usize = 500;

/// The final text of one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) url: String,
    pub(super) digest: String,
    pub(super) text: String,
}

/// Waits until every event is final at all nodes. A milestone covers the past of its events, so only the heads are
/// polled; all events are read once at the end.
pub(super) fn wait_until_final(clients: &[Client], events: &[Arc<WrittenEvent>]) -> Result<(), LabError> {
    let heads = heads(events);
    for client in clients {
        let mut deadline = Deadline::after_ms(FINAL_MS);
        while !all_final(client, &heads)? {
            if deadline.is_over() {
                let url = client.url().to_owned();
                return Err(TraceError::NotFinal { url, within_ms: FINAL_MS }.into());
            }
            deadline.pause();
        }
        let missing = missing(client, events)?;
        if missing > 0 {
            return Err(TraceError::Missing { url: client.url().to_owned(), missing }.into());
        }
    }
    Ok(())
}

fn heads(events: &[Arc<WrittenEvent>]) -> Vec<String> {
    let parents: BTreeSet<_> = events.iter().flat_map(|written| &written.event.body().parents).collect();
    let heads = events.iter().map(|written| written.id()).filter(|id| !parents.contains(id));
    heads.map(|id| id.to_string()).collect()
}

fn all_final(client: &Client, ids: &[String]) -> Result<bool, HttpError> {
    for id in ids {
        match client.get(&format!("/v1/events/{id}")) {
            Ok(event) if event["covered_at"].is_u64() => {}
            Ok(_) | Err(HttpError::Refused { status: 404, .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// Number of events that a node shows as not final or as void.
fn missing(client: &Client, events: &[Arc<WrittenEvent>]) -> Result<usize, HttpError> {
    let mut missing: BTreeSet<String> = events.iter().map(|written| written.id().to_string()).collect();
    let mut after = String::new();
    loop {
        let page = client.get(&format!("/v1/events?limit={PAGE}{after}"))?;
        let events = list(&page, "/events");
        for event in events.iter().filter(|event| event["covered_at"].is_u64() && event["void"] == Value::Bool(false)) {
            missing.remove(text(event, "/id"));
        }
        match text(&page, "/next") {
            next if !next.is_empty() && !events.is_empty() => after = format!("&after={}", escaped(next)),
            _ => return Ok(missing.len()),
        }
    }
}

/// The text at every node.
pub(super) fn shown(clients: &[Client], document: &str) -> Result<Vec<Shown>, HttpError> {
    let one = |client: &Client| {
        let answer = read(client, document, LevelArg::Final)?;
        Ok(Shown {
            url: client.url().to_owned(),
            digest: text(&answer, "/digest").to_owned(),
            text: text(&answer, &format!("/value{TEXT}")).to_owned(),
        })
    };
    clients.iter().map(one).collect()
}
