//! Patches by their media types: all of each, or nothing.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use quorate_event::Pace;
use serde_json::{Value, json};

use super::fixture::{Node, Reply};

async fn patch(node: &Node, media_type: &str, patch: &Value) -> Reply {
    let request = node.request("PATCH", "/v1/docs/a").header(CONTENT_TYPE, media_type);
    node.send(request.body(Body::from(patch.to_string())).unwrap()).await
}

const MERGE: &str = "application/merge-patch+json";
const JSON: &str = "application/json-patch+json";
const EDITS: &str = "application/vnd.quorate.edits+json";

async fn value(node: &Node) -> Value {
    node.get("/v1/docs/a").await.json()["value"].clone()
}

#[tokio::test]
async fn a_patch_is_read_as_its_media_type_says() {
    let node = Node::start(Pace::Automatic);
    node.put("/v1/docs/a", "{\"b\":1,\"l\":[1,2]}").await;
    for media_type in [MERGE, "application/json", "Application/JSON; charset=utf-8"] {
        assert_eq!(patch(&node, media_type, &json!({ "b": null, "c": media_type })).await.status, 200);
        assert_eq!(value(&node).await, json!({ "c": media_type, "l": [1, 2] }));
    }
    let operations = json!([
        { "op": "test", "path": "/l/1", "value": 2 },
        { "op": "replace", "path": "/c", "value": { "d": 1 } },
        { "op": "add", "path": "/l/-", "value": 3 },
    ]);
    assert_eq!(patch(&node, JSON, &operations).await.status, 200);
    assert_eq!(value(&node).await, json!({ "c": { "d": 1 }, "l": [1, 2, 3] }));
    let edits = json!([{ "op": "insert", "path": "/l", "at": 1, "values": [9, 8] }]);
    assert_eq!(patch(&node, EDITS, &edits).await.status, 200);
    assert_eq!(value(&node).await["l"], json!([1, 9, 8, 2, 3]));
}

#[tokio::test]
async fn texts_lists_and_counters_are_edited_by_position() {
    let node = Node::start(Pace::Automatic);
    let edits = json!([
        { "op": "make", "path": "/t", "kind": "text" },
        { "op": "insert", "path": "/t", "at": 0, "text": "a\u{1f600}c" },
        { "op": "insert", "path": "/t", "at": 3, "text": "b", "unit": "utf16" },
        { "op": "remove", "path": "/t", "at": 0, "count": 1 },
        { "op": "make", "path": "/n", "kind": "counter" },
        { "op": "add", "path": "/n", "amount": 5 },
        { "op": "set", "path": "/l", "value": [1, 2, 3] },
        { "op": "move", "path": "/l", "from": 2, "to": 0 },
    ]);
    assert_eq!(patch(&node, EDITS, &edits).await.status, 200);
    assert_eq!(value(&node).await, json!({ "t": "\u{1f600}bc", "n": 5, "l": [3, 1, 2] }));
    let edits = json!([{ "op": "add", "path": "/n", "amount": -7 }, { "op": "delete", "path": "/t" }]);
    assert_eq!(patch(&node, EDITS, &edits).await.status, 200);
    assert_eq!(value(&node).await, json!({ "n": -2, "l": [3, 1, 2] }));
}

#[tokio::test]
async fn a_patch_of_which_one_part_cannot_be_done_changes_nothing() {
    let node = Node::start(Pace::Automatic);
    node.put("/v1/docs/a", "{\"b\":1,\"l\":[1]}").await;
    let before = node.get("/v1/docs/a").await.json()["digest"].clone();
    let good = json!({ "op": "replace", "path": "/b", "value": 2 });
    for (bad, status, code) in [
        (json!({ "op": "test", "path": "/b", "value": 5 }), 409, "test_failed"),
        (json!({ "op": "test", "path": "/b", "value": "2" }), 409, "test_failed"),
        (json!({ "op": "remove", "path": "/z" }), 409, "no_such_place"),
        (json!({ "op": "replace", "path": "/z/y", "value": 1 }), 409, "no_such_place"),
        (json!({ "op": "add", "path": "/b/c", "value": 1 }), 409, "no_such_place"),
        (json!({ "op": "add", "path": "/l/7", "value": 1 }), 409, "no_such_place"),
        (json!({ "op": "frobnicate", "path": "/b" }), 400, "bad_patch"),
        (json!({ "op": "add", "path": "/c" }), 400, "bad_patch"),
        (json!({ "op": "add", "path": "c", "value": 1 }), 400, "bad_patch"),
        (json!({ "path": "/b" }), 400, "bad_patch"),
        (json!(5), 400, "bad_patch"),
    ] {
        let reply = patch(&node, JSON, &json!([good, bad])).await;
        assert_eq!(reply.problem(), (status, code.to_owned()), "{bad}: {}", reply.text());
        assert_eq!(node.get("/v1/docs/a").await.json()["digest"], before, "{bad}");
    }
    patch(&node, JSON, &json!({})).await.assert_problem(400, "bad_patch");
    assert_eq!(node.get("/v1/docs/a/history").await.json()["events"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn edits_of_another_form_and_places_that_are_not_there_change_nothing() {
    let node = Node::start(Pace::Automatic);
    node.put("/v1/docs/a", "{\"b\":1,\"l\":[1]}").await;
    let text = json!([
        { "op": "make", "path": "/t", "kind": "text" },
        { "op": "insert", "path": "/t", "at": 0, "text": "\u{1f600}" },
    ]);
    assert_eq!(patch(&node, EDITS, &text).await.status, 200);
    let before = node.get("/v1/docs/a").await.json()["digest"].clone();
    let good = json!({ "op": "insert", "path": "/l", "at": 0, "values": [0] });
    for (bad, status, code) in [
        (json!({ "op": "insert", "path": "/l", "at": 3, "values": [0] }), 409, "no_such_place"),
        (json!({ "op": "insert", "path": "/z", "at": 0, "values": [0] }), 409, "no_such_place"),
        (json!({ "op": "insert", "path": "/t", "at": 2, "text": "x" }), 409, "no_such_place"),
        (json!({ "op": "insert", "path": "/t", "at": 1, "text": "x", "unit": "utf16" }), 409, "no_such_place"),
        (json!({ "op": "remove", "path": "/t", "at": 0, "count": 2 }), 409, "no_such_place"),
        (json!({ "op": "remove", "path": "/t", "at": 4294967295_u32, "count": 4294967295_u32 }), 409, "no_such_place"),
        (json!({ "op": "move", "path": "/l", "from": 0, "to": 9 }), 409, "no_such_place"),
        (json!({ "op": "add", "path": "/t", "amount": 1 }), 409, "no_such_place"),
        (json!({ "op": "insert", "path": "/b", "at": 0, "text": "x" }), 409, "no_such_place"),
        (json!({ "op": "delete", "path": "" }), 422, "unwritable"),
        (json!({ "op": "delete", "path": "l" }), 400, "bad_patch"),
        (json!({ "op": "insert", "path": "/l", "at": -1, "values": [0] }), 400, "bad_patch"),
        (json!({ "op": "insert", "path": "/l", "at": 0.5, "values": [0] }), 400, "bad_patch"),
        (json!({ "op": "insert", "path": "/l", "at": 1e300, "values": [0] }), 400, "bad_patch"),
        (json!({ "op": "insert", "path": "/l", "at": 0, "values": [0], "more": 1 }), 400, "bad_patch"),
        (json!({ "op": "insert", "path": "/l" }), 400, "bad_patch"),
        (json!({ "op": "frobnicate", "path": "/l" }), 400, "bad_patch"),
        (json!({}), 400, "bad_patch"),
        (json!("insert"), 400, "bad_patch"),
    ] {
        let reply = patch(&node, EDITS, &json!([good, bad])).await;
        assert_eq!(reply.problem(), (status, code.to_owned()), "{bad}: {}", reply.text());
        assert_eq!(node.get("/v1/docs/a").await.json()["digest"], before, "{bad}");
    }
    patch(&node, EDITS, &json!({ "op": "set" })).await.assert_problem(400, "bad_patch");
}

#[tokio::test]
async fn of_many_patches_that_test_one_value_one_is_done() {
    let node = Node::start(Pace::Automatic);
    node.put("/v1/docs/a", "{\"n\":0}").await;
    let patches: Vec<Value> = (1..=8)
        .map(|n| json!([{ "op": "test", "path": "/n", "value": 0 }, { "op": "replace", "path": "/n", "value": n }]))
        .collect();
    let replies = futures_util::future::join_all(patches.iter().map(|operations| patch(&node, JSON, operations))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    assert_eq!(replies.iter().filter(|reply| reply.status == 409).count(), 7);
}
