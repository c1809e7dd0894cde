//! Connected and disconnected peers with times and reasons, in `quorate peers` and `quorate doctor`.

mod cluster;

use cluster::{Ground, Network, Node, Process, TOO_LONG, until};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// What `node` knows of the peer whose libp2p port is that of node `number`.
fn peer(ground: &Ground, node: &Node, number: usize) -> Option<Value> {
    let place = ground.p2p(number);
    let peers = node.try_get("/v1/peers")?.body;
    let at = |peer: &&Value| peer["addrs"].as_array().unwrap().iter().any(|a| a.as_str().unwrap().starts_with(&place));
    peers["peers"].as_array().unwrap().iter().find(at).cloned()
}

/// Waits until `node` shows this reason, and returns its entry of the peer.
fn why(ground: &Ground, node: &Node, number: usize, why: &str) -> Value {
    until(&format!("{} says {why}", node.name), TOO_LONG, || {
        peer(ground, node, number).filter(|peer| peer["why_not"] == why)
    })
}

/// A network of one member at node 1, and a second home that knows its genesis.
fn alone_and_a_follower(ground: &Ground) -> Process {
    let process = ground.start(ground.alone());
    until("n1 is ready", TOO_LONG, || ground.node(1).is_ready().then_some(()));
    process
}

fn follow(ground: &Ground, number: usize, genesis: &str, peers: &str) -> Process {
    let (name, port) = (format!("n{number}"), ground.port(number).to_string());
    ground.start(["run", &name, "--genesis", genesis, "--port", &port, "--peers", peers])
}

#[test]
fn a_killed_node_is_offline_with_the_time_it_was_last_seen_and_doctor_says_what_to_do() {
    let mut network = Network::up();
    let connected = until("n3 is connected", TOO_LONG, || {
        peer(&network.ground, network.node(1), 3).filter(|peer| peer["rtt_ms"].is_f64())
    });
    assert_eq!((&connected["state"], &connected["offline_ms"]), (&"connected".into(), &Value::Null));
    assert!(connected["last_seen_ms"].is_u64() && connected["why_not"].is_null(), "{connected}");

    network.kill(3);
    let gone = why(&network.ground, network.node(1), 3, "refused");
    assert_eq!((&gone["state"], &gone["connected"]), (&"offline".into(), &false.into()));
    assert!(gone["last_seen_ms"].as_u64() >= gone["offline_ms"].as_u64(), "{gone}");
    assert!(gone["rtt_ms"].is_null());
    let url = &network.node(1).url;
    let peers = network.ground.run(["peers", "--url", url]);
    let line = peers.assert_done().said.lines().find(|line| line.starts_with("n3 ")).unwrap().to_owned();
    assert!(
        line.contains("offline for") && line.contains(" ago") && line.contains("no process listens there"),
        "{line}"
    );
    let doctor = network.ground.run(["doctor", "--url", url]);
    assert_eq!(doctor.code, 1, "{}", doctor.said);
    let line = doctor.said.lines().find(|line| line.contains("peer n3: offline for")).unwrap();
    assert!(line.starts_with("degraded") && line.contains("start the other node"), "{line}");

    network.run(3);
    until("n3 is connected again", TOO_LONG, || {
        let back = peer(&network.ground, network.node(1), 3)?;
        (back["state"] == "connected" && back["offline_ms"].is_null()).then_some(())
    });
}

#[test]
fn a_node_that_hangs_is_marked_offline_by_its_silence() {
    let network = Network::up();
    let pid = Pid::from_raw(i32::try_from(network.pid(4)).unwrap()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    let silent = until("n4 is missed", TOO_LONG, || {
        peer(&network.ground, network.node(1), 4).filter(|peer| peer["state"] == "offline")
    });
    kill_process(pid, Signal::CONT).unwrap();
    assert_eq!(silent["why_not"], "silent", "{silent}");
    until("n4 is connected again", TOO_LONG, || {
        peer(&network.ground, network.node(1), 4).filter(|peer| peer["state"] == "connected")
    });
}

#[test]
fn a_wrong_port_says_who_listens_there() {
    let ground = Ground::new();
    let _n1 = alone_and_a_follower(&ground);
    let genesis = ground.path("genesis.json").display().to_string();
    let (nobody, http) = (ground.p2p(9), format!("/ip4/127.0.0.1/tcp/{}", ground.port(1)));
    let _n2 = follow(&ground, 2, &genesis, &format!("{nobody},{http}"));
    let refused = why(&ground, &ground.node(2), 9, "refused");
    assert_eq!(refused["state"], "never_reached");
    assert!(refused["message"].as_str().unwrap().starts_with("no process listens there: start the other node"));
    let stranger = until("HTTP is no node", TOO_LONG, || {
        let peers = ground.node(2).try_get("/v1/peers")?.body;
        let mut peers = peers["peers"].as_array().unwrap().iter();
        peers.find(|peer| peer["addrs"][0] == http.as_str() && peer["why_not"] == "stranger").cloned()
    });
    assert!(stranger["message"].as_str().unwrap().contains("1000 above"), "{stranger}");
    let doctor = ground.run(["doctor", "--url", &ground.node(2).url]);
    assert_eq!(doctor.code, 1);
    assert!(
        doctor.said.contains(&format!("peer {nobody}: never reached: no process listens there")),
        "{}",
        doctor.said
    );
    assert!(doctor.said.contains("not connected since this node started"), "{}", doctor.said);
}

#[test]
fn a_peer_is_found_by_its_name_and_a_name_that_leads_nowhere_says_so() {
    let ground = Ground::new();
    let _n1 = alone_and_a_follower(&ground);
    let genesis = ground.path("genesis.json").display().to_string();
    let (named, nowhere) = (ground.p2p(1).replace("/ip4/127.0.0.1", "/dns4/localhost"), "/dns4/nobody.invalid/tcp/1");
    let _n2 = follow(&ground, 2, &genesis, &format!("{named},{nowhere}"));
    let connected = until("n1 is connected", TOO_LONG, || {
        peer(&ground, &ground.node(2), 1).filter(|peer| peer["state"] == "connected")
    });
    assert_eq!((&connected["route"], &connected["relay"]), (&"direct".into(), &Value::Null));
    assert!(connected["addrs"].as_array().unwrap().contains(&named.into()), "{connected}");
    until("the other name leads nowhere", TOO_LONG, || {
        let peers = ground.node(2).try_get("/v1/peers")?.body;
        let mut peers = peers["peers"].as_array().unwrap().iter();
        peers.find(|peer| peer["addrs"][0] == nowhere && peer["why_not"] == "unresolved").cloned()
    });
    let doctor = ground.run(["doctor", "--url", &ground.node(2).url]);
    let line = format!("peer {nowhere}: never reached: the name does not resolve here: check its spelling");
    assert!(doctor.said.contains(&line), "{}", doctor.said);
}

#[test]
fn a_node_of_another_network_is_told_so_on_both_sides() {
    let ground = Ground::new();
    let _n1 = alone_and_a_follower(&ground);
    let other = ground.path("other.json").display().to_string();
    ground.run(["genesis", "new", "--seeds", "2,3", "--out", &other]).assert_done();
    let _n2 = follow(&ground, 2, &other, &ground.p2p(1));
    let at_two = why(&ground, &ground.node(2), 1, "other_network");
    assert_eq!(at_two["state"], "never_reached");
    assert!(at_two["message"].as_str().unwrap().contains("compare the two genesis files"));
    until("n1 says so too", TOO_LONG, || {
        let peers = ground.node(1).try_get("/v1/peers")?.body;
        (peers["peers"][0]["why_not"] == "other_network").then_some(())
    });
}
