//! Four members of equal stake: three of them finalise, two do not lose anything, and the third to return finalises it.

mod cluster;

use std::time::Duration;

use cluster::{Network, now, since, until};
use serde_json::json;

#[test]
fn three_of_four_finalise_two_keep_and_the_third_brings_it_home() {
    let mut network = Network::up();
    network.terminate(4);
    for write in 1..=20 {
        let node = network.node(1 + write % 3);
        let start = now();
        node.put_final(&format!("without-n4-{write}"), &json!({ "write": write }));
        let took = since(start);
        assert!(took < Duration::from_secs(10), "write {write} took {took:?}");
    }

    network.terminate(3);
    let value = json!({ "while": "two are away" });
    let reply = network.node(1).put("waiting", "?wait=final&timeout_ms=2000", &value);
    assert_eq!((reply.status, reply.text("level")), (202, "durable"), "{}", reply.body);
    until("n2 shows it merged", Duration::from_secs(10), || {
        (network.node(2).document("waiting", "merged")? == value).then_some(())
    });
    assert_eq!(network.node(1).document("waiting", "final"), None);
    let why = network.node(1).get("/v1/status")["why_not_final"].clone();
    assert_eq!(why["code"], "no_quorum", "{why}");

    network.run(3);
    until("that same write is final at the three", Duration::from_secs(20), || {
        let at = |number: usize| network.node(number).document("waiting", "final");
        (1..=3).all(|number| at(number).as_ref() == Some(&value)).then_some(())
    });
}

#[test]
fn the_end_of_up_ends_its_nodes_and_is_clean() {
    let network = Network::up();
    network.node(2).put_final("last", &json!("word"));
    network.end();
}
