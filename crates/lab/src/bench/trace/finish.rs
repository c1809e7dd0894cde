//! The end: every event final at every node, and what the nodes then show.

use std::collections::BTreeSet;
use std::sync::Arc;

use quorate_cli::args::LevelArg;
use quorate_cli::documents::read;
use quorate_cli::http::{Client, HttpError, escaped};
use quorate_cli::view::{list, text};
use quorate_cli::wait::Deadline;
use serde_json::Value;

use super::TraceError;
use super::authors::{TEXT, Written};
use crate::error::LabError;

/// How long everything may take to become final.
const FINAL_MS: u64 = 120_000;
/// Events that are asked for at a time.
const PAGE: usize = 500;

/// What one node shows at level final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) url: String,
    pub(super) digest: String,
    pub(super) text: String,
}

/// Waits until all nodes have every event final. A milestone covers the past of what it covers, so those that nothing
/// was written upon are asked for again and again, and all of them once.
pub(super) fn wait_until_final(clients: &[Client], events: &[Arc<Written>]) -> Result<(), LabError> {
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

fn heads(events: &[Arc<Written>]) -> Vec<String> {
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

/// How many of the events a node does not show as final, or as void.
fn missing(client: &Client, events: &[Arc<Written>]) -> Result<usize, HttpError> {
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
