//! Input that no document can hold: named, refused, and nothing of it written.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use futures_util::stream;
use quorate_event::Pace;

use super::fixture::{Node, Reply};

const TYPES: [(&str, &str); 4] = [
    ("PUT", "application/json"),
    ("PATCH", "application/merge-patch+json"),
    ("PATCH", "application/json-patch+json"),
    ("PATCH", "application/vnd.quorate.edits+json"),
];

/// A node with a document, whose digest no refusal may change.
async fn node() -> (Node, String) {
    let node = Node::start(Pace::Automatic);
    node.put("/v1/docs/a", "{\"b\":[1],\"c\":\"text\"}").await;
    let tag = node.get("/v1/docs/a").await.header("etag").unwrap().to_owned();
    (node, tag)
}

async fn send(node: &Node, (method, media_type): (&str, &str), body: impl Into<Body>) -> Reply {
    let request = node.request(method, "/v1/docs/a").header(CONTENT_TYPE, media_type);
    node.send(request.body(body.into()).unwrap()).await
}

/// A value, as a member of a patch of each kind.
fn within(media_type: &str, value: &[u8]) -> Vec<u8> {
    let (before, after): (&[u8], &[u8]) = match media_type {
        "application/json-patch+json" => (b"[{\"op\":\"add\",\"path\":\"/c\",\"value\":", b"}]"),
        "application/vnd.quorate.edits+json" => (b"[{\"op\":\"set\",\"path\":\"/c\",\"value\":", b"}]"),
        _ => (b"{\"d\":1,\"c\":", b"}"),
    };
    [before, value, after].concat()
}

#[tokio::test]
async fn what_is_not_strict_json_is_refused_whole_by_every_kind_of_write() {
    let (node, tag) = node().await;
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
    for value in [
        b"\"\xff\"".to_vec(),
        b"\"\xc0\xaf\"".to_vec(),
        b"\"\xed\xa0\x80\"".to_vec(),
        b"\"\\ud800\"".to_vec(),
        b"\"\\udc00\\ud800\"".to_vec(),
        b"NaN".to_vec(),
        b"-Infinity".to_vec(),
        b"1e400".to_vec(),
        b"-1e400".to_vec(),
        b"18446744073709551616".to_vec(),
        b"{\"k\":1,\"k\":2}".to_vec(),
        b"{\"k\":1,\"\\u006b\":2}".to_vec(),
        deep(33),
        deep(200_000),
        b"1 2".to_vec(),
        b"".to_vec(),
    ] {
        for kind in TYPES {
            let reply = send(&node, kind, within(kind.1, &value)).await;
            reply.assert_problem(400, "bad_json");
            assert_eq!(node.get("/v1/docs/a").await.header("etag"), Some(tag.as_str()), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_value_nests_to_the_limit_and_no_deeper_however_it_is_written() {
    let (node, tag) = node().await;
    // The root is the first of 32; in a patch the operation's own list and object come before the value.
    for (kind, depth) in TYPES.into_iter().zip([31, 31, 30, 30]) {
        let value = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
        let fits = send(&node, kind, within(kind.1, &value(depth))).await;
        assert_eq!(fits.status, 200, "{kind:?}: {fits:?}");
        let before = node.get("/v1/docs/a").await.header("etag").unwrap().to_owned();
        assert_ne!(before, tag);
        send(&node, kind, within(kind.1, &value(depth + 1))).await.assert_problem(400, "bad_json");
        assert_eq!(node.get("/v1/docs/a").await.header("etag"), Some(before.as_str()));
        node.put("/v1/docs/a", "{}").await;
    }
}

#[tokio::test]
async fn a_value_of_100_mb_is_refused_announced_or_not() {
    const BYTES: usize = 100_000_000;
    let (node, tag) = node().await;
    let chunk = Bytes::from(vec![b'a'; 100_000]);
    let large = || {
        let chunk = chunk.clone();
        let chunks = (0..BYTES / chunk.len()).map(move |_| Ok::<_, std::convert::Infallible>(chunk.clone()));
        Body::from_stream(stream::iter(chunks))
    };
    for (method, media_type) in TYPES {
        send(&node, (method, media_type), large()).await.assert_problem(413, "body_too_large");
        let announced = node.request(method, "/v1/docs/a").header(CONTENT_TYPE, media_type);
        let announced = announced.header(CONTENT_LENGTH, BYTES.to_string()).body(large()).unwrap();
        node.send(announced).await.assert_problem(413, "body_too_large");
    }
    assert_eq!(node.get("/v1/docs/a").await.header("etag"), Some(tag.as_str()));
}

#[tokio::test]
async fn paths_that_lead_nowhere_are_told_and_nothing_is_made_on_the_way() {
    let (node, tag) = node().await;
    for (method, uri, status, code) in [
        ("PUT", "/v1/docs/a?pointer=/c/d", 409, "no_such_place"),
        ("PUT", "/v1/docs/a?pointer=/b/2", 409, "no_such_place"),
        ("PUT", "/v1/docs/a?pointer=/b/x", 409, "no_such_place"),
        ("PUT", "/v1/docs/a?pointer=b", 400, "bad_parameter"),
        ("DELETE", "/v1/docs/a?pointer=/z", 409, "no_such_place"),
        ("DELETE", "/v1/docs/a?pointer=/b/1", 409, "no_such_place"),
        ("DELETE", "/v1/docs/z?pointer=/b", 404, "unknown_document"),
    ] {
        let request = node.request(method, uri).header(CONTENT_TYPE, "application/json");
        let reply = node.send(request.body(Body::from("1")).unwrap()).await;
        assert_eq!(reply.problem(), (status, code.to_owned()), "{method} {uri}");
        assert_eq!(node.get("/v1/docs/a").await.header("etag"), Some(tag.as_str()), "{method} {uri}");
    }
    node.get("/v1/docs/z").await.assert_problem(404, "unknown_document");
}
