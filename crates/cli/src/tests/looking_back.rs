//! Edits, and the commands that look back at a document, against stand-ins for nodes.

use std::fs;

use serde_json::{Value, json};

use super::server::{Asked, Server};
use super::{Scratch, run};

const DIGEST: &str = "0x0707070707070707070707070707070707070707070707070707070707070707";
const TOKEN: &str = "abababababababababababababababababababababababababababababababab";

fn written(_: &Asked) -> (u16, Value) {
    (200, json!({"events": ["0x01"], "level": "durable"}))
}

/// Runs a command line against a stand-in, and returns its exit code.
fn run_at(node: &Server, scratch: &Scratch, line: &str) -> u8 {
    fs::write(scratch.path().join("token"), TOKEN).unwrap();
    run(&format!("{line} --url {} --token-file HOME/token --home HOME", node.url), scratch.path())
}

#[test]
fn edits_carry_their_media_type_and_the_digest_that_they_expect() {
    let scratch = Scratch::new();
    let node = Server::start(written);
    let edits = json!([{"op":"insert","path":"/text","text":"hi"}]);
    fs::write(scratch.path().join("edits"), edits.to_string()).unwrap();
    let lines = [
        format!("edit d {edits}"),
        format!("edit d @HOME/edits --json-patch --if-match {DIGEST} --wait final"),
        "edit d {\"a\":null} --merge-patch".to_owned(),
    ];
    for line in &lines {
        assert_eq!(run_at(&node, &scratch, line), 0, "{line}");
    }
    let asked = node.asked();
    let types: Vec<_> = asked.iter().map(|asked| asked.content_type.as_deref().unwrap()).collect();
    let expected =
        ["application/vnd.quorate.edits+json", "application/json-patch+json", "application/merge-patch+json"];
    assert_eq!(types, expected);
    assert!(asked.iter().all(|asked| asked.method == "PATCH" && asked.token.as_deref() == Some(TOKEN)));
    assert_eq!((&asked[0].body, &asked[1].body, &asked[2].body), (&edits, &edits, &json!({"a": null})));
    let expected = [None, Some(format!("\"{DIGEST}\"")), None];
    assert_eq!(asked.iter().map(|asked| asked.if_match.clone()).collect::<Vec<_>>(), expected);
    assert_eq!(asked[1].path, "/v1/docs/d?wait=final&timeout_ms=30000");
}

#[test]
fn edits_that_cannot_be_right_are_not_sent() {
    let scratch = Scratch::new();
    let node = Server::start(written);
    for line in ["edit d [", "edit d {}", "edit d {} --json-patch", "edit d @HOME/nothing"] {
        assert_eq!(run_at(&node, &scratch, line), 2, "{line}");
    }
    assert!(node.asked().is_empty());
}

#[test]
fn a_moment_is_asked_for_as_the_node_wants_it() {
    let scratch = Scratch::new();
    let node = Server::start(|asked| match asked.path.as_str() {
        "/v1/docs/d?at=99" => (404, json!({"code": "unknown_milestone", "message": "m", "hint": "h"})),
        "/v1/docs/d?at=0" => (404, json!({"code": "unknown_document", "message": "m", "hint": "h"})),
        _ => (200, json!({"value": {"a": 1}})),
    });
    let lines = [
        ("get d /a --at M3".to_owned(), 0, vec!["/v1/docs/d?at=3".to_owned()]),
        (format!("get d --at {DIGEST}"), 0, vec![format!("/v1/docs/d?at={DIGEST}")]),
        (
            "diff d --from final --to 2".to_owned(),
            0,
            vec!["/v1/docs/d?level=final".to_owned(), "/v1/docs/d?at=2".to_owned()],
        ),
        // A document without writes at that moment is empty; an unknown milestone is an error.
        ("diff d --from 0".to_owned(), 0, vec!["/v1/docs/d?at=0".to_owned(), "/v1/docs/d?level=merged".to_owned()]),
        ("diff d --from 99".to_owned(), 2, vec!["/v1/docs/d?at=99".to_owned()]),
        ("history a/b --limit 7".to_owned(), 0, vec!["/v1/docs/a%2Fb/history?limit=7".to_owned()]),
        (format!("history d --after {DIGEST}"), 0, vec![format!("/v1/docs/d/history?limit=20&after={DIGEST}")]),
        ("conflicts d".to_owned(), 0, vec!["/v1/docs/d/conflicts?level=merged".to_owned()]),
        ("conflicts d /k --at 4".to_owned(), 0, vec!["/v1/docs/d/conflicts?at=4&pointer=%2Fk".to_owned()]),
    ];
    for (line, exit, paths) in lines {
        let before = node.asked().len();
        assert_eq!(run_at(&node, &scratch, &line), exit, "{line}");
        let asked: Vec<String> = node.asked()[before..].iter().map(|asked| asked.path.clone()).collect();
        assert_eq!(asked, paths, "{line}");
        assert!(node.asked()[before..].iter().all(|asked| asked.token.is_none()), "{line}");
    }
}
