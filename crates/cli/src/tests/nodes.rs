//! Commands against stand-ins for nodes.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use super::server::{Asked, Server};
use super::{Scratch, run};
use crate::args::LevelArg;
use crate::documents::documents;
use crate::http::Client;
use crate::network_file::{NetworkFile, NodeEntry};

const TOKEN: &str = "abababababababababababababababababababababababababababababababab";

fn with_token(scratch: &Scratch) -> String {
    fs::write(scratch.path().join("token"), format!("{TOKEN}\n")).unwrap();
    "--token-file HOME/token --home HOME".to_owned()
}

fn durable(_: &Asked) -> (u16, Value) {
    (200, json!({"events": ["0x01"], "level": "durable"}))
}

#[test]
fn a_put_carries_the_value_the_pointer_and_the_token() {
    let scratch = Scratch::new();
    let options = with_token(&scratch);
    let node = Server::start(durable);
    let line = format!("put my%doc /a/b {{\"x\":1}} --url {} {options}", node.url);
    assert_eq!(run(&line, scratch.path()), 0);
    let asked = &node.asked()[0];
    assert_eq!(asked.method, "PUT");
    let path = "/v1/docs/my%25doc?wait=durable&timeout_ms=30000&pointer=%2Fa%2Fb";
    assert_eq!(asked.path, path);
    assert_eq!((asked.body.clone(), asked.token.as_deref()), (json!({"x": 1}), Some(TOKEN)));
}

#[test]
fn a_write_that_is_not_final_in_time_is_degraded_and_a_refused_one_failed() {
    let scratch = Scratch::new();
    let options = with_token(&scratch);
    for (status, exit) in [(200, 0), (202, 1), (401, 2), (422, 2)] {
        let node = Server::start(move |_| (status, json!({"events": [], "level": "durable"})));
        let line = format!("put d 1 --wait final --url {} {options}", node.url);
        assert_eq!(run(&line, scratch.path()), exit, "{status}");
    }
}

#[test]
fn reads_show_no_token_and_tell_their_outcome_by_the_exit_code() {
    let scratch = Scratch::new();
    let options = with_token(&scratch);
    let node = Server::start(|asked| match asked.path.as_str() {
        "/v1/status" => (200, json!({"name": "n1", "why_not_final": {"code": "no_quorum", "message": "away"}})),
        "/v1/docs/d?level=final" => (200, json!({"value": {"a": [1, 2]}})),
        _ => (404, json!({"code": "not_found", "message": "nothing", "hint": "look elsewhere"})),
    });
    let run = |line: &str| run(&format!("{line} --url {} {options}", node.url), scratch.path());
    assert_eq!(run("status"), 1);
    assert_eq!(run("get d /a/1 --level final"), 0);
    assert_eq!(run("get d /a/2 --level final"), 2);
    assert_eq!(run("get e"), 2);
    assert!(node.asked().iter().all(|asked| asked.token.is_none()));
}

#[test]
fn a_node_of_up_is_shown_its_own_token_by_its_port() {
    let scratch = Scratch::new();
    let node = Server::start(durable);
    let entry = |name: &str, port| NodeEntry {
        name: name.to_owned(),
        url: String::new(),
        p2p: String::new(),
        address: String::new(),
        port,
        p2p_port: 0,
    };
    let nodes = vec![entry("n1", 1), entry("n2", node.port())];
    let network = NetworkFile { network: String::new(), nodes };
    network.save(scratch.path()).unwrap();
    for name in ["n1", "n2"] {
        assert_eq!(run(&format!("init {name} --home HOME"), scratch.path()), 0);
    }
    let line = format!("put d 1 --home HOME --url http://localhost:{}", node.port());
    assert_eq!(run(&line, scratch.path()), 0);
    let token = fs::read_to_string(scratch.path().join("n2/token")).unwrap();
    assert_eq!(node.asked()[0].token.as_deref(), Some(token.trim()));
    let stranger = "put d 1 --home HOME --url http://127.0.0.1:2";
    assert_eq!(run(stranger, scratch.path()), 2);
}

/// What each record became, over all the nodes that took it.
fn written(nodes: &[&Server]) -> BTreeMap<String, Value> {
    let asked = nodes.iter().flat_map(|node| node.asked());
    asked.map(|asked| (asked.path, asked.body)).collect()
}

#[test]
fn an_import_writes_every_record_although_nodes_are_away_or_busy() {
    let scratch = Scratch::new();
    let options = with_token(&scratch);
    let records: Vec<Value> = (0..100).map(|i| json!({"code": format!("a/{i}"), "n": null})).collect();
    fs::write(scratch.path().join("in.json"), json!({"all": records}).to_string()).unwrap();
    let good = Server::start(|asked| (200, json!({"events": [asked.path], "level": "durable"})));
    let count = AtomicU32::new(0);
    let busy = Server::start(move |asked| match count.fetch_add(1, Ordering::Relaxed) % 3 {
        0 => (503, json!({"code": "busy", "message": "busy", "hint": null})),
        1 => (202, json!({"events": [], "level": "merged"})),
        _ => durable(asked),
    });
    let line = format!(
        "import d HOME/in.json --array-key code --acks HOME/acks {options} --url {} {} http://127.0.0.1:1",
        good.url, busy.url
    );
    assert_eq!(run(&line, scratch.path()), 0);
    let written = written(&[&good, &busy]);
    assert_eq!(written.len(), 100);
    let path = "/v1/docs/d?wait=durable&timeout_ms=10000&pointer=%2Fa~17";
    assert_eq!(written[path], json!({"code": "a/7", "n": null}));
    let acks = fs::read_to_string(scratch.path().join("acks")).unwrap();
    let acks: Vec<Value> = acks.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(acks.len(), 100);
    assert!(acks.iter().all(|ack| ack["events"].as_array().unwrap().len() == 1));
}

#[test]
fn an_import_that_is_refused_or_reaches_nobody_fails() {
    let scratch = Scratch::new();
    let options = with_token(&scratch);
    fs::write(scratch.path().join("in.json"), r#"[{"code": "a"}, {"code": "a"}]"#).unwrap();
    let node = Server::start(|_| (403, json!({"code": "forbidden", "message": "no"})));
    let run = |line: &str, url: &str| run(&format!("{line} {options} --url {url}"), scratch.path());
    assert_eq!(run("import d HOME/in.json --array-key code", &node.url), 2);
    assert_eq!(run("import d HOME/absent.json", &node.url), 2);
    assert!(node.asked().is_empty());
    assert_eq!(run("import d HOME/in.json", &node.url), 2);
    assert_eq!(node.asked()[0].body, json!([{"code": "a"}, {"code": "a"}]));
    let nobody = "http://127.0.0.1:1";
    fs::write(scratch.path().join("in.json"), r#"[{"code": "a"}]"#).unwrap();
    let line = "import d HOME/in.json --array-key code --timeout-ms 50";
    assert_eq!(run(line, nobody), 2);
}

#[test]
fn a_graph_is_read_page_by_page() {
    let scratch = Scratch::new();
    let options = with_token(&scratch);
    let node = Server::start(|asked| match asked.path.as_str() {
        "/v1/status" => (200, json!({"name": "n1"})),
        "/v1/events?limit=1000" => (200, json!({"events": [{"id": "a", "parents": ["m"]}], "next": "7"})),
        "/v1/events?limit=1000&after=7" => (200, json!({"events": [], "next": "7"})),
        _ => (404, json!({})),
    });
    for format in ["json", "dot"] {
        let line = format!("graph export --format {format} --url {} {options}", node.url);
        assert_eq!(run(&line, scratch.path()), 0);
    }
    assert_eq!(run(&format!("graph export --format dot --node 1 {options}"), scratch.path()), 2);
}

#[test]
fn documents_are_listed_page_by_page() {
    let scratch = Scratch::new();
    let node = Server::start(|asked| match asked.path.as_str() {
        "/v1/docs?level=final" => (200, json!({"documents": [{"name": "a b", "digest": "0x01"}], "next": "a b"})),
        "/v1/docs?level=final&after=a%20b" => {
            (200, json!({"documents": [{"name": "c", "digest": null}], "next": null}))
        }
        _ => (404, json!({})),
    });
    let line = format!("docs --level final --home HOME --url {}", node.url);
    assert_eq!(run(&line, scratch.path()), 0);
    assert_eq!(node.asked().len(), 2);
    let found = documents(&Client::new(&node.url, None), LevelArg::Final).unwrap();
    let names: Vec<&str> = found.iter().map(|found| found["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a b", "c"]);
}
