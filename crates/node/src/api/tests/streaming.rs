//! Streams: from now on, from a place on, and what a reader is told who comes too late.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use quorate_event::{EventId, Pace};
use quorate_replica::Notice;

use super::fixture::{Node, request};
use crate::api::app::STREAMS;
use crate::api::ring::REMEMBERED;
use crate::core::Noticed;

/// An open stream, read event by event.
struct Listener {
    body: BodyDataStream,
    text: String,
}

/// One event: its name, its place, its data.
type Told = (String, String, String);

impl Listener {
    async fn open(node: &Node, uri: &str, last: Option<&str>) -> Self {
        let mut builder = request("GET", uri);
        if let Some(last) = last {
            builder = builder.header("last-event-id", last);
        }
        let request = builder.body(Body::empty()).unwrap();
        let response = TowerToHyperService::new(node.router.clone()).call(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next event; nothing if the stream ends.
    async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    line.unwrap_or_default().to_owned()
                };
                let told = (field("event"), field("id"), field("data"));
                self.text = rest.to_owned();
                return Some(told);
            }
            let chunk =
                tokio::time::timeout(Duration::from_secs(5), self.body.next()).await.expect("an event in time")?;
            self.text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
    }

    async fn until(&mut self, name: &str) -> Told {
        loop {
            let told = self.next().await.unwrap();
            if told.0 == name {
                return told;
            }
        }
    }
}

#[tokio::test]
async fn a_stream_tells_what_happens_and_resumes_where_it_was_left() {
    let node = Node::start(Pace::Automatic);
    let mut live = Listener::open(&node, "/v1/stream", None).await;
    let (name, start, _) = live.next().await.unwrap();
    assert_eq!(name, "open");
    node.put("/v1/docs/a?wait=final", "1").await;
    let (_, changed, data) = live.until("changed").await;
    assert!(data.contains("\"document\":\"a\""), "{data}");
    let (_, _, data) = live.until("milestone").await;
    assert!(data.contains("\"height\":1"), "{data}");

    let mut again = Listener::open(&node, "/v1/stream", Some(&start)).await;
    assert_eq!(again.until("changed").await.1, changed);
    let mut later = Listener::open(&node, "/v1/stream", Some(&changed)).await;
    assert_ne!(later.next().await.unwrap().0, "changed");
}

#[tokio::test]
async fn a_place_that_is_not_remembered_resets_the_stream() {
    let node = Node::start(Pace::Automatic);
    let mut live = Listener::open(&node, "/v1/stream", None).await;
    let (_, start, _) = live.next().await.unwrap();
    let other_run = format!("{:016x}-0", 1);
    let ahead = start.replace("-0", "-99");
    for place in [other_run.as_str(), &ahead, "", "x", "0", "\u{e9}"] {
        let mut reset = Listener::open(&node, "/v1/stream", Some(place)).await;
        let (name, place, _) = reset.next().await.unwrap();
        assert_eq!((name.as_str(), place), ("reset", start.clone()));
    }
    overflow(&node).await;
    let mut late = Listener::open(&node, "/v1/stream", Some(&start)).await;
    assert_eq!(late.next().await.unwrap().0, "reset");
}

/// More notices than are remembered, a few at a time so that none is missed on the way.
async fn overflow(node: &Node) {
    for cursor in 1..=REMEMBERED as u64 + 1 {
        let notice = Notice::Admitted { id: EventId::new([1; 32]) };
        node.app.core.notices.send(Noticed { cursor, notice }).unwrap();
        if cursor % 64 == 0 {
            tokio::task::yield_now().await;
        }
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
}

#[tokio::test]
async fn a_reader_that_sleeps_too_long_is_told_to_start_anew() {
    let node = Node::start(Pace::Automatic);
    let mut slow = Listener::open(&node, "/v1/stream", None).await;
    assert_eq!(slow.next().await.unwrap().0, "open");
    overflow(&node).await;
    let (name, place, _) = slow.next().await.unwrap();
    assert_eq!(name, "reset");
    assert!(place.ends_with(&format!("-{}", REMEMBERED + 1)), "{place}");
}

#[tokio::test]
async fn whoever_asks_about_one_document_hears_of_no_other() {
    let node = Node::start(Pace::Automatic);
    let mut one = Listener::open(&node, "/v1/stream?doc=b%20c", None).await;
    assert_eq!(one.next().await.unwrap().0, "open");
    for name in ["a", "b%20c", "d"] {
        node.put(&format!("/v1/docs/{name}?wait=final"), "1").await;
    }
    for expected in ["milestone", "changed", "milestone", "milestone"] {
        let (name, _, data) = one.next().await.unwrap();
        assert_eq!(name, expected);
        assert!(name == "milestone" || data.contains("\"b c\""), "{data}");
    }
}

#[tokio::test]
async fn streams_are_bounded_in_number_and_end_with_the_node() {
    let node = Node::start(Pace::Automatic);
    let mut streams = Vec::new();
    for _ in 0..STREAMS {
        streams.push(Listener::open(&node, "/v1/stream", None).await);
    }
    let refused = node.get("/v1/stream").await;
    refused.assert_problem(429, "too_many_streams");
    assert!(refused.header("retry-after").is_some());
    streams.pop();
    streams.push(Listener::open(&node, "/v1/stream", None).await);
    node.app.close();
    for mut stream in streams {
        assert_eq!(stream.next().await.unwrap().0, "open");
        assert_eq!(stream.next().await, None);
    }
}
