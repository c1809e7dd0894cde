//! Recorded editing sessions, typed at two nodes of four with the concurrency that they had.

#[path = "../../cli/tests/cluster/mod.rs"]
mod cluster;

use std::fs;

use cluster::{Ended, Ground};
use serde_json::{Value, json};

/// Rounds in which both type at once; in between each sees what the other typed.
const ROUNDS: usize = 12;

/// A session of two: one types at the start of the text, the other at its end, and takes back a letter.
fn session() -> (Vec<Value>, String) {
    let (mut transactions, mut text, mut last) = (Vec::new(), String::new(), Vec::new());
    for round in 0..ROUNDS {
        let (letter, end) = (char::from(b'a' + u8::try_from(round).unwrap()), text.chars().count());
        let mut add = |agent: usize, parents: &[usize], patch: Value| {
            transactions.push(json!({ "agent": agent, "parents": parents, "patches": [patch] }));
            transactions.len() - 1
        };
        let first = add(0, &last, json!([0, 0, letter]));
        let front = add(0, &[first], json!([1, 0, "\u{1d11e}"]));
        // The very first stroke is everybody's beginning.
        let beginning = if round == 0 { vec![front] } else { last.clone() };
        let end = if round == 0 { 2 } else { end };
        let typed = add(1, &beginning, json!([end, 0, format!("{letter}xy")]));
        let back = add(1, &[typed], json!([end + 2, 1, ""]));
        text = format!("{letter}\u{1d11e}{text}{letter}x");
        last = vec![front, back];
    }
    (transactions, text)
}

fn bench(ground: &Ground, arguments: &[&str]) -> Ended {
    let port = ground.port(1).to_string();
    let all = ["bench", "trace", "--json", "--port", &port].into_iter().chain(arguments.iter().copied());
    ground.run(all.collect::<Vec<_>>())
}

fn told(ended: &Ended) -> Value {
    serde_json::from_str(&ended.said).unwrap_or_else(|error| panic!("{error}: {}{}", ended.said, ended.complained))
}

#[test]
fn a_session_of_two_ends_on_its_text_at_all_four_nodes_and_another_text_is_told_apart() {
    let ground = Ground::new();
    let (transactions, end) = session();
    let file = ground.path("session.json");
    let write = |end: &str| {
        let trace = json!({ "kind": "concurrent", "numAgents": 2, "endContent": end, "txns": transactions });
        fs::write(&file, trace.to_string()).unwrap();
    };
    write(&end);
    let ended = bench(&ground, &[file.to_str().unwrap()]);
    let report = told(ended.assert_done());
    assert_eq!(report["transactions"], transactions.len());
    // The empty text, then one event for each agent and round.
    assert_eq!(report["events"], 1 + 2 * ROUNDS, "{report}");
    let nodes = report["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 4);
    for node in nodes {
        assert_eq!((&node["digest"], &node["characters"]), (&nodes[0]["digest"], &json!(end.chars().count())));
    }
    for holds in ["nodes_agree", "equal_to_fold", "equal_to_end_content"] {
        assert_eq!(report[holds], true, "{holds}: {report}");
    }

    let wrong = end.replacen('x', "z", 1);
    write(&wrong);
    let ended = bench(&ground, &[file.to_str().unwrap()]);
    assert_eq!(ended.code, 2, "{}{}", ended.said, ended.complained);
    let report = told(&ended);
    assert_eq!((&report["nodes_agree"], &report["equal_to_end_content"]), (&json!(true), &json!(false)));
    let at = end.chars().position(|letter| letter == 'x').unwrap();
    assert_eq!(report["difference"]["at"], at, "{report}");
}

#[test]
fn two_friends_begin_their_text_at_two_nodes() {
    let Some(file) = quorate_traces::path("friendsforever") else { return };
    let ground = Ground::new();
    let report = told(bench(&ground, &[file.to_str().unwrap(), "--transactions", "2000"]).assert_done());
    assert_eq!((&report["transactions"], &report["agents"]), (&json!(2_000), &json!(2)));
    assert_eq!(report["equal_to_end_content"], Value::Null);
}
