//! Nodes with one configured address find all others, and a node that restarts finds them without any.

mod cluster;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use cluster::{Ground, Node, Process, TOO_LONG, until};
use serde_json::{Value, json};

const NODES: usize = 6;

/// Six members, each in a home of its own, that know one genesis and no network file.
fn founded() -> (Ground, String) {
    let ground = Ground::new();
    let genesis = ground.path("genesis.json").display().to_string();
    ground.run(["genesis", "new", "--seeds", "1,2,3,4,5,6", "--out", &genesis]).assert_done();
    for number in 1..=NODES {
        ground.run(["init", &format!("n{number}"), "--seed", &number.to_string()]).assert_done();
    }
    (ground, genesis)
}

fn run(ground: &Ground, genesis: &str, number: usize, more: &[&str]) -> Process {
    let (name, port) = (format!("n{number}"), ground.port(number).to_string());
    ground.start([&["run", &name, "--genesis", genesis, "--port", &port], more].concat())
}

fn address(node: &Node) -> String {
    node.get("/v1/status")["address"].as_str().unwrap().to_owned()
}

/// The addresses of those that `node` is connected to.
fn connected(node: &Node) -> BTreeSet<String> {
    let Some(peers) = node.try_get("/v1/peers") else { return BTreeSet::new() };
    let peers = peers.body["peers"].as_array().cloned().unwrap_or_default();
    let connected = peers.iter().filter(|peer| peer["connected"] == true);
    connected.filter_map(|peer| peer["address"].as_str().map(str::to_owned)).collect()
}

fn anchors(node: &Node) -> usize {
    fs::read_to_string(node.directory.join("anchors")).map_or(0, |text| text.lines().count())
}

#[test]
fn nodes_that_know_one_address_find_all_others_and_find_them_again_without_it() {
    let (ground, genesis) = founded();
    let nodes: Vec<Node> = (1..=NODES).map(|number| ground.node(number)).collect();
    let first = ground.p2p(1);
    let told = |number: usize| if number == 1 { vec![] } else { vec!["--peers", &first] };
    let mut processes: Vec<Option<Process>> =
        (1..=NODES).map(|number| Some(run(&ground, &genesis, number, &told(number)))).collect();
    until("all are connected to all", TOO_LONG, || {
        processes.iter_mut().flatten().for_each(Process::assert_runs);
        nodes.iter().all(|node| connected(node).len() == NODES - 1).then_some(())
    });
    nodes[5].put_final("found", &json!(true));

    until("n4 keeps who they are", TOO_LONG, || (anchors(&nodes[3]) == NODES - 1).then_some(()));
    let mode = fs::metadata(nodes[3].directory.join("anchors")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let others: BTreeSet<String> = [1, 2, 4, 5].map(|at: usize| address(&nodes[at])).into();
    for gone in [0, 3] {
        processes[gone].take().unwrap().kill();
        nodes[gone].wait_until_gone(TOO_LONG);
    }
    // Its configured address has no listener any more, and no peer has its new address.
    let (moved, port) = (ground.node(NODES + 1), ground.port(NODES + 1).to_string());
    let mut fourth =
        ground.start(["run", "n4", "--genesis", &genesis, "--port", &port, "--peers", &first, "--no-mdns"]);
    until("n4 finds the others by itself", TOO_LONG, || {
        fourth.assert_runs();
        (connected(&moved) == others).then_some(())
    });
    nodes[4].put_final("back", &json!("without n1"));
    until("n4 holds it", TOO_LONG, || (moved.document("back", "final")? == json!("without n1")).then_some(()));
}

#[test]
fn a_node_without_discovery_meets_only_whom_it_was_told_of() {
    let (ground, genesis) = founded();
    let nodes: Vec<Node> = (1..=3).map(|number| ground.node(number)).collect();
    let first = ground.p2p(1);
    let shy = ["--peers", &first, "--no-discovery"];
    let _first = run(&ground, &genesis, 1, &[]);
    let _others = [2, 3].map(|number| run(&ground, &genesis, number, &shy));
    until("both are connected to the first", TOO_LONG, || (connected(&nodes[0]).len() == 2).then_some(()));
    for at in [1, 2] {
        nodes[at].put(&format!("d{at}"), "", &json!(at));
    }
    // By then they had all the time they need to hear of each other.
    until("the two hold what each other wrote", TOO_LONG, || {
        let holds = |at: usize, other: usize| nodes[at].document(&format!("d{other}"), "merged") == Some(json!(other));
        (holds(1, 2) && holds(2, 1)).then_some(())
    });
    assert_eq!([1, 2].map(|at: usize| connected(&nodes[at])), [1, 2].map(|_| BTreeSet::from([address(&nodes[0])])));
    assert!(!nodes[1].directory.join("anchors").exists());
}

#[test]
fn a_damaged_anchor_file_is_told_of_and_replaced() {
    let (ground, genesis) = founded();
    let node = ground.node(2);
    let file = node.directory.join("anchors");
    fs::write(&file, "/ip4/127.0.0.1/tcp/1/p2p/16Uiu2HAm\n\0\u{7f}").unwrap();
    let _first = run(&ground, &genesis, 1, &[]);
    let process = run(&ground, &genesis, 2, &["--peers", &ground.p2p(1)]);
    until("the anchors are written anew", TOO_LONG, || {
        let text = fs::read_to_string(&file).ok()?;
        (text.contains("/p2p/") && !text.contains('\0')).then_some(())
    });
    assert!(process.complained().contains("the anchors are ignored"), "{}", process.complained());
    let peers: Value = node.get("/v1/peers");
    assert_eq!(peers["peers"][0]["connected"], true, "{peers}");
}
