//! Every limit at its edge and beyond, and bytes that mean nothing.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use futures_util::stream;
use quorate_event::Pace;

use super::fixture::{Fate, Node};
use crate::api::BODY_BYTES;
use crate::api::media_types::PATCHES;

/// A JSON string of so many bytes.
fn text(bytes: usize) -> String {
    format!("\"{}\"", "a".repeat(bytes - 2))
}

#[tokio::test]
async fn a_body_of_8_mib_is_read_and_one_byte_more_is_not() {
    let node = Node::start(Pace::Automatic);
    let list = |bytes: usize| format!("{}{}", text(bytes - 1), " ");
    node.fate(Fate::Refused(quorate_replica::Refusal::NotAtomic));
    node.put("/v1/docs/a", list(BODY_BYTES)).await.assert_problem(413, "not_atomic");
    node.put("/v1/docs/a", list(BODY_BYTES + 1)).await.assert_problem(413, "body_too_large");
}

#[tokio::test]
async fn a_body_that_announces_too_much_is_refused_unread() {
    let node = Node::start(Pace::Automatic);
    let never = Body::from_stream(stream::pending::<Result<Bytes, std::convert::Infallible>>());
    let request = node.request("PUT", "/v1/docs/a").header(CONTENT_TYPE, "application/json");
    let request = request.header(CONTENT_LENGTH, (BODY_BYTES + 1).to_string()).body(never).unwrap();
    node.send(request).await.assert_problem(413, "body_too_large");
}

#[tokio::test]
async fn a_body_without_end_is_refused_once_it_is_too_long() {
    let node = Node::start(Pace::Automatic);
    let chunk = Bytes::from(vec![b' '; 64 * 1024]);
    let endless = stream::repeat_with(move || Ok::<_, std::convert::Infallible>(chunk.clone()));
    let request = node.request("PUT", "/v1/docs/a").header(CONTENT_TYPE, "application/json");
    let request = request.body(Body::from_stream(endless)).unwrap();
    node.send(request).await.assert_problem(413, "body_too_large");
}

#[tokio::test]
async fn a_body_is_not_read_before_its_sender_is_known() {
    let node = Node::start(Pace::Automatic);
    let never = || Body::from_stream(stream::pending::<Result<Bytes, std::convert::Infallible>>());
    let bare = super::fixture::request("PUT", "/v1/docs/a").header(CONTENT_TYPE, "application/json");
    node.send(bare.body(never()).unwrap()).await.assert_problem(401, "no_token");
    let other = node.request("PUT", "/v1/docs/a").header(CONTENT_TYPE, "text/plain");
    node.send(other.body(never()).unwrap()).await.assert_problem(415, "media_type");
}

#[tokio::test]
async fn only_the_media_type_of_its_route_is_taken() {
    let node = Node::start(Pace::Automatic);
    for (method, uri, taken) in [
        ("PUT", "/v1/docs/a", &["application/json"][..]),
        ("PATCH", "/v1/docs/a", PATCHES),
        ("POST", "/v1/events", &["application/cbor"]),
    ] {
        for media_type in [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/json",
            "application/json-patch+json",
            "application/jsonx",
            "application/merge-patch+json",
            "application/vnd.quorate.edits+json",
            "application/cbor",
        ] {
            if taken.contains(&media_type) {
                continue;
            }
            let request = node.request(method, uri).header(CONTENT_TYPE, media_type).body(Body::from("{}")).unwrap();
            let refused = node.send(request).await;
            refused.assert_problem(415, "media_type");
            let patches = (method == "PATCH").then(|| PATCHES.join(", "));
            assert_eq!(refused.header("accept-patch"), patches.as_deref());
        }
        let none = node.request(method, uri).body(Body::from("{}")).unwrap();
        node.send(none).await.assert_problem(415, "media_type");
        for taken in taken {
            let spelled = format!("{} ; charset=utf-8", taken.to_uppercase());
            let request = node.request(method, uri).header(CONTENT_TYPE, spelled).body(Body::from("{}")).unwrap();
            let reply = node.send(request).await;
            assert!(reply.status != 415, "{reply:?}");
        }
    }
}

const MALFORMED: &[&str] = &[
    "",
    " ",
    "{",
    "}",
    "[",
    "]",
    "{]",
    "[}",
    "nul",
    "NULL",
    "True",
    "NaN",
    "-NaN",
    "Infinity",
    "-Infinity",
    "+1",
    "01",
    "-",
    "1.",
    ".5",
    "1e",
    "1e+",
    "0x10",
    "1e999",
    "-1e999",
    "18446744073709551616",
    "-9223372036854775809",
    "1 2",
    "{} {}",
    "[1,]",
    "[,1]",
    "{\"a\":1,}",
    "{\"a\"}",
    "{\"a\":}",
    "{a:1}",
    "{'a':1}",
    "{1:2}",
    "{\"a\":1 \"b\":2}",
    "\"",
    "\"\\\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\ud800\"",
    "\"\\udc00\"",
    "\"\\ud800\\ud800\"",
    "\"a\nb\"",
    "\"\t\"",
    "// a\n1",
    "/* */1",
    "#",
    "{\"a\":1,\"a\":2}",
    "{\"a\":{\"b\":1,\"b\":1}}",
    "{\"a\":1,\"\\u0061\":2}",
    "\u{feff}{}",
    "<html>",
    "undefined",
];

#[tokio::test]
async fn malformed_json_is_a_problem_of_the_client_and_never_of_the_node() {
    let node = Node::start(Pace::Automatic);
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let mut corpus: Vec<Vec<u8>> = MALFORMED.iter().map(|text| text.as_bytes().to_vec()).collect();
    corpus.extend([deep(100), deep(100_000), "[".repeat(1_000_000), "{\"a\":".repeat(100_000)].map(String::into_bytes));
    corpus.extend([vec![0xff], b"\"\xff\"".to_vec(), b"\"\xed\xa0\x80\"".to_vec(), b"\"\xc0\xaf\"".to_vec(), vec![0]]);
    // Every prefix of something good, and every single byte broken, is mostly bad and must never be worse than that.
    let good = br#"{"a":[1,-2.5e3,"\u00e9\ud83d\ude00",true,null],"b":{"c":"d"}}"#;
    let prefixes = (0..good.len()).map(|end| good[..end].to_vec());
    let broken = (0..good.len()).flat_map(|at| {
        [0, b'"', b'\\', b'{', 0xff].map(|byte| {
            let mut bytes = good.to_vec();
            bytes[at] = byte;
            bytes
        })
    });
    for body in corpus {
        node.put("/v1/docs/a", body).await.assert_problem(400, "bad_json");
    }
    for body in prefixes.chain(broken) {
        let reply = node.put("/v1/docs/b", body).await;
        assert!(reply.status == 200 || reply.problem() == (400, "bad_json".to_owned()), "{reply:?}");
    }
}

#[tokio::test]
async fn malformed_cbor_is_a_problem_of_the_client() {
    let node = Node::start(Pace::Automatic);
    let post =
        |body: Vec<u8>| node.request("POST", "/v1/events").header(CONTENT_TYPE, "application/cbor").body(body.into());
    for body in [
        vec![],
        vec![0],
        vec![0x84],
        vec![0xff; 100],
        vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        vec![0; 65_536],
    ] {
        node.send(post(body).unwrap()).await.assert_problem(400, "bad_event");
    }
    node.send(post(vec![0; 65_537]).unwrap()).await.assert_problem(413, "body_too_large");
}

#[tokio::test]
async fn names_have_1_to_256_bytes_of_any_characters() {
    let node = Node::start(Pace::Automatic);
    let long = "a".repeat(256);
    let encoded = "%00".repeat(256);
    for name in [
        "a",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e",
        "%2f",
        "%00",
        "a%20b",
        "a+b",
        "%F0%9F%98%80",
        "%3Cscript%3E",
        &long,
        &encoded,
    ] {
        let uri = format!("/v1/docs/{name}");
        assert_eq!(node.put(&uri, "1").await.status, 200, "{name}");
        let decoded = percent_encoding::percent_decode_str(name).decode_utf8().unwrap().into_owned();
        assert_eq!(node.get(&uri).await.json()["name"], decoded);
    }
    for name in [&format!("{long}a"), "%ff", "%c3%28"] {
        node.put(&format!("/v1/docs/{name}"), "1").await.assert_problem(400, "bad_name");
        node.get(&format!("/v1/docs/{name}")).await.assert_problem(400, "bad_name");
    }
}

#[tokio::test]
async fn parameters_are_judged_strictly() {
    let node = Node::start(Pace::Automatic);
    for uri in [
        "/v1/docs?level=Final",
        "/v1/docs?level=",
        "/v1/docs?level=final&level=final",
        "/v1/docs?limit=0",
        "/v1/docs?limit=1001",
        "/v1/docs?limit=-1",
        "/v1/docs?limit=1e2",
        "/v1/docs?limit=+1",
        "/v1/docs?after=%ff",
        "/v1/events?after=x",
        "/v1/evidence?after=votes",
        "/v1/evidence?after=votes.0x00.1",
        "/v1/evidence?limit=0",
        "/v1/events?after=18446744073709551616",
        "/v1/events?limit=99999999999999999999",
        "/v1/graph?format=xml",
        "/v1/milestones/-1",
        "/v1/milestones/x",
        "/v1/milestones/18446744073709551616",
        "/v1/docs/a?at=",
        "/v1/docs/a?at=-1",
        "/v1/docs/a?at=1e3",
        "/v1/docs/a?at=0x12",
        "/v1/docs/a?at=head",
        "/v1/docs/a?at=1&level=merged",
        "/v1/docs/a/conflicts?pointer=a",
        "/v1/docs/a/conflicts?at=x",
        "/v1/docs/a/history?after=1",
        "/v1/docs/a/history?limit=0",
        "/v1/events/0x12",
        "/v1/events/%00",
    ] {
        node.get(uri).await.assert_problem(400, "bad_parameter");
    }
    for uri in [
        "/v1/docs/a?wait=merged",
        "/v1/docs/a?timeout_ms=300001",
        "/v1/docs/a?timeout_ms=-1",
        "/v1/docs/a?atomic=true",
        "/v1/docs/a?pointer=a",
        "/v1/docs/a?pointer=/~2",
        "/v1/docs/a?pointer=/~",
    ] {
        node.put(uri, "1").await.assert_problem(400, "bad_parameter");
    }
    node.get("/v1/docs?x=1").await.assert_problem(400, "unknown_parameter");
    node.get("/v1/docs?level&x").await.assert_problem(400, "unknown_parameter");
    node.ask("DELETE", "/v1/docs/a").await.assert_problem(400, "bad_parameter");
    node.ask("DELETE", "/v1/docs/a?pointer=").await.assert_problem(400, "bad_parameter");
    node.get(&format!("/v1/docs?after={}", "a".repeat(9_000))).await.assert_problem(400, "uri_too_long");
}
