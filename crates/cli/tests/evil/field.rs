//! Four honest processes with clients, and what must hold of them whatever an evil peer does.

use std::env;
use std::fs;
use std::time::Duration;

use quorate_event::{Address, NetworkId, SecretKey};
use quorate_scenario::{DemoSeed, demo_key, peer_key};
use quorate_transport::{Multiaddr, PeerId};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::attacks::{Attack, Evidence, Fate, Who};
use super::forge::{ALLOWED, REFUSED};
use super::honest::{Honest, percentile};
use super::memory::{self, MIB};
use super::peer::EvilPeer;
use crate::cluster::{Network, Node, TOO_LONG, ends, until};

/// Honest nodes; the evil member is the next.
const HONEST: usize = 4;
/// Writes by which undisturbed times are measured.
const BASELINE: usize = 100;
/// Writes that must become final from an attack's end on: as many as clients have on their way, and one more each.
const GO_ON: usize = 2 * HONEST;
/// A bound on the slowest honest write, far above what a shared machine makes of it: a height that has to wait for the
/// round of sync and for several views.
const SLOWEST: Duration = Duration::from_secs(30);

/// Where attacks are played.
pub(crate) struct Field {
    pub(crate) runtime: Runtime,
    pub(crate) network: NetworkId,
    /// Where the honest nodes listen.
    pub(crate) addrs: Vec<Multiaddr>,
    /// The evil member's key.
    pub(crate) member: SecretKey,
    /// How many times larger attacks are than they need to be.
    times: usize,
    undisturbed: Duration,
    honest: Honest,
    processes: Network,
}

/// What is known of the honest processes before an attack.
struct Before {
    heights: Vec<u64>,
    resident: Vec<u64>,
}

impl Field {
    /// Starts the network, takes one member away, and measures the others undisturbed.
    pub(crate) fn prepare() -> Self {
        let mut processes = Network::up_with(&["--nodes", "5"]);
        processes.kill(HONEST + 1);
        let nodes = &processes.nodes[..HONEST];
        let address = |number: usize| processes.ground.p2p(number).parse().unwrap();
        let honest = Honest::start(nodes);
        let mut field = Self {
            runtime: Runtime::new().unwrap(),
            network: processes.id.parse().unwrap(),
            addrs: (1..=HONEST).map(address).collect(),
            member: demo_key(DemoSeed(HONEST as u64 + 1)).unwrap(),
            times: env::var("QUORATE_EVIL_TIMES").map_or(1, |times| times.parse().unwrap()),
            undisturbed: Duration::ZERO,
            honest,
            processes,
        };
        field.writes(BASELINE);
        let mut took = field.honest.take();
        field.undisturbed = percentile(&mut took, 99);
        eprintln!(
            "{:4} {:55} {:>7} {:>7} writes, p50 {:4} ms, p99 {:4} ms, slowest {:5} ms",
            "",
            "undisturbed",
            "",
            took.len(),
            percentile(&mut took, 50).as_millis(),
            field.undisturbed.as_millis(),
            percentile(&mut took, 100).as_millis(),
        );
        field
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.processes.nodes[..HONEST]
    }

    /// The process of each honest node.
    pub(crate) fn pids(&self) -> Vec<u32> {
        (1..=HONEST).map(|number| self.processes.pid(number)).collect()
    }

    /// The keys of the honest nodes.
    pub(crate) fn honest_members(&self) -> Vec<Address> {
        (1..=HONEST as u64).map(|seed| demo_key(DemoSeed(seed)).unwrap().address()).collect()
    }

    /// Where the honest nodes listen.
    pub(crate) fn ports(&self) -> Vec<u16> {
        (1..=HONEST).map(|number| p2p_port(&self.processes.ground.p2p(number))).collect()
    }

    /// So many of something, or as many times more as were asked for.
    pub(crate) fn many(&self, least: usize) -> usize {
        least * self.times
    }

    /// The height that the honest nodes work on, or worked on a moment ago.
    pub(crate) fn working_on(&self) -> u64 {
        self.nodes().iter().map(Node::height).max().unwrap() + 1
    }

    /// A key that was not used before.
    pub(crate) fn stranger(&self, name: &str) -> SecretKey {
        peer_key(&format!("stranger {name}")).unwrap()
    }

    /// Whether each honest node has a connection to all others.
    pub(crate) fn assert_honest_are_connected(&self) {
        let honest: Vec<String> = self.honest_members().iter().map(Address::to_string).collect();
        for node in self.nodes() {
            until(&format!("{} is connected to all honest ones", node.name), TOO_LONG, || {
                let peers = node.get("/v1/peers");
                let connected = peers["peers"].as_array().unwrap().iter().filter(|peer| peer["connected"] == true);
                let known = connected.filter(|peer| honest.iter().any(|address| peer["address"] == address[..]));
                (known.count() == HONEST - 1).then_some(())
            });
        }
    }

    /// Plays one attack, and checks what must hold.
    pub(crate) fn play(&mut self, attack: &Attack, number: usize) {
        let before = self.before();
        self.honest.take();
        let key = match attack.who {
            Who::Member => self.member.clone(),
            Who::Stranger => self.stranger(&number.to_string()),
        };
        let peer = self.runtime.block_on(EvilPeer::connect(&key, self.network, &self.addrs));
        (attack.run)(self, &peer);
        self.writes(self.honest.count() + GO_ON);
        self.assert_fate(attack, &peer);
        self.assert_leaves(attack);
        let grown = self.assert_unharmed(attack, &before);
        self.runtime.block_on(peer.leave());
        let mut took = self.honest.take();
        let slowest = percentile(&mut took, 100);
        let p99 = percentile(&mut took, 99);
        eprintln!(
            "{:4} {:55} {:3} MiB {:7} writes, p50 {:4} ms, p99 {:4} ms ({:.1} x), slowest {:5} ms",
            attack.row,
            attack.name,
            grown / MIB,
            took.len(),
            percentile(&mut took, 50).as_millis(),
            p99.as_millis(),
            p99.as_secs_f64() / self.undisturbed.as_secs_f64(),
            slowest.as_millis(),
        );
        assert!(slowest < SLOWEST, "{}: an honest write took {slowest:?}", attack.name);
    }

    /// Ends everything cleanly.
    pub(crate) fn end(self) {
        drop(self.honest);
        self.processes.end();
    }

    fn before(&self) -> Before {
        let pids = self.pids();
        pids.iter().for_each(|pid| memory::forget_peak(*pid));
        Before {
            heights: self.nodes().iter().map(Node::height).collect(),
            resident: pids.iter().map(|pid| memory::resident(*pid)).collect(),
        }
    }

    /// Waits until clients have written so much since they were last asked.
    fn writes(&self, count: usize) {
        until(&format!("{count} honest writes are final"), TOO_LONG, || (self.honest.count() >= count).then_some(()));
    }

    /// All that must hold whatever was done. The most memory that a process took.
    fn assert_unharmed(&self, attack: &Attack, before: &Before) -> u64 {
        let name = attack.name;
        for (node, height) in self.nodes().iter().zip(&before.heights) {
            until(&format!("{name}: milestones go on at {}", node.name), TOO_LONG, || {
                (node.height() > *height).then_some(())
            });
            let log = fs::read_to_string(node.directory.join("log")).unwrap();
            assert!(!log.contains("panicked"), "{name}: {} panicked", node.name);
            self.assert_only_evil_is_accused(node, name);
        }
        let peaks = self.pids().into_iter().map(memory::peak);
        let grown = peaks.zip(&before.resident).map(|(peak, was)| peak.saturating_sub(*was)).max().unwrap();
        assert!(grown <= attack.budget * MIB, "{name}: a process took {} MiB more", grown / MIB);
        self.honest.paused(|written| {
            until(&format!("{name}: one digest at all four, merged and final"), TOO_LONG, || {
                let digests = |node: &Node| node.get("/v1/status")["digests"].clone();
                let first = digests(&self.nodes()[0]);
                let one = self.nodes().iter().all(|node| digests(node) == first);
                (one && first["final"] == first["merged"]).then_some(())
            });
            for node in self.nodes() {
                for (document, value) in written {
                    let shown = node.document(document, "final");
                    assert_eq!(shown.as_ref(), Some(value), "{name}: {document} at {}", node.name);
                }
                let listed = node.get("/v1/docs");
                let names = listed["documents"].as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap());
                let strange = names.filter(|name| !written.contains_key(*name) && *name != ALLOWED);
                assert_eq!(strange.collect::<Vec<_>>(), [""; 0], "{name}: {} took what it must refuse", node.name);
                assert_eq!(node.document(REFUSED, "merged"), None);
            }
        });
        grown
    }

    fn assert_leaves(&self, attack: &Attack) {
        let kind = match attack.leaves {
            None => return,
            Some(Evidence::Votes) => "votes",
            Some(Evidence::Events) => "events",
        };
        let evil = self.member.address().to_string();
        for node in self.nodes() {
            until(&format!("{}: evidence of {kind} at {}", attack.name, node.name), TOO_LONG, || {
                let evidence = node.get("/v1/evidence");
                let found = evidence[kind].as_array().unwrap();
                found.iter().any(|found| found["culprit"] == evil && found["milestone"].is_u64()).then_some(())
            });
        }
    }

    fn assert_only_evil_is_accused(&self, node: &Node, name: &str) {
        let evidence = node.get("/v1/evidence");
        let evil = self.member.address().to_string();
        for found in ["votes", "events"].iter().flat_map(|kind| evidence[kind].as_array().unwrap()) {
            assert_eq!(found["culprit"], evil, "{name}: {} accuses an honest key", node.name);
        }
    }

    /// What the honest nodes think of the evil peer, and that they think well of each other.
    fn assert_fate(&self, attack: &Attack, peer: &EvilPeer) {
        let honest: Vec<String> = self.honest_members().iter().map(Address::to_string).collect();
        for node in self.nodes() {
            self.assert_fate_at(node, attack.name, attack.fate, &peer.id());
            let peers = node.get("/v1/peers");
            for other in peers["peers"].as_array().unwrap() {
                let is_honest = honest.iter().any(|address| other["address"] == address[..]);
                assert!(!is_honest || other["score"].as_f64().unwrap() >= 0.0, "{}: {other}", attack.name);
            }
        }
    }

    /// Waits until a node thinks so of a peer.
    pub(crate) fn assert_fate_at(&self, node: &Node, name: &str, fate: Fate, id: &PeerId) {
        let id = id.to_string();
        let is_so = |entry: &Value| {
            let score = entry["score"].as_f64().unwrap();
            match fate {
                Fate::Banned => entry["why_not"] == "banned",
                Fate::Blamed => entry["why_not"] != "banned" && score < 0.0,
                Fate::Spared => entry["why_not"] != "banned" && score >= 0.0,
            }
        };
        let mut seen = Value::Null;
        let met = ends(
            || {
                let peers = node.get("/v1/peers");
                let peers = peers["peers"].as_array().unwrap();
                seen = peers.iter().find(|entry| entry["peer_id"] == id[..]).cloned().unwrap_or_default();
                !seen.is_null() && is_so(&seen)
            },
            TOO_LONG,
        );
        assert!(met, "{name}: {} should have the evil peer {fate:?}: {seen}", node.name);
    }
}

fn p2p_port(addr: &str) -> u16 {
    addr.rsplit('/').next().unwrap().parse().unwrap()
}
