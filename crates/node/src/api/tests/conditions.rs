//! If-Match and If-None-Match, on every method.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderName, IF_MATCH, IF_NONE_MATCH};
use quorate_event::Pace;

use super::fixture::Node;

#[tokio::test]
async fn a_condition_that_does_not_hold_is_told_on_every_method_and_changes_nothing() {
    let node = Node::start(Pace::Automatic);
    node.put("/v1/docs/a", "{\"b\":1}").await;
    let old = node.get("/v1/docs/a").await.header("etag").unwrap().to_owned();
    node.put("/v1/docs/a", "{\"b\":2}").await;
    let tag = node.get("/v1/docs/a").await.header("etag").unwrap().to_owned();
    let weak = format!("W/{tag}");
    let requests = [
        ("PUT", "/v1/docs/a", "application/json", "{\"b\":3}"),
        ("PATCH", "/v1/docs/a", "application/merge-patch+json", "{\"b\":3}"),
        ("PATCH", "/v1/docs/a", "application/json-patch+json", "[{\"op\":\"add\",\"path\":\"/c\",\"value\":3}]"),
        ("PATCH", "/v1/docs/a", "application/vnd.quorate.edits+json", "[{\"op\":\"set\",\"path\":\"/b\",\"value\":3}]"),
        ("DELETE", "/v1/docs/a?pointer=/b", "text/plain", ""),
    ];
    let refused: [(HeaderName, &str); 4] =
        [(IF_MATCH, &old), (IF_MATCH, "\"0x00\""), (IF_MATCH, &weak), (IF_NONE_MATCH, &tag)];
    for (method, uri, media_type, body) in requests {
        for (name, value) in &refused {
            let request = node.request(method, uri).header(CONTENT_TYPE, media_type).header(name, *value);
            node.send(request.body(Body::from(body)).unwrap()).await.assert_problem(412, "changed");
            assert_eq!(node.get("/v1/docs/a").await.header("etag"), Some(tag.as_str()), "{method} {name}");
        }
    }
    let read = node.request("GET", "/v1/docs/a").header(IF_MATCH, &old).body(Body::empty()).unwrap();
    node.send(read).await.assert_problem(412, "changed");
    for (method, uri, media_type, body) in requests {
        let tag = node.get("/v1/docs/a").await.header("etag").unwrap().to_owned();
        let request = node.request(method, uri).header(CONTENT_TYPE, media_type).header(IF_MATCH, tag);
        let reply = node.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(reply.status, 200, "{method}: {reply:?}");
    }
}

#[tokio::test]
async fn the_tag_of_an_earlier_state_guards_a_write_as_if_it_had_been_read_then() {
    let node = Node::start(Pace::Automatic);
    for value in ["1", "2", "1"] {
        node.put("/v1/docs/a?wait=final", value).await;
    }
    let put = async |at: &str| {
        let tag = node.get(&format!("/v1/docs/a?at={at}")).await.header("etag").unwrap().to_owned();
        let request = node.request("PUT", "/v1/docs/a").header(CONTENT_TYPE, "application/json").header(IF_MATCH, tag);
        node.send(request.body(Body::from("3")).unwrap()).await
    };
    put("2").await.assert_problem(412, "changed");
    assert_eq!(put("1").await.status, 200, "what it was then, it is now");
}
