//! A member dies at a chosen sync, write or message, with or without what was not synced: it opens again, holds what it
//! acknowledged and what it signed, and never signs what excludes that.
//!
//! The member runs the production binary over `faults/disk.c`, beside three members that it finalises with. After each
//! death its files are read before it starts again, so that nothing counts as kept that its peers gave back:
//!
//! - every event that it acknowledged, and every event of its own that another member has, is in its store;
//! - its vote log holds all that was ever durable in it, or was begun anew above that;
//! - whatever another member heard it vote was durable before.
//!
//! Limits: a vote that left and that no member counted is not seen, nor what a drive does below the system. More than one
//! member that dies at once is for the simulator.
//!
//! A slice runs with all other tests. The whole sweep, in minutes; without the name every way to die, in half an hour:
//! `cargo test -p quorate-cli --test crash -- --ignored --nocapture hundred_syncs`

mod cluster;
mod faults;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use cluster::{Network, Node, TOO_LONG, until};
use faults::{FaultyDisk, Image, Life, Loss, Order, Step, When, Witness, Word, assert_consistent, durable_words};
use quorate_event::{Address, NetworkId};
use serde_json::json;

/// The member that dies, of four.
const VICTIM: usize = 4;
/// Clients that write at it at a time.
const CLIENTS: usize = 3;

/// Where and how the member dies.
#[derive(Clone, Copy, Debug)]
struct Point {
    from: From,
    step: Step,
    at: u32,
    when: When,
    loss: Loss,
}

/// When steps begin to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    /// From the first one on: the member dies while it opens its files, or soon after.
    Start,
    /// While clients write at it.
    Load,
}

impl Point {
    /// A death without loss, before or after the step in turn.
    fn kept(from: From, step: Step, at: u32) -> Self {
        let when = if at.is_multiple_of(2) { When::Before } else { When::After };
        Self { from, step, at, when, loss: Loss::None }
    }

    /// A death with loss where most is lost: before a sync, or with a write or a message just done.
    fn lost(from: From, step: Step, at: u32, loss: Loss) -> Self {
        let when = if step == Step::Sync { When::Before } else { When::After };
        Self { from, step, at, when, loss }
    }

    /// The ways to die at a step.
    fn all(from: From, step: Step, at: u32) -> [Self; 3] {
        [Self::kept(from, step, at), Self::lost(from, step, at, Loss::All), Self::lost(from, step, at, Loss::Some)]
    }

    fn order(self) -> Order {
        Order::die(self.step, self.at, self.when, self.loss, u64::from(self.at))
    }
}

/// What came of the writes of one life.
#[derive(Default)]
struct Answers {
    acknowledged: Vec<(String, Vec<String>)>,
    refused: usize,
}

/// Writes key after key until the node does not answer.
fn write_until_it_dies(node: &Node, document: &str, client: usize, stop: &AtomicBool) -> Answers {
    let mut answers = Answers::default();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let key = format!("k{client}-{number}");
        let query = format!("?wait=durable&pointer=/{key}");
        match node.try_put(document, &query, &json!(number)) {
            Ok(reply) if matches!(reply.status, 200 | 202) => answers.acknowledged.push((key, reply.events())),
            Ok(_) => answers.refused += 1,
            Err(_) => break,
        }
    }
    answers
}

/// What a death must not have done.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Broken {
    /// An acknowledged event is not in the store.
    Acknowledged(String),
    /// An event that another member has from here is not in the store.
    Published(String),
    /// A vote that was durable is not in the vote log.
    Forgotten,
    /// Another member heard a vote that was not durable.
    Early(Word),
}

/// A network of four, one of them over a faulty disk, and all that is known of that one.
struct Sweep {
    network: Network,
    disk: FaultyDisk,
    id: NetworkId,
    member: Address,
    witness: Witness,
    /// What was ever durable in its vote log.
    durable: BTreeSet<Word>,
    /// The log when something of it became durable last.
    last_log: Vec<u8>,
    acknowledged: BTreeSet<String>,
    /// The documents of the lives so far, with the keys that were acknowledged.
    documents: Vec<(String, Vec<String>)>,
    refused: usize,
}

impl Sweep {
    /// Nothing where there can be no faulty disk.
    fn begin() -> Option<Self> {
        let mut network = Network::up();
        let disk = FaultyDisk::build(&network.ground)?;
        network.node(VICTIM).put_final("begun", &json!(true));
        let member = network.node(VICTIM).get("/v1/status")["address"].as_str().unwrap().to_owned();
        network.kill(VICTIM);
        let witness = Witness::watch(&network.nodes[..VICTIM - 1], &member);
        Some(Self {
            id: network.id.parse().unwrap(),
            member: member.parse().unwrap(),
            witness,
            disk,
            durable: BTreeSet::new(),
            last_log: Vec::new(),
            acknowledged: BTreeSet::new(),
            documents: Vec::new(),
            refused: 0,
            network,
        })
    }

    fn start(&mut self, order: Option<&Order>) -> Life {
        let (ground, name) = (&self.network.ground, self.network.node(VICTIM).name.clone());
        self.disk.start(ground, &name, ["run", &name], order)
    }

    /// Starts the member, and sees that finality goes on with it.
    fn revive(&mut self) -> Life {
        let mut life = self.start(None);
        let node = self.network.node(VICTIM);
        until("the member is ready again", TOO_LONG, || {
            life.process.assert_runs();
            node.is_ready().then_some(())
        });
        let log = life.process.complained();
        assert!(!log.contains("casts no vote"), "it takes its votes for lost:\n{log}");
        if let Some((document, keys)) = self.documents.last().filter(|(_, keys)| !keys.is_empty()) {
            let value = node.document(document, "merged").unwrap_or_default();
            assert!(keys.iter().all(|key| value.get(key).is_some()), "{document} lacks some of {keys:?}");
        }
        node.put_final("revived", &json!(self.documents.len()));
        life
    }

    /// The member dies under load. What is found broken in what it leaves.
    fn die(&mut self, from: From, order: &Order) -> Vec<Broken> {
        let document = format!("life-{}", self.documents.len());
        let mut life = match from {
            From::Start => self.start(Some(order)),
            From::Load => self.revive(),
        };
        let (victim, other) = (self.network.node(VICTIM), self.network.node(1));
        let (stop, document) = (AtomicBool::new(false), &document[..]);
        let clients = if from == From::Load { CLIENTS } else { 0 };
        if from == From::Load {
            victim.put(document, "?wait=durable", &json!({}));
        }
        let answers: Vec<Answers> = thread::scope(|scope| {
            let stop = &stop;
            let write = |client| scope.spawn(move || write_until_it_dies(victim, document, client, stop));
            let writers: Vec<_> = (0..clients).map(write).collect();
            let elsewhere = scope.spawn(move || {
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    // Each another value: one that is there already makes no event.
                    other.put("elsewhere", "?wait=final", &json!([document, number]));
                }
            });
            let stopped = StopOnDrop(stop);
            if from == From::Load {
                life.order(order);
            }
            life.wait_until_dead();
            drop(stopped);
            elsewhere.join().unwrap();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        self.note(document, answers);
        self.judge(&life)
    }

    fn note(&mut self, document: &str, answers: Vec<Answers>) {
        let mut keys = Vec::new();
        for answer in answers {
            self.refused += answer.refused;
            for (key, events) in answer.acknowledged {
                keys.push(key);
                self.acknowledged.extend(events);
            }
        }
        self.documents.push((document.to_owned(), keys));
    }

    /// Holds what the member left against what is known of it.
    fn judge(&mut self, life: &Life) -> Vec<Broken> {
        // What was heard is read first: it was durable even earlier.
        let heard = self.witness.words();
        let logs = life.votes();
        self.durable.extend(durable_words(&logs, self.id));
        if let Some(last) = logs.into_iter().last() {
            self.last_log = last;
        }
        self.witness.look();
        let image = Image::of(&self.network.ground, self.network.node(VICTIM), self.id, self.member);
        let lost = self.acknowledged.iter().filter(|id| !image.events.contains_key(*id));
        let mut broken: Vec<Broken> = lost.cloned().map(Broken::Acknowledged).collect();
        let published = self.witness.events.iter();
        let lost = published.filter(|(place, id)| image.events.get(*id) != Some(&Some(**place)));
        broken.extend(lost.map(|(_, id)| Broken::Published(id.clone())));
        if !self.last_log.is_empty() && !image.holds_votes(&self.last_log, self.id) {
            broken.push(Broken::Forgotten);
        }
        broken.extend(heard.difference(&self.durable).cloned().map(Broken::Early));
        broken
    }

    /// Nothing of all lives excludes anything else, and all is final everywhere.
    fn end(&mut self) -> String {
        let life = self.revive();
        let nodes = &self.network.nodes;
        for node in nodes {
            assert_eq!(node.get("/v1/evidence"), json!({ "votes": [], "events": [], "next": null }), "{}", node.name);
        }
        assert_consistent(&self.durable);
        until("all is final everywhere", TOO_LONG, || {
            let digests = |node: &Node| node.get("/v1/status")["digests"].clone();
            let first = digests(&nodes[0]);
            let one = first["final"] == first["merged"] && nodes.iter().all(|node| digests(node) == first);
            one.then_some(())
        });
        for node in nodes {
            assert!(self.acknowledged.is_subset(&node.events()), "{} lacks acknowledged events", node.name);
        }
        drop(life);
        format!(
            "{} deaths, {} writes acknowledged in {} events, {} refused; seen elsewhere {} events and {} votes, {} steps \
             missed; {} votes durable",
            self.documents.len(),
            self.documents.iter().map(|(_, keys)| keys.len()).sum::<usize>(),
            self.acknowledged.len(),
            self.refused,
            self.witness.events.len(),
            self.witness.words().len(),
            self.witness.missed(),
            self.durable.len(),
        )
    }
}

/// Ends the clients, also when a step has failed: their scope waits for them.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn sweep(points: impl IntoIterator<Item = Point>) {
    let Some(mut sweep) = Sweep::begin() else { return };
    for point in points {
        let broken = sweep.die(point.from, &point.order());
        assert!(broken.is_empty(), "{point:?}: {broken:#?}");
    }
    eprintln!("{}", sweep.end());
}

#[test]
fn a_member_killed_at_some_syncs_writes_and_sends_loses_and_contradicts_nothing() {
    use Loss::{All, Some};
    sweep([
        Point::kept(From::Load, Step::Sync, 1),
        Point::lost(From::Load, Step::Sync, 6, All),
        Point::lost(From::Load, Step::Sync, 15, Some),
        Point::lost(From::Load, Step::Sync, 41, All),
        Point::kept(From::Load, Step::Write, 2),
        Point::lost(From::Load, Step::Write, 10, Some),
        Point::lost(From::Load, Step::Write, 33, All),
        Point::lost(From::Load, Step::Write, 66, Some),
        Point::lost(From::Load, Step::Send, 20, All),
        Point::lost(From::Load, Step::Send, 61, All),
        Point::kept(From::Load, Step::Vote, 2),
        Point::lost(From::Load, Step::Vote, 3, Some),
        Point::lost(From::Load, Step::Vote, 4, All),
        Point::lost(From::Start, Step::Sync, 1, All),
        Point::lost(From::Start, Step::Sync, 3, Some),
        Point::lost(From::Start, Step::Write, 4, Some),
        Point::kept(From::Start, Step::Write, 7),
    ]);
}

#[test]
#[ignore = "takes minutes: of this a slice runs always"]
fn a_member_killed_at_each_of_a_hundred_syncs_and_writes_loses_and_contradicts_nothing() {
    let steps = (1..=100_u32).flat_map(|at| [(Step::Sync, at), (Step::Write, at)]);
    sweep(steps.flat_map(|(step, at)| {
        let loss = if at.is_multiple_of(2) { Loss::All } else { Loss::Some };
        let lost = at.is_multiple_of(3).then(|| Point::lost(From::Load, step, at, loss));
        [Point::kept(From::Load, step, at)].into_iter().chain(lost)
    }));
}

#[test]
#[ignore = "takes half an hour: every way to die at each step"]
fn a_member_killed_in_every_way_at_a_hundred_steps_loses_and_contradicts_nothing() {
    let steps =
        |last: u32, steps: &'static [Step]| (1..=last).flat_map(move |at| steps.iter().map(move |step| (*step, at)));
    let of = |from: From| move |(step, at): (Step, u32)| Point::all(from, step, at);
    let load = steps(100, &[Step::Sync, Step::Write, Step::Send]).flat_map(of(From::Load));
    // A vote's write and its sync are two steps, and a member votes a few times in a second.
    let votes = steps(20, &[Step::Vote]).flat_map(of(From::Load));
    let start = steps(20, &[Step::Sync, Step::Write, Step::Send]).flat_map(of(From::Start));
    let points = votes.chain(start).chain(load);
    sweep(points);
}

#[test]
fn a_disk_that_answers_a_sync_and_does_nothing_is_found_out() {
    let Some(mut sweep) = Sweep::begin() else { return };
    let broken = sweep.die(From::Load, &Order::ignore_syncs_and_die(Step::Sync, 600));
    for (what, found) in [
        ("acknowledged", broken.iter().any(|broken| matches!(broken, Broken::Acknowledged(_)))),
        ("published", broken.iter().any(|broken| matches!(broken, Broken::Published(_)))),
        ("early", broken.iter().any(|broken| matches!(broken, Broken::Early(_)))),
    ] {
        assert!(found, "nothing {what} in {broken:#?}");
    }
}
