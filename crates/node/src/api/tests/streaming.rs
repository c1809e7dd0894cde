//! Streams of a node: from now on, from a position on, and the reset of a client whose position has expired.

use std::time::Duration;

use quorate_event::{Address, EventId, Height, Pace, View};
use quorate_replica::{Notice, PbftStep, StepKind};
use serde_json::{Value, json};

use super::fixture::Node;
use super::listener::Listener;
use crate::api::state::MAX_STREAMS;
use crate::api::stream::notice_log::RETAINED;
use crate::core::NumberedNotice;

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
    for cursor in 1..=RETAINED as u64 + 1 {
        let notice = Notice::Admitted { id: EventId::new([1; 32]) };
        node.app.core.notices.send(NumberedNotice { cursor, notice }).unwrap();
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
    assert!(place.ends_with(&format!("-{}", RETAINED + 1)), "{place}");
}

#[tokio::test]
async fn streams_are_bounded_in_number_and_end_with_the_node() {
    let node = Node::start(Pace::Automatic);
    let mut streams = Vec::new();
    for _ in 0..MAX_STREAMS {
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

#[tokio::test]
async fn whoever_asks_is_told_the_five_steps_of_a_write_by_name() {
    let node = Node::start(Pace::Automatic);
    let mut plain = Listener::open(&node, "/v1/stream", None).await;
    let mut live = Listener::open(&node, "/v1/stream?steps=true", None).await;
    assert_eq!(live.next().await.unwrap().0, "open");
    node.put("/v1/docs/a?wait=final", "1").await;
    let mut told = Vec::new();
    for step in ["request", "pre-prepare", "prepare", "commit", "reply"] {
        let (_, place, data) = live.until("step").await;
        let data: Value = serde_json::from_str(&data).unwrap();
        assert_eq!((data["step"].as_str(), place.as_str()), (Some(step), ""), "{data}");
        assert_eq!((&data["height"], &data["view"]), (&json!(1), &json!(0)), "{data}");
        assert!(data["who"].as_str().unwrap().starts_with("0x"), "{data}");
        told.push(data);
    }
    for voted in &told[1..4] {
        for (name, stake) in [("stake", "100"), ("sum", "100"), ("quorum", "67"), ("total", "100")] {
            assert_eq!(voted[name], stake, "{voted}");
        }
        assert_eq!(voted["proposal"], told[1]["proposal"]);
    }
    assert_eq!((&told[4]["covered"], told[0]["event"].is_string()), (&json!(1), true));

    for _ in 0..4 {
        assert_ne!(plain.next().await.unwrap().0, "step");
    }
    for wrong in ["/v1/stream?steps=1", "/v1/stream?steps=true&doc=a"] {
        node.get(wrong).await.assert_problem(400, "bad_parameter");
    }
}

#[tokio::test]
async fn a_watcher_of_steps_that_sleeps_is_told_how_many_it_missed() {
    let node = Node::start(Pace::Automatic);
    let mut slow = Listener::open(&node, "/v1/stream?steps=true", None).await;
    assert_eq!(slow.next().await.unwrap().0, "open");
    let kind = StepKind::Request { event: EventId::new([1; 32]) };
    let step = PbftStep { height: Height(1), view: View(0), who: Address::new([1; 20]), kind };
    for _ in 0..4_096 + 7 {
        node.app.core.steps.send(step.clone()).unwrap();
    }
    let (name, _, data) = slow.next().await.unwrap();
    assert_eq!((name.as_str(), data.as_str()), ("missed", "{\"steps\":7}"));
    assert_eq!(slow.next().await.unwrap().0, "step");
}
