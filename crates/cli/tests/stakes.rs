//! Members of unequal stake: without a member that holds a third or more the network stalls, and `up` warns of it.

mod cluster;

use std::time::Duration;

use cluster::{Ground, Network, TOO_LONG, until};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(20);

/// The milestones of a node, from the first on.
fn chain(network: &Network, number: usize) -> Vec<String> {
    let node = network.node(number);
    let height = node.get("/v1/status")["height"].as_u64().unwrap();
    let id = |height: u64| node.get(&format!("/v1/milestones/{height}"))["id"].as_str().unwrap().to_owned();
    (1..=height).map(id).collect()
}

/// Waits until all four show one chain.
fn one_chain(network: &Network) -> Vec<String> {
    until("one chain at all four", SOON, || {
        let first = chain(network, 1);
        (2..=4).all(|number| chain(network, number) == first).then_some(first)
    })
}

#[test]
fn three_hundreds_finalise_nothing_without_the_six_hundred_and_say_so() {
    let mut network = Network::up_with(&["--stake", "600,100,100,100"]);
    for number in 1..=4 {
        network.node(number).put_final(&format!("by-n{number}"), &json!(number));
    }
    let before = one_chain(&network);
    assert!(!before.is_empty());
    let first =
        "losing n1 (600) stalls the network: it holds over a third of 900, and the other 300 are no quorum of 601";
    assert!(network.warned().contains(first), "{}", network.warned());
    let n1 = network.node(1).get("/v1/status")["address"].clone();

    network.kill(1);
    let value = json!("while the 600 is away");
    for number in 2..=4 {
        let reply = network.node(number).put(&format!("waits-{number}"), "?wait=final&timeout_ms=1000", &value);
        assert_eq!((reply.status, reply.text("level")), (202, "durable"), "{}", reply.body);
    }
    for number in 2..=4 {
        let why = until("why nothing is final", SOON, || {
            let why = network.node(number).get("/v1/status")["why_not_final"].clone();
            (why["code"] == "no_quorum").then_some(why)
        });
        let told = ["reachable", "quorum", "total"].map(|name| why[name].as_str().unwrap().to_owned());
        assert_eq!(told, ["300", "601", "900"], "{why}");
        assert_eq!(why["away"], json!([n1]), "{why}");
        let url = network.node(number).url.clone();
        for command in ["status", "doctor"] {
            let ended = network.ground.run([command, "--url", &url]);
            assert_eq!(ended.code, 1, "{}{}", ended.said, ended.complained);
            let why =
                "300 of a stake of 900 can be reached, and a quorum is 601: start those that are away, n1 with 600";
            assert!(ended.said.contains(why), "{}", ended.said);
        }
        assert_eq!(chain(&network, number), before);
    }
    let told = "without n1 (600) the stake is 300 of 900, and a quorum is 601: nothing becomes final; writes are kept";
    until("`up` tells", SOON, || network.warned().contains(told).then_some(()));

    network.run(1);
    until("what waited is final at all four", SOON, || {
        let has =
            |at: usize, by: usize| network.node(at).document(&format!("waits-{by}"), "final").as_ref() == Some(&value);
        (1..=4).all(|at| (2..=4).all(|by| has(at, by))).then_some(())
    });
    assert!(one_chain(&network).starts_with(&before));
}

#[test]
fn up_shows_formation_leader_votes_and_acceptance_with_stakes() {
    let ground = Ground::new();
    let port = ground.port(1).to_string();
    let mut up = ground.start(["up", "--stake", "150,200,80,120", "--port", &port]);
    until("the network is up", TOO_LONG, || {
        up.assert_runs();
        up.said().contains("Ctrl-C").then_some(())
    });
    let said = up.said();
    let formation = "4 members with 550: n1 (150), n2 (200), n3 (80), n4 (120); a quorum is 367";
    assert!(said.contains(formation), "{said}");
    let warned = up.complained();
    assert!(warned.contains("losing n2 (200) stalls the network: it holds over a third of 550"), "{warned}");

    ground.node(1).put_final("a", &json!(1));
    let line = until("a milestone is told", SOON, || {
        let said = up.said();
        said.lines().find(|line| line.starts_with("M1 view ")).map(str::to_owned)
    });
    for part in [", led by n", "; proposal ", "; prepare ", "; commit ", " of 550, quorum 367: n", "; accepted "] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(up.terminate().success());
}

#[test]
fn up_tells_each_step_by_its_name_to_whoever_asks() {
    let ground = Ground::new();
    let port = ground.port(1).to_string();
    let mut up = ground.start(["up", "--json", "--verbose", "--stake", "150,200,80,120", "--port", &port]);
    until("the network is up", TOO_LONG, || {
        up.assert_runs();
        up.said().contains("\"ready\":true").then_some(())
    });
    ground.node(2).put_final("a", &json!(1));
    let steps: Vec<Value> = until("a reply", SOON, || {
        let said = up.said();
        let steps = said.lines().skip(1).filter_map(|line| serde_json::from_str(line).ok());
        let steps: Vec<Value> = steps.collect();
        steps.iter().any(|step| step["step"] == "reply").then_some(steps)
    });
    let first = |name: &str| steps.iter().position(|step| step["step"] == name);
    let places = ["request", "pre-prepare", "prepare", "commit", "reply"].map(first);
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} in {steps:?}");
    let committed = steps.iter().rfind(|step| step["step"] == "commit").unwrap();
    let number = |name: &str| committed[name].as_str().unwrap().parse::<u64>().unwrap();
    assert!(number("sum") >= 367 && number("quorum") == 367 && number("total") == 550, "{committed}");
    assert!(up.terminate().success());
}
