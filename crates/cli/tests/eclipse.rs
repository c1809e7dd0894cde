//! Fifty strangers around one member, which restarts again and again: it finds the other members each time.
//!
//! The strangers run the network code of a node, know each other, dial the member at every address, and give it no other
//! addresses. Every second time the member returns at a new address that no honest node knows, without --peers: it has only
//! the peers that it stored.
//!
//! `QUORATE_ECLIPSE_RESTARTS=100 cargo test -p quorate-cli --test eclipse -- --nocapture` restarts it a hundred times.

mod cluster;

use std::env;

use cluster::{Ground, Node, Process, TOO_LONG, until};
use quorate_event::NetworkId;
use quorate_scenario::peer_key;
use quorate_transport::{Multiaddr, NetEvents, NetHandle, TransportConfig, start};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// The last of them is the victim.
const MEMBERS: usize = 4;
const SYBILS: usize = 50;
/// Strangers that surround the victim before it is restarted: all, but for those that wait to dial again.
const AROUND: usize = 40;

/// Members in homes of their own, that know one genesis and no network file.
fn founded() -> (Ground, String) {
    let ground = Ground::new();
    let genesis = ground.path("genesis.json").display().to_string();
    ground.run(["genesis", "new", "--seeds", "1,2,3,4", "--out", &genesis]).assert_done();
    for number in 1..=MEMBERS {
        ground.run(["init", &format!("n{number}"), "--seed", &number.to_string()]).assert_done();
    }
    (ground, genesis)
}

/// Runs a member at the ports of place `at`.
fn run(ground: &Ground, genesis: &str, (number, at): (usize, usize), more: &[&str]) -> Process {
    let (name, port) = (format!("n{number}"), ground.port(at).to_string());
    ground.start([&["run", &name, "--genesis", genesis, "--port", &port, "--no-mdns"], more].concat())
}

fn peers(node: &Node) -> Vec<Value> {
    let answer = node.try_get("/v1/peers");
    answer.and_then(|answer| answer.body["peers"].as_array().cloned()).unwrap_or_default()
}

/// How many members and how many strangers a node is connected to.
fn connected(node: &Node, members: &[String]) -> (usize, usize) {
    let peers = peers(node);
    let connected = peers.iter().filter(|peer| peer["connected"] == true);
    let (known, strange): (Vec<_>, Vec<_>) =
        connected.partition(|peer| members.iter().any(|member| peer["address"] == member[..]));
    (known.len(), strange.len())
}

fn address(node: &Node) -> String {
    node.get("/v1/status")["address"].as_str().unwrap().to_owned()
}

/// Strangers that dial all these addresses, and take what comes.
struct Sybils {
    _handles: Vec<NetHandle>,
    _readers: Vec<JoinHandle<()>>,
}

impl Sybils {
    async fn surround(network: NetworkId, victim: &[Multiaddr]) -> Self {
        let (mut handles, mut readers) = (Vec::<NetHandle>::new(), Vec::new());
        for number in 0..SYBILS {
            let key = peer_key(&format!("sybil {number}")).unwrap();
            let mut config = TransportConfig::new(*key.expose(), *network.as_bytes()).unwrap();
            config.discovery.lookup = true;
            config.static_peers = victim.to_vec();
            if let Some(before) = handles.last() {
                config.static_peers.extend(before.listen_addrs().await.unwrap());
            }
            let (handle, events) = start(config).await.unwrap();
            handles.push(handle);
            readers.push(tokio::spawn(read(events)));
        }
        Self { _handles: handles, _readers: readers }
    }
}

async fn read(mut events: NetEvents) {
    while events.recv().await.is_some() {}
}

#[test]
fn tc6_a_member_among_fifty_strangers_finalises_after_every_restart() {
    let restarts = env::var("QUORATE_ECLIPSE_RESTARTS").map_or(5, |restarts| restarts.parse().unwrap());
    let (ground, genesis) = founded();
    let first = ground.p2p(1);
    let nodes: Vec<Node> = (1..=MEMBERS).map(|number| ground.node(number)).collect();
    let told = |number: usize| if number == 1 { vec![] } else { vec!["--peers", &first] };
    let mut processes: Vec<Process> =
        (1..=MEMBERS).map(|number| run(&ground, &genesis, (number, number), &told(number))).collect();
    until("all members are ready", TOO_LONG, || nodes.iter().all(Node::is_ready).then_some(()));
    let members: Vec<String> = nodes.iter().map(address).collect();
    until("all members are connected", TOO_LONG, || {
        nodes.iter().all(|node| connected(node, &members).0 == MEMBERS - 1).then_some(())
    });

    let network: NetworkId = nodes[0].get("/v1/status")["network"].as_str().unwrap().parse().unwrap();
    // One home, in turn at two addresses.
    let places = [MEMBERS, MEMBERS + 1];
    let victim_at = |at: usize| nodes[MEMBERS - 1].moved_to(ground.port(at));
    let victim: Vec<Multiaddr> = places.iter().map(|at| ground.p2p(*at).parse().unwrap()).collect();
    let runtime = Runtime::new().unwrap();
    let sybils = runtime.block_on(Sybils::surround(network, &victim));
    let mut process = processes.pop().unwrap();
    for restart in 0..restarts {
        let before = victim_at(places[restart % 2]);
        until(&format!("the victim is surrounded, restart {restart}"), TOO_LONG, || {
            let (known, strange) = connected(&before, &members);
            (strange >= AROUND && known == MEMBERS - 1).then_some(())
        });
        until("it has kept who its peers are", TOO_LONG, || {
            let kept = std::fs::read_to_string(nodes[MEMBERS - 1].directory.join("anchors")).ok()?;
            (kept.lines().count() >= MEMBERS - 1).then_some(())
        });
        process.kill();
        before.wait_until_gone(TOO_LONG);
        let at = places[(restart + 1) % 2];
        let after = victim_at(at);
        process = run(&ground, &genesis, (MEMBERS, at), &[]);
        until("the victim is back", TOO_LONG, || {
            process.assert_runs();
            after.is_ready().then_some(())
        });
        let written = after.put_final("alive", &json!(restart));
        assert_eq!((written.status, written.text("level")), (200, "final"), "restart {restart}: {}", written.body);
    }
    drop(sybils);
    runtime.shutdown_background();
}
