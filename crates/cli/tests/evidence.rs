//! What a key signed against the rules: listed by every node, written to a file, and checked without a node.

mod cluster;

use std::fs;

use cluster::{Asked, Ended, Network, Node, TOO_LONG, until};
use quorate_event::{
    EventBody, Evidence, Height, Lane, NetworkId, Payload, ProposalId, SecretKey, Seq, Timestamp, VerifiedEvent, View,
    Vote, VoteKind,
};
use quorate_scenario::{DemoSeed, demo_key};
use serde_json::{Value, json};

fn key(number: u64) -> SecretKey {
    demo_key(DemoSeed(number)).unwrap()
}

/// The first event of a lane that no node writes in.
fn event(network: NetworkId, author: &SecretKey, time: u64, payload: Payload) -> VerifiedEvent {
    let parents = vec![network.event_id()];
    let (lane, seq, time) = (Lane(99), Seq(1), Timestamp(time));
    let body = EventBody { author: author.address(), lane, seq, parents, time, payload };
    VerifiedEvent::sign(body, network, author).unwrap()
}

/// Two prepares in one view, signed by one key.
fn two_votes(network: NetworkId, signer: &SecretKey) -> Evidence {
    let [first, second] = [1, 2].map(|proposal| {
        let proposal = ProposalId::new([proposal; 32]);
        let vote = Vote { kind: VoteKind::Prepare, height: Height(3), view: View(1), proposal };
        vote.sign(network, signer).verify(network).unwrap()
    });
    Evidence::of(first, second).unwrap()
}

#[track_caller]
fn hand_in(node: &Node, event: &VerifiedEvent) {
    let reply = node.ask(&Asked {
        method: "POST",
        path: "/v1/events",
        token: Some(&node.token()),
        content_type: "application/cbor",
        body: event.bytes(),
        ..Asked::default()
    });
    let reply = reply.unwrap();
    assert!(matches!(reply.status, 200 | 202), "{}: {}", reply.status, reply.body);
}

/// N4 votes twice, which N3 writes down, and N4 writes two events for one place.
fn offended() -> Network {
    let network = Network::up();
    let id: NetworkId = network.id.parse().unwrap();
    let (n3, n4) = (key(3), key(4));
    hand_in(network.node(1), &event(id, &n3, 1, Payload::Evidence(Box::new(two_votes(id, &n4)))));
    hand_in(network.node(1), &event(id, &n4, 1, Payload::MilestoneRequest));
    hand_in(network.node(1), &event(id, &n4, 2, Payload::MilestoneRequest));
    network.node(1).put_final("cites", &json!("them"));
    network
}

/// Checks a file where no node can be asked.
fn verify(network: &Network, file: &str, more: &[&str]) -> Ended {
    let nobody = ["evidence", "--url", "http://127.0.0.1:1", "--verify", file];
    network.ground.run(nobody.iter().chain(more))
}

#[track_caller]
fn assert_proves_nothing(network: &Network, text: &str, why: &str) {
    let file = network.ground.path("altered.json").display().to_string();
    fs::write(&file, text).unwrap();
    let ended = verify(network, &file, &[]);
    assert_eq!(ended.code, 1, "{}{}", ended.said, ended.complained);
    assert!(ended.said.contains("proves nothing") && ended.said.contains(why), "{}", ended.said);
}

#[test]
fn evidence_is_listed_at_every_node_and_proves_itself_without_one() {
    let network = offended();
    let culprit = key(4).address().to_string();
    let ordered = |found: &Value| found["milestone"].is_u64() && found["culprit"] == culprit;
    for node in &network.nodes {
        until(&format!("{} names n4 for both", node.name), TOO_LONG, || {
            let found = node.get("/v1/evidence");
            (ordered(&found["votes"][0]) && ordered(&found["events"][0])).then_some(())
        });
    }
    let node = network.node(2);
    let listed = network.ground.run(["evidence", "--url", &node.url]);
    let told = &listed.assert_done().said;
    for part in ["n4", "prepare and prepare", "height 3, view 1", "two events", "lane 99, seq 1"] {
        assert!(told.contains(part), "no {part:?} in\n{told}");
    }
    assert!(!told.contains("n3") && !told.contains("not yet"), "{told}");

    let file = network.ground.path("evidence.json").display().to_string();
    network.ground.run(["evidence", "--url", &node.url, "--export", &file]).assert_done();
    let genesis = network.ground.home().join("genesis.json").display().to_string();
    let proven = verify(&network, &file, &["--genesis", &genesis]);
    let told = &proven.assert_done().said;
    for part in
        [&culprit[..], "a member with a stake of 100", "a prepare and a prepare", "two events at lane 99, seq 1"]
    {
        assert!(told.contains(part), "no {part:?} in\n{told}");
    }

    let text = fs::read_to_string(&file).unwrap();
    let others = key(3).address().to_string();
    assert_proves_nothing(&network, &text.replace(&culprit, &others), "the file names");
    assert_proves_nothing(
        &network,
        &text.replace(&network.id, &format!("0x{}", "11".repeat(32))),
        "is from another network",
    );
    let mut file: Value = serde_json::from_str(&text).unwrap();
    file["evidence"][0]["signed"][1] = file["evidence"][0]["signed"][0].clone();
    assert_proves_nothing(&network, &file.to_string(), "do not conflict");
    assert_proves_nothing(&network, "[]", "not an evidence file");
}

#[test]
fn where_nobody_offended_there_is_nothing_to_write() {
    let network = Network::up();
    let (url, file) = (&network.node(1).url, network.ground.path("evidence.json").display().to_string());
    let told = network.ground.run(["evidence", "--url", url]);
    assert!(told.assert_done().said.contains("no evidence"), "{}", told.said);
    let ended = network.ground.run(["evidence", "--url", url, "--export", &file]);
    assert_eq!(ended.code, 1, "{}{}", ended.said, ended.complained);
    assert!(!network.ground.path("evidence.json").exists());
}
