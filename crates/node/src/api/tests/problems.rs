//! The table of errors against its page, and against what the API answers.

use std::io;

use axum::body::Body;
use quorate_disk::store::StoreError;
use quorate_event::{Address, EventId, Pace};
use quorate_replica::Refusal;

use super::fixture::{Fate, Node, api};
use crate::api::{PROBLEMS, Problem};
use crate::core::Stopped;

const PAGE: &str = include_str!("../../../../../docs/errors.md");

#[test]
fn the_page_of_errors_shows_the_table() {
    let shown: Vec<&str> = PAGE.lines().filter(|line| line.starts_with("| 4") || line.starts_with("| 5")).collect();
    let rows = PROBLEMS.iter();
    let table: Vec<String> =
        rows.map(|row| format!("| {} | `{}` | {} | {} |", row.status.as_u16(), row.code, row.when, row.hint)).collect();
    assert_eq!(shown, table, "docs/errors.md should hold these rows:\n{}", table.join("\n"));
}

#[test]
fn codes_are_unique_and_in_order_of_their_statuses() {
    assert!(PROBLEMS.is_sorted_by_key(|row| row.status));
    let mut codes: Vec<&str> = PROBLEMS.iter().map(|row| row.code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), PROBLEMS.len());
}

#[tokio::test]
async fn what_the_replica_refuses_is_told_with_its_row() {
    let node = Node::start(Pace::Automatic);
    let author = Address::new([1; 20]);
    for (refusal, status, code) in [
        (Refusal::NotAtomic, 413, "not_atomic"),
        (Refusal::MayNotWrite { author }, 403, "may_not_write"),
        (Refusal::Busy { waiting: 9 }, 429, "busy"),
        (Refusal::MissingParents { missing: vec![EventId::new([1; 32])] }, 409, "missing_parents"),
        (Refusal::Malformed { reason: "seq".to_owned() }, 422, "contradiction"),
    ] {
        let retry = matches!(refusal, Refusal::Busy { .. }).then_some("1");
        node.fate(Fate::Refused(refusal));
        let reply = node.put("/v1/docs/a", "1").await;
        reply.assert_problem(status, code);
        assert_eq!(reply.header("retry-after"), retry);
    }
}

#[tokio::test]
async fn what_a_disk_or_a_stopping_core_causes_is_told_with_its_row() {
    let source = || io::Error::other("a secret path");
    let path = || "/secret".into();
    for (problem, status, code) in [
        (Problem::Store(StoreError::Full { path: path(), source: source() }), 507, "disk_full"),
        (Problem::Store(StoreError::Io { path: path(), source: source() }), 503, "store_failed"),
        (Problem::Damaged, 503, "store_failed"),
        (Problem::Stopped(Stopped), 503, "stopped"),
        (Problem::NoAnswer, 503, "no_answer"),
    ] {
        assert_eq!((problem.row().status.as_u16(), problem.row().code), (status, code));
        assert!(!problem.to_string().contains("secret"), "a file's path is nobody's business");
    }
}

#[tokio::test]
async fn a_write_that_the_replica_cannot_make_into_edits_is_told_with_its_row() {
    let node = Node::start(Pace::Automatic);
    node.put("/v1/docs/a", "{\"b\":1}").await;
    node.put("/v1/docs/a?pointer=/b/c", "1").await.assert_problem(409, "no_such_place");
    node.ask("DELETE", "/v1/docs/a?pointer=/z").await.assert_problem(409, "no_such_place");
    node.put(&format!("/v1/docs/a?pointer={}", "/x".repeat(33)), "{}").await.assert_problem(422, "unwritable");
}

#[tokio::test]
async fn a_core_that_has_ended_is_told_on_every_route_that_asks_it() {
    let (mut api, fate, home) = api(Pace::Automatic);
    let (asks, ended) = tokio::sync::mpsc::channel(1);
    drop(ended);
    api.core.requests = asks;
    let node = Node::over((api, fate, home), "127.0.0.1");
    for uri in ["/readyz", "/v1/health", "/v1/status", "/metrics", "/", "/v1/docs/a", "/v1/docs", "/v1/milestones/head"]
    {
        node.get(uri).await.assert_problem(503, "stopped");
    }
    for (method, uri) in [("POST", "/v1/milestones"), ("POST", "/v1/leader/skip")] {
        let reply = node.send(node.request(method, uri).body(Body::empty()).unwrap()).await;
        reply.assert_problem(503, "stopped");
    }
    node.put("/v1/docs/a", "1").await.assert_problem(503, "stopped");
    assert_eq!(node.get("/livez").await.status, 200);
}
