//! Documents as they were, who wrote what, and what was written concurrently.

use axum::body::Body;
use axum::http::header::IF_NONE_MATCH;
use quorate_event::{Container, Edit, ElementRef, EventId, Pace, Target, Value as Scalar};
use serde_json::{Value, json};

use super::fixture::{Node, request};
use super::strangers::{Stranger, set};

/// Puts a value and waits until it is final; the event that did it.
async fn put(node: &Node, value: &Value) -> String {
    let written = node.put("/v1/docs/a?wait=final", value.to_string()).await.json();
    written["events"][0].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_document_shows_as_it_was_at_any_past_event_and_milestone() {
    let node = Node::start(Pace::Automatic);
    let mut versions = Vec::new();
    for value in [json!({ "b": 1 }), json!({ "b": 2, "c": [1] }), json!({ "c": [1, 2] })] {
        let event = put(&node, &value).await;
        let read = node.get("/v1/docs/a?level=final").await.json();
        versions.push((event, read));
    }
    for (height, (event, then)) in (1..).zip(&versions) {
        for at in [event.clone(), height.to_string()] {
            let now = node.get(&format!("/v1/docs/a?at={at}")).await;
            assert_eq!((&now.json()["value"], &now.json()["digest"]), (&then["value"], &then["digest"]), "{at}");
            assert_eq!(now.json()["at"].to_string().trim_matches('"'), at);
            assert_eq!(now.header("etag"), Some(format!("\"{}\"", then["digest"].as_str().unwrap()).as_str()));
            let again = request("GET", &format!("/v1/docs/a?at={at}"));
            let again = again.header(IF_NONE_MATCH, now.header("etag").unwrap()).body(Body::empty()).unwrap();
            assert_eq!(node.send(again).await.status, 304);
        }
    }
    node.get("/v1/docs/a?at=4").await.assert_problem(404, "unknown_milestone");
    node.get(&format!("/v1/docs/a?at=0x{}", "00".repeat(32))).await.assert_problem(404, "unknown_event");
    node.get("/v1/docs/a?at=0").await.assert_problem(404, "unknown_document");
    node.get(&format!("/v1/docs/a?at={}", node.app.network)).await.assert_problem(404, "unknown_document");
    let milestone = node.get("/v1/milestones/2").await.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(node.get(&format!("/v1/docs/a?at={milestone}")).await.json()["value"], versions[1].1["value"]);
}

#[tokio::test]
async fn what_an_author_had_not_seen_does_not_show_at_its_event() {
    let node = Node::start(Pace::Manual);
    node.put("/v1/docs/a", "{\"mine\":\"m\"}").await;
    let theirs = Stranger::new(9).write(&node, &[], ("a", vec![set("theirs", "t")])).await;
    assert_eq!(node.get("/v1/docs/a").await.json()["value"], json!({ "mine": "m", "theirs": "t" }));
    assert_eq!(node.get(&format!("/v1/docs/a?at={theirs}")).await.json()["value"], json!({ "theirs": "t" }));
}

#[tokio::test]
async fn the_history_tells_who_wrote_what_where_and_when_it_became_final() {
    let node = Node::start(Pace::Automatic);
    let first = put(&node, &json!({ "b": { "c/d": {} } })).await;
    node.put("/v1/docs/other?wait=final", "1").await;
    let second = put(&node, &json!({ "b": { "c/d": { "e": 5 } }, "l": [1] })).await;
    let history = node.get("/v1/docs/a/history").await.json();
    let events = history["events"].as_array().unwrap();
    let ids: Vec<&Value> = events.iter().map(|event| &event["id"]).collect();
    assert_eq!((ids, &history["next"]), (vec![&json!(second), &json!(first)], &Value::Null));
    let status = node.get("/v1/status").await.json();
    let latest = &events[0];
    assert_eq!((&latest["author"], &latest["lane"], &latest["seq"]), (&status["address"], &json!(1), &json!(3)));
    assert_eq!((&latest["covered_at"], &latest["void"]), (&json!(3), &json!(false)));
    assert!(latest["time_ms"].is_u64() && latest["depth"].is_u64());
    let changes = latest["changes"].as_array().unwrap();
    let at = |path: &str| changes.iter().find(|change| change["path"] == path).unwrap_or_else(|| panic!("{changes:?}"));
    assert_eq!((&at("/b/c~1d/e")["op"], &at("/b/c~1d/e")["value"]), (&json!("set"), &json!(5)));
    assert!(changes.iter().all(|change| change["outcome"] == "applied" && change.get("reason").is_none()));
    assert_eq!(at("/l")["outcome"], "applied");
}

#[tokio::test]
async fn the_history_comes_in_pages_that_new_writes_do_not_shift() {
    let node = Node::start(Pace::Automatic);
    let mut written = Vec::new();
    for value in 1..=5 {
        written.push(put(&node, &json!({ "n": value })).await);
    }
    let mut seen = Vec::new();
    let mut uri = "/v1/docs/a/history?limit=2".to_owned();
    loop {
        let page = node.get(&uri).await.json();
        let events = page["events"].as_array().unwrap();
        assert!(events.len() <= 2);
        seen.extend(events.iter().map(|event| event["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        uri = format!("/v1/docs/a/history?limit=2&after={next}");
        put(&node, &json!({ "n": 100 + seen.len() })).await;
    }
    written.reverse();
    assert_eq!(seen, written);
    node.get("/v1/docs/z/history").await.assert_problem(404, "unknown_document");
    let unknown = format!("/v1/docs/a/history?after=0x{}", "00".repeat(32));
    node.get(&unknown).await.assert_problem(404, "unknown_event");
}

#[tokio::test]
async fn the_history_names_what_was_ignored_and_why() {
    let node = Node::start(Pace::Manual);
    let nowhere = Target::Made(ElementRef::There(EventId::new([5; 32]), 0));
    let new = |key: &str| Edit::Set { target: Target::Root, key: key.to_owned(), value: Scalar::New(Container::List) };
    let into = |target| Edit::Set { target, key: "k".to_owned(), value: Scalar::Null };
    let circle = Target::Made(ElementRef::Here(4));
    let edits = vec![set("x", "y"), new("list"), into(nowhere), into(Target::Made(ElementRef::Here(1))), into(circle)];
    Stranger::new(9).write(&node, &[], ("a", edits)).await;
    let history = node.get("/v1/docs/a/history").await.json();
    let changes = history["events"][0]["changes"].as_array().unwrap();
    let outcomes: Vec<&Value> = changes.iter().map(|change| &change["outcome"]).collect();
    assert_eq!(outcomes, ["applied", "applied", "ignored", "ignored", "ignored"]);
    let paths: Vec<&Value> = changes.iter().map(|change| &change["path"]).collect();
    assert_eq!(paths, [&json!("/x"), &json!("/list"), &Value::Null, &json!("/list/k"), &Value::Null]);
    let reasons: Vec<&str> = changes[2..].iter().map(|change| change["reason"].as_str().unwrap()).collect();
    assert!(reasons[0].contains("outside its past") && reasons[1].contains("another kind"), "{reasons:?}");
    assert_eq!(history["events"][0]["covered_at"], Value::Null);
}

#[tokio::test]
async fn the_history_of_a_text_tells_each_change_of_it() {
    let node = Node::start(Pace::Manual);
    let long = "line\n".repeat(300);
    node.put("/v1/docs/a", json!({ "b": { "t": long } }).to_string()).await;
    node.put("/v1/docs/a", json!({ "b": { "t": long.replacen("line", "l\u{ef}ne!", 1) } }).to_string()).await;
    let history = node.get("/v1/docs/a/history").await.json();
    let [latest, first] = history["events"].as_array().unwrap().as_slice() else { panic!("{history}") };
    let splice = |event: &Value| {
        let changes = event["changes"].as_array().unwrap();
        changes.iter().find(|change| change["op"] == "splice").unwrap().clone()
    };
    assert_eq!((&splice(first)["path"], &splice(first)["changes"][0]["text"]), (&json!("/b/t"), &json!(long)));
    let splice = splice(latest);
    let changes = splice["changes"].as_array().unwrap();
    let inserted: String = changes.iter().filter_map(|change| change["text"].as_str()).collect();
    assert_eq!((&splice["path"], inserted.as_str()), (&json!("/b/t"), "\u{ef}!"));
    assert!(changes.iter().all(|change| change["outcome"] == "applied"), "{changes:?}");
    assert_eq!(splice.get("outcome"), None);
}

#[tokio::test]
async fn conflicts_are_told_by_their_pointers_and_with_all_their_values() {
    let node = Node::start(Pace::Manual);
    node.put("/v1/docs/a", "{\"name\":\"mine\",\"b\":1}").await;
    let stranger = Stranger::new(9);
    let theirs = stranger.write(&node, &[], ("a", vec![set("name", "theirs")])).await;
    let all = node.get("/v1/docs/a/conflicts").await.json();
    assert_eq!((&all["pointers"], &all["more"]), (&json!(["/name"]), &json!(false)));
    let at = node.get("/v1/docs/a/conflicts?pointer=/name").await.json();
    let values = at["values"].as_array().unwrap();
    let mut shown: Vec<&str> = values.iter().map(|value| value["value"].as_str().unwrap()).collect();
    assert_eq!(node.get("/v1/docs/a").await.json()["value"]["name"], shown[0]);
    shown.sort_unstable();
    assert_eq!(shown, ["mine", "theirs"]);
    let written = values.iter().find(|value| value["value"] == "theirs").unwrap();
    assert_eq!(written["author"], stranger.key.address().to_string());
    assert_eq!((&written["event"], &written["index"]), (&json!(theirs.to_string()), &json!(0)));
    let one = node.get(&format!("/v1/docs/a/conflicts?at={theirs}")).await.json();
    assert_eq!(one["pointers"], json!([]));
    assert_eq!(node.get("/v1/docs/a/conflicts?pointer=/z").await.json()["values"], json!([]));
    node.get("/v1/docs/a/conflicts?level=final").await.assert_problem(404, "unknown_document");
    node.get("/v1/docs/z/conflicts").await.assert_problem(404, "unknown_document");
}
