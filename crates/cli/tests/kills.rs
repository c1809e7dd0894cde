//! Four processes, of which one at a time is killed, stopped or restarted, while clients write at all of them: one chain
//! of milestones, which proves itself, and every acknowledged write in it at all four.
//!
//! The chain is checked with the crate `event` alone: from the genesis on, each certificate against the committee.
//!
//! `QUORATE_KILLS_SECONDS` is its length, 20 by default; `QUORATE_KILLS_SEED` chooses the victims and the ways to die.
//! `QUORATE_KILLS_SECONDS=600 cargo test -p quorate-cli --test kills -- --nocapture`

mod cluster;

use std::collections::BTreeMap;
use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use cluster::{Network, Node, TOO_LONG, ends, now, since, until};
use quorate_event::{Canonical, Genesis, Height, Milestone, NetworkId, ProposalId};
use serde_json::{Value, json};

/// Keys of one document, so that none grows without end.
const KEYS: usize = 200;
/// Milestones that the other three make while one is away, at most.
const ABSENCE: u64 = 6;

/// One write in so many waits for finality.
const FINAL: usize = 8;

/// The answers that one client got.
#[derive(Default)]
struct Answers {
    /// Key by key: the document, the key, and its events.
    acknowledged: Vec<(String, String, Vec<String>)>,
    refused: usize,
    /// The answer never came.
    unknown: usize,
}

/// Writes one key after another at one node. Whether it waits for its disk or for finality, the answer is a promise.
fn write(node: &Node, stop: &AtomicBool) -> Answers {
    let mut answers = Answers::default();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let (document, key) = (format!("{}-{}", node.name, number / KEYS), format!("k{number}"));
        let wait = if number % FINAL == 0 { "final" } else { "durable" };
        match node.try_put(&document, &format!("?wait={wait}&pointer=/{key}"), &json!(number)) {
            Ok(reply) if matches!(reply.status, 200 | 202) => {
                answers.acknowledged.push((document, key, reply.events()));
            }
            Ok(_) => answers.refused += 1,
            Err(_) => {
                answers.unknown += 1;
                // Nobody listens there for a while.
                ends(|| stop.load(Ordering::Relaxed) || node.is_ready(), TOO_LONG);
            }
        }
    }
    answers
}

/// SplitMix64: whom and how, by a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// How often each was done.
#[derive(Debug, Default)]
struct Done {
    kills: u32,
    stops: u32,
    restarts: u32,
}

/// The others make `more` milestones without `away`.
fn without(network: &Network, away: usize, more: u64) {
    let other = network.node(if away == 1 { 2 } else { 1 });
    let height = other.height();
    until(&format!("{more} milestones without n{away}"), TOO_LONG, || (other.height() >= height + more).then_some(()));
}

/// One node goes and comes back, and has what the others have.
fn disturb(network: &mut Network, chance: &mut Chance, done: &mut Done) {
    let number = usize::try_from(chance.below(4)).unwrap() + 1;
    let absence = chance.below(ABSENCE);
    match chance.below(3) {
        0 => {
            network.kill(number);
            without(network, number, absence);
            network.run(number);
            done.kills += 1;
        }
        1 => {
            network.pause(number);
            without(network, number, absence);
            network.resume(number);
            done.stops += 1;
        }
        _ => {
            network.terminate(number);
            without(network, number, absence);
            network.run(number);
            done.restarts += 1;
        }
    }
    let height = network.nodes.iter().map(Node::height).max().unwrap();
    until(&format!("n{number} has caught up"), TOO_LONG, || (network.node(number).height() >= height).then_some(()));
}

fn bytes(value: &Value) -> Vec<u8> {
    let hex = value["cbor"].as_str().unwrap().trim_start_matches("0x");
    let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// Follows a node's chain from the genesis to `last`, and believes nothing that is not signed.
fn verified_chain(node: &Node, network: NetworkId, last: u64) -> Vec<ProposalId> {
    let genesis = Genesis::from_bytes(&bytes(&node.get("/v1/milestones/0"))).unwrap();
    assert_eq!(genesis.network(), network);
    let committee = genesis.committee;
    let mut chain: Vec<ProposalId> = Vec::new();
    for height in 1..=last {
        let told = bytes(&node.get(&format!("/v1/milestones/{height}")));
        let milestone = Milestone::decode(&told, network).unwrap();
        let milestone = milestone.verify(network, &committee).unwrap_or_else(|error| panic!("{height}: {error}"));
        let proposal = milestone.proposal();
        assert_eq!(proposal.height, Height(height));
        let previous = chain.last().map_or(network.event_id(), |previous| previous.event_id());
        assert_eq!(proposal.previous.event_id(), previous, "{} breaks its chain at {height}", node.name);
        // Committees do not change yet; one that did would have to be followed here.
        assert_eq!(proposal.next_committee, committee.digest(), "another committee after {height}");
        chain.push(milestone.id());
    }
    chain
}

/// All events of a node, and the milestones that cover them.
fn covered(node: &Node) -> BTreeMap<String, u64> {
    let (mut covered, mut after) = (BTreeMap::new(), String::new());
    loop {
        let page = node.get(&format!("/v1/events?limit=500{after}"));
        let events = page["events"].as_array().unwrap();
        for event in events {
            if let Some(height) = event["covered_at"].as_u64() {
                covered.insert(event["id"].as_str().unwrap().to_owned(), height);
            }
        }
        match page["next"].as_str() {
            Some(next) if !events.is_empty() => after = format!("&after={next}"),
            _ => return covered,
        }
    }
}

#[track_caller]
fn assert_final(node: &Node, answers: &[Answers]) {
    let covered = covered(node);
    let mut documents: BTreeMap<&str, Value> = BTreeMap::new();
    for (document, key, events) in answers.iter().flat_map(|answer| &answer.acknowledged) {
        let uncovered = events.iter().find(|event| !covered.contains_key(*event));
        assert_eq!(uncovered, None, "{document}/{key} is not final at {}", node.name);
        let value = documents.entry(document).or_insert_with(|| node.document(document, "final").unwrap());
        assert!(value.get(key).is_some(), "{document}/{key} is not shown at {}", node.name);
    }
}

fn number_from(variable: &str, otherwise: u64) -> u64 {
    env::var(variable)
        .map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

#[test]
fn whichever_member_is_killed_stopped_or_restarted_there_is_one_chain_and_no_acknowledged_write_is_lost() {
    let duration = Duration::from_secs(number_from("QUORATE_KILLS_SECONDS", 20));
    let seed = number_from("QUORATE_KILLS_SEED", 1);
    let mut network = Network::up();
    network.node(1).put_final("begun", &json!(seed));
    let (stop, mut done, mut chance) = (AtomicBool::new(false), Done::default(), Chance(seed));
    let nodes = network.nodes.clone();
    let answers: Vec<Answers> = thread::scope(|scope| {
        let writers: Vec<_> = nodes.iter().map(|node| scope.spawn(|| write(node, &stop))).collect();
        let stopped = StopOnDrop(&stop);
        let start = now();
        while since(start) < duration {
            disturb(&mut network, &mut chance, &mut done);
        }
        drop(stopped);
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    network.node(1).put_final("ended", &json!(seed));
    until("all is final at all four", TOO_LONG, || {
        let digests = |node: &Node| node.get("/v1/status")["digests"].clone();
        let first = digests(&nodes[0]);
        let one = first["final"] == first["merged"] && nodes.iter().all(|node| digests(node) == first);
        one.then_some(())
    });
    let (id, last) = (network.id.parse().unwrap(), network.node(1).height());
    let chains: Vec<_> = nodes.iter().map(|node| verified_chain(node, id, last)).collect();
    assert!(chains.iter().all(|chain| *chain == chains[0]), "the nodes have different chains");
    for node in &nodes {
        assert_final(node, &answers);
        assert_eq!(node.get("/v1/evidence"), json!({ "votes": [], "events": [], "next": null }), "{}", node.name);
    }
    let sum = |count: fn(&Answers) -> usize| answers.iter().map(count).sum::<usize>();
    eprintln!(
        "seed {seed}, {duration:?}: {done:?}, {last} milestones, {} writes acknowledged, {} refused, {} unanswered",
        sum(|answer| answer.acknowledged.len()),
        sum(|answer| answer.refused),
        sum(|answer| answer.unknown),
    );
}

/// Ends the clients, also when a step has failed: their scope waits for them.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
