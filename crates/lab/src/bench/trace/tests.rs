//! Replays of small traces without nodes: the authors exchange all events directly.

use std::path::Path;
use std::sync::Arc;

use quorate_cli::error::CommandFailure;
use quorate_event::{EventId, Lane, NetworkId};
use quorate_scenario::{DemoSeed, demo_key};
use serde_json::{Value, json};

use super::authors::{Identity, Sight, TraceAuthor, WrittenEvent};
use super::board::Board;
use super::read::{RecordedTrace, parse, read};
use super::report::FirstDifference;
use super::turns::Turns;
use super::typing::{self, Desk, Replay};
use crate::error::LabError;

/// Accepts every event.
struct Nowhere;

impl Desk for Nowhere {
    fn take(&mut self, _: &[EventId], _: &[Arc<WrittenEvent>]) -> Result<(), LabError> {
        Ok(())
    }
}

fn type_all(trace: &RecordedTrace) -> Result<Vec<Arc<WrittenEvent>>, LabError> {
    let turns = Turns::of(trace)?;
    let network = NetworkId::new([7; 32]);
    let author = |agent: usize| {
        let key = demo_key(DemoSeed(agent as u64 + 1)).unwrap();
        let identity = Identity { key, lane: Lane(9), network, document: "d".to_owned() };
        TraceAuthor::new(identity, agent, turns.agents())
    };
    let authors = (0..turns.agents()).map(author).collect();
    let desks = (0..turns.agents()).map(|_| Nowhere).collect();
    typing::all(&Replay { trace, turns: &turns, board: &Board::new(turns.all.len()) }, authors, desks)
}

fn text(events: &[Arc<WrittenEvent>]) -> String {
    let mut sight = Sight::default();
    events.iter().for_each(|written| sight.learn(written));
    sight.text()
}

fn trace(end: &str, transactions: &Value) -> RecordedTrace {
    let file = json!({ "kind": "concurrent", "endContent": end, "txns": transactions });
    parse(file.to_string().as_bytes(), Path::new("t.json"), None).unwrap()
}

fn typed(agent: u32, parents: &[u32], patches: &Value) -> Value {
    json!({ "agent": agent, "parents": parents, "patches": patches })
}

#[test]
fn two_who_type_at_once_end_with_what_both_typed() {
    let transactions = json!([
        typed(0, &[], &json!([[0, 0, "one two"]])),
        typed(1, &[0], &json!([[7, 0, "!"]])),
        typed(0, &[0], &json!([[0, 3, "1"]])),
        // Sees the end of the one and the beginning of the other.
        typed(1, &[1, 2], &json!([[2, 3, "2"], [4, 0, "𝄞"]])),
    ]);
    let trace = trace("1 2!𝄞", &transactions);
    let events = type_all(&trace).unwrap();
    assert_eq!(Some(text(&events)), trace.end);
    // The empty text, and four turns; the last is upon both.
    assert_eq!(events.len(), 5);
    assert_eq!(events[4].event.body().parents, [events[2].id(), events[3].id()]);
}

#[test]
fn what_does_not_fit_is_told_with_its_transaction_and_nobody_waits_for_ever() {
    let transactions = json!([
        typed(0, &[], &json!([[0, 0, "ab"]])),
        typed(0, &[0], &json!([[3, 0, "c"]])),
        typed(1, &[1], &json!([[0, 0, "d"]])),
    ]);
    let error = type_all(&trace("", &transactions)).unwrap_err();
    assert!(error.text().starts_with("transaction 1 does not fit"), "{}", error.text());
    assert!(error.text().contains("position 3 is past the end"), "{}", error.text());
}

#[test]
fn a_change_larger_than_an_event_becomes_several() {
    let long = "é".repeat(100_000);
    let transactions = json!([typed(0, &[], &json!([[0, 0, long]])), typed(1, &[0], &json!([[99_999, 1, "!"]]))]);
    let trace = trace(&format!("{}!", "é".repeat(99_999)), &transactions);
    let events = type_all(&trace).unwrap();
    assert!(events.len() > 5, "{}", events.len());
    assert_eq!(Some(text(&events)), trace.end);
}

fn check(name: &str) {
    let Some(path) = quorate_traces::path(name) else { return };
    let trace = read(&path, None).unwrap();
    let text = text(&type_all(&trace).unwrap());
    let end = trace.end.as_deref().unwrap_or_default();
    assert_eq!(FirstDifference::between(&text, end), None);
}

#[test]
fn two_friends_end_with_the_recorded_text() {
    check("friendsforever");
}

#[test]
fn the_friends_text_as_one_sequence_ends_with_the_recorded_text() {
    check("friendsforever_flat");
}

#[test]
fn a_source_file_ends_with_the_recorded_text() {
    check("sveltecomponent");
}
