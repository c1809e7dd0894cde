//! Four terminals: a network is founded without a genesis file, comes back after a restart, and is followed by a fifth.

mod cluster;

use std::time::Duration;

use cluster::{Ground, Node, Process, TOO_LONG, until};
use serde_json::json;

const STAKES: [&str; 4] = ["150", "200", "80", "120"];

/// What is typed in terminal `number`.
fn line(ground: &Ground, number: usize) -> Vec<String> {
    let (name, port, peerid) = (format!("n{number}"), ground.port(number).to_string(), number.to_string());
    let mut line = vec!["run", &name, "--port", &port, "--stake", STAKES[number - 1], "--peerid", &peerid];
    let gatherer = ground.p2p(1);
    if number > 1 {
        line.extend(["--peers", &gatherer]);
    }
    line.into_iter().map(str::to_owned).collect()
}

fn ready(processes: &mut [Process], nodes: &[Node]) {
    until("all are ready", TOO_LONG, || {
        processes.iter_mut().for_each(Process::assert_runs);
        nodes.iter().all(Node::is_ready).then_some(())
    });
}

fn network(node: &Node) -> String {
    node.get("/v1/status")["network"].as_str().unwrap().to_owned()
}

#[test]
fn four_terminals_found_a_network_come_back_and_a_fifth_follows() {
    let ground = Ground::new();
    let nodes: Vec<Node> = (1..=4).map(|number| ground.node(number)).collect();
    // The gathering node starts last but one: the joiners must wait for it.
    let order = [3, 2, 1, 4];
    let found = |order: &[usize]| order.iter().map(|number| ground.start(line(&ground, *number))).collect::<Vec<_>>();
    let mut processes = found(&order);
    ready(&mut processes, &nodes);
    let id = network(&nodes[0]);
    assert!(nodes.iter().all(|node| network(node) == id));
    let committee = nodes[3].get("/v1/committee");
    assert_eq!((committee["members"].as_array().unwrap().len(), &committee["total"]), (4, &json!("550")));
    nodes[2].put_final("founded", &json!({ "by": 4 }));

    for process in processes {
        assert_eq!(process.terminate().code(), Some(0));
    }
    let mut processes = found(&[1, 2, 3, 4]);
    ready(&mut processes, &nodes);
    assert!(nodes.iter().all(|node| network(node) == id));
    assert_eq!(nodes[1].document("founded", "final"), Some(json!({ "by": 4 })));
    nodes[0].put_final("returned", &json!(true));

    let fifth = ground.node(5);
    let join = ["run", "n5", "--port", &ground.port(5).to_string(), "--join", &ground.p2p(2), "--network", &id];
    let mut follower = ground.start(join);
    until("the fifth holds what the four hold", Duration::from_secs(30), || {
        follower.assert_runs();
        (fifth.document("returned", "final")? == json!(true)).then_some(())
    });
    assert_eq!(network(&fifth), id);
    nodes[3].put_final("seen", &json!(5));
    until("the fifth follows", Duration::from_secs(10), || {
        (fifth.document("seen", "final")? == json!(5)).then_some(())
    });
    // It is no member.
    let refused = fifth.put("mine", "", &json!(1));
    assert_eq!((refused.status, refused.text("code")), (403, "may_not_write"));
}
