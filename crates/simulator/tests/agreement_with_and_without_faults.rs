//! Four replicas in one world: the thirty writes of the causal-work demonstration, and quorums that come and go.

use std::time::Duration;

use quorate_event::{Height, Pace, Parameters};
use quorate_replica::{ConsistencyLevel, Intent};
use quorate_scenario::Scenario;
use quorate_simulator::{DiskModel, Environment, Fault, Latency, LinkModel, NodeId, PlannedCrash, Setup, World, play};
use serde_json::json;

const CAUSAL_WORK: &str = include_str!("../../../scenarios/causal-work.toml");

fn causal_work() -> Scenario {
    Scenario::parse(CAUSAL_WORK, "causal-work.toml").unwrap()
}

fn ms(range: std::ops::RangeInclusive<u64>) -> std::ops::RangeInclusive<Duration> {
    Duration::from_millis(*range.start())..=Duration::from_millis(*range.end())
}

fn storm() -> Environment {
    let latency = Latency::Uniform(ms(1..=60));
    let links = LinkModel { latency, loss_per_mille: 50, repeat_per_mille: 50, ..LinkModel::default() };
    Environment { links, disks: DiskModel { fsync: ms(1..=20), ..DiskModel::default() } }
}

/// How many seeds: a thousand where it matters, fewer where somebody waits for the answer.
fn seeds(many: u64) -> u64 {
    std::env::var("QUORATE_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(many)
}

fn write(world: &mut World, node: NodeId, key: &str) -> quorate_replica::Request {
    let patch = json!({ key: format!("v-{key}") });
    world.write(node, Intent::MergePatch { document: "store".to_owned(), patch })
}

fn crash(seed: u64) -> PlannedCrash {
    let node = NodeId(usize::try_from(seed % 4).unwrap());
    PlannedCrash {
        node,
        after: Duration::from_millis(seed * 7 % 500),
        down: Duration::from_millis(1 + seed * 13 % 1_500),
    }
}

#[test]
fn thirty_writes_end_in_two_milestones_and_the_same_seed_gives_the_same_run() {
    let played = |seed| play(&causal_work(), seed, storm(), Some(crash(seed))).unwrap();
    for seed in 0..20 {
        assert_eq!(played(seed).world.trace(), played(seed).world.trace(), "W1, seed {seed}");
    }
    assert_ne!(played(7).world.trace(), played(11).world.trace());
}

#[test]
fn thirty_writes_end_in_two_milestones_whatever_is_lost_and_whoever_crashes() {
    for seed in 0..seeds(1_000) {
        let played = play(&causal_work(), seed, storm(), Some(crash(seed)));
        let world = played.unwrap_or_else(|error| panic!("seed {seed}: {error}")).world;
        assert_eq!(world.crashes(crash(seed).node), 1, "seed {seed}: the crash came too late");
        assert_eq!(world.violations(), [], "seed {seed}");
        for node in world.nodes() {
            let milestones = world.milestones(node);
            assert_eq!(milestones.len(), 3, "seed {seed}");
            assert!(milestones[1..].iter().all(|(_, _, signers)| *signers >= 3), "seed {seed}");
            let status = world.replica(node).unwrap().status();
            assert_eq!(status.merged, status.finalised, "seed {seed}");
        }
    }
}

#[test]
fn what_was_acknowledged_survives_any_single_crash() {
    let parameters = Parameters { min_events: 20, max_wait_ms: 100, view_timer_ms: 400, ..Parameters::default() };
    for seed in 0..seeds(200) {
        let Environment { links, disks } = storm();
        let mut world = World::new(seed, Setup { links, disks, ..Setup::equal(4, parameters) });
        let crash = crash(seed);
        world.schedule_fault(crash.after / 2, Fault::Crash(crash.node));
        world.schedule_fault(crash.after / 2 + crash.down, Fault::Start(crash.node));
        let mut acknowledged = Vec::new();
        for step in 0..30 {
            let node = NodeId(step % 4);
            world.run_until(Duration::from_secs(30), |world| world.replica(node).is_some());
            let life = world.crashes(node);
            let request = write(&mut world, node, &format!("k{step}"));
            let answered =
                |world: &World| world.outcome(node, request).durable.is_some() || world.crashes(node) != life;
            assert!(world.run_until(Duration::from_secs(30), answered), "seed {seed}");
            acknowledged.extend(world.outcome(node, request).durable.unwrap_or_default());
        }
        world.inject(Fault::SetLinks(LinkModel::default()));
        world.inject(Fault::SetDisks(DiskModel::default()));
        let done = |world: &World| {
            let up = world.up();
            up.len() == 4
                && world.is_level()
                && up.iter().all(|node| world.replica(*node).unwrap().status().uncovered == 0)
        };
        assert!(world.run_until(Duration::from_secs(120), done), "seed {seed}: no finality");
        assert_eq!(world.violations(), [], "seed {seed}");
        for node in world.nodes() {
            let replica = world.replica(node).unwrap();
            assert!(acknowledged.iter().all(|event| replica.holds(*event)), "W3, seed {seed}");
            assert_eq!(replica.status().merged, replica.status().finalised, "seed {seed}");
        }
    }
}

#[test]
fn three_of_four_finalise_and_two_do_not_until_a_third_returns() {
    let parameters = Parameters { max_wait_ms: 50, view_timer_ms: 300, ..Parameters::default() };
    for seed in 0..seeds(50) {
        let mut world = World::new(seed, Setup::equal(4, parameters));
        world.run_for(Duration::from_secs(1));
        world.crash(NodeId(3));
        for step in 0..10 {
            let request = write(&mut world, NodeId(0), &format!("three-{step}"));
            let done = |world: &World| world.outcome(NodeId(0), request).finality.is_some();
            assert!(world.run_until(Duration::from_secs(10), done), "seed {seed}: three of four");
        }
        world.crash(NodeId(2));
        let height = world.replica(NodeId(0)).unwrap().status().height;
        let request = write(&mut world, NodeId(0), "two");
        assert!(
            !world.run_until(Duration::from_secs(20), |world| { world.outcome(NodeId(0), request).finality.is_some() })
        );
        assert_eq!(world.replica(NodeId(0)).unwrap().status().height, height);
        let merged = world.replica(NodeId(1)).unwrap().document("store", ConsistencyLevel::Merged).unwrap();
        assert_eq!(merged.value["two"], json!("v-two"), "seed {seed}: merged without a quorum");
        world.start(NodeId(2));
        let done = |world: &World| world.outcome(NodeId(0), request).finality.is_some();
        assert!(world.run_until(Duration::from_secs(20), done), "seed {seed}: the third is back");
        world.start(NodeId(3));
        let level = |world: &World| {
            world.is_level() && world.up().iter().all(|node| world.replica(*node).unwrap().status().uncovered == 0)
        };
        assert!(world.run_until(Duration::from_secs(30), level), "seed {seed}: the fourth catches up");
    }
}

#[test]
fn an_idle_network_makes_no_milestones() {
    let mut world = World::new(1, Setup::equal(4, Parameters::default()));
    world.run_for(Duration::from_secs(600));
    let heights = world.nodes().into_iter().map(|node| world.replica(node).unwrap().status().height);
    assert!(heights.into_iter().all(|height| height == Height(0)));
}

#[test]
fn nothing_is_sealed_by_itself_at_manual_pace() {
    let parameters = Parameters { pace: Pace::Manual, ..Parameters::default() };
    let mut world = World::new(1, Setup::equal(4, parameters));
    write(&mut world, NodeId(0), "k1");
    world.run_for(Duration::from_secs(60));
    assert_eq!(world.replica(NodeId(1)).unwrap().status().height, Height(0));
    world.write(NodeId(2), Intent::RequestMilestone);
    assert!(world.run_until(Duration::from_secs(10), |world| {
        world.nodes().iter().all(|node| world.replica(*node).unwrap().status().height == Height(1))
    }));
}
