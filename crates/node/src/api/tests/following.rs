//! Streams of one document: the value, then what changes, so that a reader shows what the node shows.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use quorate_event::Pace;
use serde_json::{Value, json};

use super::fixture::Node;
use super::listener::{Listener, StreamEvent};
use super::strangers::{Stranger, set};
use crate::api::stream::notice_log::RETAINED;
use crate::core::NumberedNotice;

/// A client that applies the patches that it receives.
#[derive(Debug, Default)]
struct Editor {
    value: Value,
    digest: Option<Value>,
    events: Vec<Value>,
}

impl Editor {
    fn hear(&mut self, (name, _, data): &StreamEvent) {
        let data: Value = serde_json::from_str(data).unwrap();
        match name.as_str() {
            "value" => {
                *self = Self { value: data["value"].clone(), digest: Some(data["digest"].clone()), ..Self::default() }
            }
            "patch" => {
                assert_eq!(data["document"], "a");
                for patch in data["patches"].as_array().unwrap() {
                    apply(&mut self.value, patch);
                }
                self.digest = data.get("digest").cloned();
                self.events.push(data["event"].clone());
            }
            _ => {}
        }
    }
}

/// Applies a patch as the document's page says: paths and positions count what the earlier ones made.
fn apply(value: &mut Value, patch: &Value) {
    let path = patch["path"].as_str().unwrap();
    let number = |name: &str| usize::try_from(patch[name].as_u64().unwrap()).unwrap();
    match patch["op"].as_str().unwrap() {
        "set" => put(value, path, Some(patch["value"].clone())),
        "delete" => put(value, path, None),
        "insert" => match value.pointer_mut(path).unwrap() {
            Value::Array(items) => {
                let at = number("at");
                items.splice(at..at, patch["values"].as_array().unwrap().iter().cloned());
            }
            Value::String(text) => {
                let at = text.char_indices().nth(number("at")).map_or(text.len(), |(at, _)| at);
                text.insert_str(at, patch["text"].as_str().unwrap());
            }
            other => panic!("{other} takes no insertion"),
        },
        "remove" => match value.pointer_mut(path).unwrap() {
            Value::Array(items) => drop(items.drain(number("at")..number("at") + number("count"))),
            Value::String(text) => {
                let gone = number("at")..number("at") + number("count");
                let left = text.chars().enumerate().filter(|(at, _)| !gone.contains(at));
                *text = left.map(|(_, left)| left).collect();
            }
            other => panic!("nothing is removed from {other}"),
        },
        op => panic!("{op}"),
    }
}

fn put(value: &mut Value, path: &str, new: Option<Value>) {
    let Some((parent, key)) = path.rsplit_once('/') else {
        *value = new.unwrap();
        return;
    };
    let key = key.replace("~1", "/").replace("~0", "~");
    match (value.pointer_mut(parent).unwrap(), new) {
        (Value::Object(members), Some(new)) => drop(members.insert(key, new)),
        (Value::Object(members), None) => drop(members.remove(&key)),
        (Value::Array(items), Some(new)) => items[key.parse::<usize>().unwrap()] = new,
        (other, new) => panic!("{new:?} within {other}"),
    }
}

#[tokio::test]
async fn a_reader_shows_what_the_node_shows_from_the_value_and_the_patches_alone() {
    let node = Node::start(Pace::Manual);
    node.put("/v1/docs/a", "{\"b\":[1,2]}").await;
    let mut stream = Listener::open(&node, "/v1/stream?doc=a", None).await;
    let mut editor = Editor::default();
    editor.hear(&stream.until("value").await);
    assert_eq!(editor.value, json!({ "b": [1, 2] }));
    let mut written = Vec::new();
    let long = "word ".repeat(400);
    for value in [
        json!({ "b": [1, 2, 3] }),
        json!({ "b": [3], "c": { "d~/": "e", "f": 5 } }),
        json!({ "b": [7, 3, { "x": [1] }], "c": { "d~/": "e" }, "t": long }),
        json!({ "b": [{ "x": [1, 2] }], "t": long.replace("word word", "w\u{f6}rd \u{1f600}") }),
        json!("text"),
        json!({}),
    ] {
        let reply = node.put("/v1/docs/a", value.to_string()).await.json();
        written.push(reply["events"][0].clone());
        let told = stream.until("patch").await;
        let status = node.get("/v1/status").await.json();
        assert!(told.2.contains(status["address"].as_str().unwrap()), "{told:?}");
        editor.hear(&told);
        let shown = node.get("/v1/docs/a").await.json();
        assert_eq!((&editor.value, editor.digest.as_ref()), (&shown["value"], Some(&shown["digest"])));
    }
    assert_eq!(editor.events, written);
}

#[tokio::test]
async fn edits_by_position_are_told_as_such() {
    let node = Node::start(Pace::Manual);
    let edit = async |edits: Value| {
        let request = node.request("PATCH", "/v1/docs/a").header(CONTENT_TYPE, "application/vnd.quorate.edits+json");
        let reply = node.send(request.body(Body::from(edits.to_string())).unwrap()).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    };
    edit(json!([{ "op": "make", "path": "/t", "kind": "text" }, { "op": "set", "path": "/l", "value": [1, 2, 3] }]))
        .await;
    let mut stream = Listener::open(&node, "/v1/stream?doc=a", None).await;
    let mut editor = Editor::default();
    editor.hear(&stream.until("value").await);
    for edits in [
        json!([{ "op": "insert", "path": "/t", "at": 0, "text": "gr\u{fc}n" }]),
        json!([{ "op": "insert", "path": "/t", "at": 4, "text": "er" }, { "op": "remove", "path": "/t", "at": 0, "count": 2 }]),
        json!([{ "op": "move", "path": "/l", "from": 0, "to": 2 }, { "op": "insert", "path": "/l", "at": 1, "values": [{}] }]),
        json!([{ "op": "make", "path": "/n", "kind": "counter" }, { "op": "add", "path": "/n", "amount": 3 }]),
        json!([{ "op": "add", "path": "/n", "amount": 4 }, { "op": "delete", "path": "/l/1" }]),
    ] {
        edit(edits.clone()).await;
        let told = stream.until("patch").await;
        editor.hear(&told);
        assert_eq!(editor.value, node.get("/v1/docs/a").await.json()["value"], "{edits} {told:?}");
    }
    edit(json!([{ "op": "insert", "path": "/t", "at": 1, "text": "\u{1f600}" }])).await;
    let (_, _, data) = stream.until("patch").await;
    let told: Value = serde_json::from_str(&data).unwrap();
    assert_eq!(told["patches"], json!([{ "op": "insert", "path": "/t", "at": 1, "text": "\u{1f600}" }]));
}

#[tokio::test]
async fn whoever_follows_one_document_hears_of_no_other_and_of_what_makes_it_final() {
    let node = Node::start(Pace::Automatic);
    let mut stream = Listener::open(&node, "/v1/stream?doc=b%20c", None).await;
    assert_eq!(stream.next().await.unwrap().0, "value");
    for name in ["a", "b%20c", "d"] {
        node.put(&format!("/v1/docs/{name}?wait=final"), "1").await;
    }
    // What was written by the time of reading comes before the milestones that cover it.
    for expected in ["patch", "milestone", "milestone", "milestone"] {
        let (name, _, data) = stream.next().await.unwrap();
        assert_eq!(name, expected);
        assert!(name == "milestone" || data.contains("\"b c\""), "{data}");
    }
}

#[tokio::test]
async fn a_reader_that_comes_back_hears_what_it_missed_and_nothing_twice() {
    let node = Node::start(Pace::Manual);
    let mut stream = Listener::open(&node, "/v1/stream?doc=a", None).await;
    let start = stream.until("value").await;
    for value in 1..=40 {
        node.put("/v1/docs/a", value.to_string()).await;
    }
    let mut told = Vec::new();
    for _ in 1..=40 {
        told.push(stream.until("patch").await);
    }
    for (missed, from) in [(40, &start), (39, &told[0]), (1, &told[38])] {
        let mut again = Listener::open(&node, "/v1/stream?doc=a", Some(&from.1)).await;
        for expected in &told[40 - missed..] {
            assert_eq!(again.next().await.as_ref(), Some(expected));
        }
    }
    let mut late = Listener::open(&node, "/v1/stream?doc=a", Some(&told[39].1)).await;
    node.put("/v1/docs/a", "41").await;
    assert!(late.next().await.unwrap().2.contains("41"));
}

#[tokio::test]
async fn a_place_that_leads_nowhere_starts_anew_with_the_value() {
    let node = Node::start(Pace::Manual);
    node.put("/v1/docs/a", "1").await;
    let mut stream = Listener::open(&node, "/v1/stream?doc=a", None).await;
    let (_, place, _) = stream.until("value").await;
    let (run, state) = place.rsplit_once('-').unwrap();
    let other_run = format!("{:016x}-0-0", 1);
    let ahead = format!("{run}-{}", state.parse::<u32>().unwrap() + 9);
    for wrong in [other_run.as_str(), &ahead, run, "", "x", "\u{e9}"] {
        let mut again = Listener::open(&node, "/v1/stream?doc=a", Some(wrong)).await;
        assert_eq!(again.next().await.unwrap().0, "reset", "{wrong}");
        assert_eq!(again.next().await.unwrap(), ("value".to_owned(), place.clone(), stream_value(1)), "{wrong}");
    }
}

fn stream_value(value: u64) -> String {
    let digest = quorate_replica::digest(&json!(value)).to_string();
    json!({ "document": "a", "milestone": 0, "digest": digest, "value": value }).to_string()
}

#[tokio::test]
async fn a_reader_that_sleeps_too_long_is_sent_the_value_again() {
    let node = Node::start(Pace::Manual);
    let mut slow = Listener::open(&node, "/v1/stream?doc=a", None).await;
    slow.until("value").await;
    for cursor in 1..=RETAINED as u64 + 128 {
        let notice = quorate_replica::Notice::Admitted { id: quorate_event::EventId::new([1; 32]) };
        node.app.core.notices.send(NumberedNotice { cursor, notice }).unwrap();
        if cursor % 64 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let mut names = Vec::new();
    for _ in 0..2 {
        names.push(slow.next().await.unwrap().0);
    }
    assert_eq!(names, ["reset", "value"]);
}

#[tokio::test]
async fn what_ceases_to_count_is_taken_back_and_what_comes_to_count_is_told() {
    let node = Node::start(Pace::Manual);
    node.put("/v1/docs/a", "{\"b\":\"mine\"}").await;
    let mut stream = Listener::open(&node, "/v1/stream?doc=a", None).await;
    let mut editor = Editor::default();
    editor.hear(&stream.until("value").await);
    let liar = Stranger::new(9);
    let one = liar.write(&node, &[], ("a", vec![set("c", "one")])).await;
    editor.hear(&stream.until("patch").await);
    assert_eq!(editor.value, json!({ "b": "mine", "c": "one" }));
    // The other branch says nothing of this document, yet with it neither counts any more.
    liar.write(&node, &[], ("elsewhere", vec![set("c", "two")])).await;
    let (_, place, _) = {
        let told = stream.until("patch").await;
        editor.hear(&told);
        told
    };
    assert_eq!(editor.value, node.get("/v1/docs/a").await.json()["value"]);
    assert_eq!((editor.value.clone(), editor.events.last()), (json!({ "b": "mine" }), Some(&Value::Null)));
    assert!(place.ends_with("-x"), "{place}");
    // Somebody honest builds on it: what it says counts again.
    stream.quiet(&node).await;
    Stranger::new(8).write(&node, &[one], ("elsewhere", vec![set("d", "three")])).await;
    editor.hear(&stream.until("patch").await);
    assert_eq!(editor.value, json!({ "b": "mine", "c": "one" }));
    assert_eq!(editor.value, node.get("/v1/docs/a").await.json()["value"]);
    let mut again = Listener::open(&node, "/v1/stream?doc=a", Some(&place)).await;
    assert_eq!(again.next().await.unwrap().0, "reset");
}
