//! Streams: from now on, from a place on, and what a reader is told who comes too late.

use std::time::Duration;

use quorate_event::{EventId, Pace};
use quorate_replica::Notice;

use super::fixture::Node;
use super::listener::Listener;
use crate::api::app::STREAMS;
use crate::api::ring::REMEMBERED;
use crate::core::Noticed;

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
