//! What is acknowledged stays: through SIGTERM, SIGKILL, a lost disk, a damaged file, a lost vote log.

mod cluster;

use std::fs;
use std::io::Read;
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use cluster::{Ground, Network, Node, Process, TOO_LONG, until};
use serde_json::{Value, json};

/// Starts a node again by the same command line, and waits until it serves.
fn start(ground: &Ground, line: &[String]) -> Process {
    let mut process = ground.start(line);
    until("n1 is ready", TOO_LONG, || {
        process.assert_runs();
        ground.node(1).is_ready().then_some(())
    });
    process
}

#[test]
fn sigterm_ends_a_node_cleanly_whoever_is_connected() {
    let ground = Ground::new();
    let line = ground.alone();
    let process = start(&ground, &line);
    let node = ground.node(1);
    let written = node.put_final("kept", &json!([1]));
    // One who says nothing, one who reads what happens.
    let silent = TcpStream::connect(node.url.trim_start_matches("http://")).unwrap();
    let mut stream = ureq::get(format!("{}/v1/stream", node.url)).call().unwrap().into_body().into_reader();
    let status = process.terminate();
    assert_eq!(status.code(), Some(0));
    let mut rest = Vec::new();
    // The node ended it; how is not for its reader to say.
    let _broken = stream.read_to_end(&mut rest);
    drop(silent);

    let _process = start(&ground, &line);
    assert_eq!(node.document("kept", "final"), Some(json!([1])));
    assert!(written.events().iter().all(|event| node.events().contains(event)));
}

/// Whether a process has its store open; a process that is gone has nothing.
fn has_its_store_open(pid: u32) -> bool {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    files.filter_map(|file| fs::read_link(file.path()).ok()).any(|file| file.ends_with("store.redb"))
}

#[test]
fn whoever_finds_a_home_free_finds_its_store_closed() {
    let ground = Ground::new();
    let (line, node) = (ground.alone(), ground.node(1));
    for round in 0..10 {
        let process = start(&ground, &line);
        node.put_final("round", &json!(round));
        assert!(has_its_store_open(process.pid()), "else this tests nothing");
        process.ask_to_end();
        // Waits for the node, and is the next to hold the home.
        let held = fs::File::open(node.directory.join("node.lock")).unwrap();
        held.lock().unwrap();
        assert!(!has_its_store_open(process.pid()), "round {round}: the store is written to without the lock");
        drop(held);
        assert_eq!(process.terminate().code(), Some(0));
    }
}

/// A write that was acknowledged.
#[derive(Clone)]
struct Promise {
    key: String,
    events: Vec<String>,
}

/// A client that writes one key after another into `log`, until it is stopped; it notes what was acknowledged.
struct Client {
    stopped: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<Vec<Promise>>>,
    thread: thread::JoinHandle<()>,
}

impl Client {
    fn start(node: Node) -> Self {
        let (stopped, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (asked, noted) = (Arc::clone(&stopped), Arc::clone(&acknowledged));
        let thread = thread::spawn(move || {
            for number in 0.. {
                if asked.load(Ordering::Relaxed) {
                    return;
                }
                let key = format!("k{number}");
                // Every other write waits for finality, and either answer is a promise.
                let wait = ["durable", "final"][number % 2];
                let query = format!("?wait={wait}&pointer=/{key}");
                if let Ok(reply) = node.try_put("log", &query, &json!(number)) {
                    if matches!(reply.status, 200 | 202) {
                        noted.lock().unwrap().push(Promise { key, events: reply.events() });
                    }
                } else {
                    // Nobody listens there for a moment.
                    thread::yield_now();
                }
            }
        });
        Self { stopped, acknowledged, thread }
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    fn stop(self) -> Vec<Promise> {
        self.stopped.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        self.acknowledged.lock().unwrap().clone()
    }
}

#[test]
fn sigkill_loses_no_acknowledged_write() {
    let ground = Ground::new();
    let line = ground.alone();
    let mut process = start(&ground, &line);
    let node = ground.node(1);
    node.put_final("log", &json!({}));
    let client = Client::start(node.clone());
    for round in 1..=5 {
        let before = client.count();
        until(&format!("25 writes of round {round}"), TOO_LONG, || (client.count() >= before + 25).then_some(()));
        process.kill();
        node.wait_until_gone(TOO_LONG);
        let promised = client.acknowledged.lock().unwrap().clone();
        process = start(&ground, &line);
        assert_held(&node, &promised);
    }
    assert_held(&node, &client.stop());
    until("all of it is final", TOO_LONG, || {
        (node.document("log", "final") == node.document("log", "merged")).then_some(())
    });
    drop(process);
}

#[track_caller]
fn assert_held(node: &Node, promised: &[Promise]) {
    let document = node.document("log", "merged").unwrap();
    let events = node.events();
    for Promise { key, events: ids } in promised {
        assert!(document.get(key).is_some(), "{key} of {} is lost", promised.len());
        assert!(ids.iter().all(|id| events.contains(id)), "{key}: one of {ids:?} is lost");
    }
}

/// So many writes at all nodes in turn, each final.
fn work(network: &Network, nodes: &[usize], writes: std::ops::Range<usize>) {
    for write in writes {
        network.node(nodes[write % nodes.len()]).put_final(&format!("work-{write}"), &json!(write));
    }
}

/// Every node holds the same events and documents.
fn assert_equal(network: &Network) {
    network.agree("final", TOO_LONG);
    network.agree("merged", TOO_LONG);
    let events = network.node(1).events();
    until("all hold the same events", TOO_LONG, || {
        network.nodes.iter().all(|node| node.events() == network.node(1).events()).then_some(())
    });
    assert!(network.node(4).events().is_superset(&events));
}

fn signed(milestone: &Value, node: &Node) -> bool {
    let address = node.get("/v1/status")["address"].clone();
    let signers = milestone["signers"].as_array().unwrap();
    signers.iter().any(|signer| *signer == address || signer["address"] == address)
}

/// Milestones are made until one bears the signature of n4.
fn signs_again(network: &Network) {
    let mut write = 1_000;
    until("n4 signs a milestone", TOO_LONG, || {
        let reply = network.node(1).put_final("again", &json!(write));
        write += 1;
        let milestone = network.node(1).get(&format!("/v1/milestones/{}", reply.body["milestone"]));
        signed(&milestone, network.node(4)).then_some(())
    });
}

#[test]
fn a_node_whose_disk_was_wiped_rejoins_and_catches_up() {
    let mut network = Network::up();
    work(&network, &[1, 2, 3, 4], 0..12);
    network.kill(4);
    // Its key lay elsewhere, as it should.
    for file in fs::read_dir(&network.node(4).directory).unwrap() {
        let path = file.unwrap().path();
        if !path.ends_with("key") {
            fs::remove_file(path).unwrap();
        }
    }
    work(&network, &[1, 2, 3], 12..16);
    network.run(4);
    // The log is gone with all else, and what it signed is known beside its home.
    assert!(network.log(4).contains("casts no vote"), "{}", network.log(4));
    assert_equal(&network);
    // It writes in a lane of its own, and that is no equivocation.
    network.node(4).put_final("returned", &json!(true));
    assert_equal(&network);
    let evidence = network.node(1).get("/v1/evidence");
    assert_eq!(evidence, json!({ "votes": [], "events": [], "next": null }));
}

/// `quorate run n4` fails, and names what to do.
#[track_caller]
fn assert_refuses(network: &Network, file: &str, remedy: &str) {
    let ended = network.ground.run(["run", "n4"]);
    assert_eq!(ended.code, 2, "{}", ended.complained);
    let told = ended.complained;
    assert!(told.contains(file) && told.contains("damaged") && told.contains(remedy), "{told}");
}

#[test]
fn a_damaged_store_is_told_and_its_remedy_works() {
    let mut network = Network::up();
    work(&network, &[1, 2, 3, 4], 0..8);
    network.terminate(4);
    let store = network.node(4).directory.join("store.redb");
    let mut bytes = fs::read(&store).unwrap();
    bytes[..4_096].fill(0xaa);
    fs::write(&store, bytes).unwrap();
    assert_refuses(&network, "store.redb", "move it away");

    fs::rename(&store, store.with_extension("damaged")).unwrap();
    network.run(4);
    assert_equal(&network);
    network.node(4).put_final("returned", &json!(true));
    signs_again(&network);
}

#[test]
fn a_damaged_vote_log_is_told_and_without_it_the_member_abstains() {
    let mut network = Network::up();
    work(&network, &[1, 2, 3, 4], 0..4);
    network.terminate(4);
    let votes = network.node(4).directory.join("votes.log");
    let mut bytes = fs::read(&votes).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&votes, bytes).unwrap();
    assert_refuses(&network, "votes.log", "abstains");

    fs::remove_file(&votes).unwrap();
    network.run(4);
    let log = network.log(4);
    assert!(log.contains("WARN") && log.contains("casts no vote"), "{log}");
    // It follows and writes, and for two heights signs nothing; then it votes like anybody.
    let height = network.node(4).height();
    network.node(4).put_final("while-silent", &json!(true));
    // Asked where it is final: the others may have it a moment later.
    let next = network.node(4).get(&format!("/v1/milestones/{}", height + 1));
    assert!(!signed(&next, network.node(4)), "{next}");
    signs_again(&network);
    network.terminate(3);
    network.node(1).put_final("with-n4", &json!(true));
}

/// A write at n4, final, and the lane that it went into.
fn lane_of_write(network: &Network, document: &str) -> Value {
    let reply = network.node(4).put_final(document, &json!(true));
    network.node(4).get(&format!("/v1/events/{}", reply.events()[0]))["lane"].clone()
}

/// Copies a node's directory, files only, to or from beside it.
fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let path = file.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

#[test]
fn a_home_put_back_from_an_old_copy_casts_no_vote_before_that_is_safe() {
    let mut network = Network::up();
    work(&network, &[1, 2, 3, 4], 0..8);
    network.terminate(4);
    let (directory, copy) = (network.node(4).directory.clone(), network.ground.path("copy"));
    copy_directory(&directory, &copy);
    network.run(4);
    assert!(!network.log(4).contains("casts no vote"), "{}", network.log(4));
    signs_again(&network);
    let before = lane_of_write(&network, "before");
    network.terminate(4);

    fs::remove_dir_all(&directory).unwrap();
    copy_directory(&copy, &directory);
    network.run(4);
    let log = network.log(4);
    assert!(log.contains("the vote log ends at vote") && log.contains("casts no vote"), "{log}");
    assert_equal(&network);
    // The copy does not know all that was written in its lane.
    assert_ne!(lane_of_write(&network, "after"), before);
    signs_again(&network);
    assert_equal(&network);
    let evidence = network.node(1).get("/v1/evidence");
    assert_eq!(evidence, json!({ "votes": [], "events": [], "next": null }));
    network.terminate(4);
    network.run(4);
    assert!(!network.log(4).contains("casts no vote"), "{}", network.log(4));
}

#[test]
fn a_lost_vote_log_is_not_forgotten_when_the_store_is_lost_too() {
    let mut network = Network::up();
    work(&network, &[1, 2, 3, 4], 0..4);
    for lost in ["votes.log", "store.redb"] {
        network.terminate(4);
        fs::remove_file(network.node(4).directory.join(lost)).unwrap();
        network.run(4);
        let log = network.log(4);
        assert!(log.contains("WARN") && log.contains("casts no vote"), "without {lost}: {log}");
    }
    assert_equal(&network);
    signs_again(&network);
    network.terminate(4);
    network.run(4);
    assert!(!network.log(4).contains("casts no vote"), "{}", network.log(4));
}
