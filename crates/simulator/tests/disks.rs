//! What can become of a disk, one thing at a time, and what comes of it.

use std::time::Duration;

use quorate_event::{Height, Parameters, SecretKey, Stake};
use quorate_replica::{Intent, Request};
use quorate_simulator::{DiskModel, Fault, NodeId, Setup, UnsyncedWrites, World};
use serde_json::json;

const PARAMETERS: fn() -> Parameters = || Parameters { max_wait_ms: 50, view_timer_ms: 300, ..Parameters::default() };
const NODE: NodeId = NodeId(3);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn world(seed: u64) -> World {
    World::new(seed, Setup::equal(4, PARAMETERS()))
}

fn write(world: &mut World, node: NodeId, number: u64) -> Request {
    // Something new each time, or there would be nothing to write.
    let patch = json!({ format!("k{number}"): world.elapsed().as_millis().to_string() });
    world.write(node, Intent::MergePatch { document: "store".to_owned(), patch })
}

/// Each node that is up writes in turn, five times a second.
fn work(world: &mut World, steps: u64) {
    for step in 0..steps {
        let up = world.up();
        write(world, up[step as usize % up.len()], step);
        world.run_for(Duration::from_millis(200));
    }
}

fn height(world: &World, node: NodeId) -> Option<Height> {
    world.replica(node).map(|replica| replica.height())
}

fn times(world: &World, what: &str) -> u64 {
    world.coverage().get(what).copied().unwrap_or_default()
}

/// All are up, hold the same, make a milestone that all have, and nothing was violated.
fn ends_well(world: &mut World, seed: u64) {
    world.run_for(secs(40));
    assert_eq!(world.up().len(), 4, "seed {seed}: {:?}", world.violations());
    world.expect_milestone(secs(60));
    world.run_for(secs(10));
    world.expect_level();
    assert_eq!(world.check_all(), [], "seed {seed}");
}

#[test]
fn a_crash_amid_a_write_tears_the_vote_log_and_its_owner_votes_on() {
    let mut torn = 0;
    for seed in 0..30 {
        let disks = DiskModel { fsync: Duration::from_millis(5)..=Duration::from_millis(60), ..DiskModel::default() };
        let disks = DiskModel { unsynced: UnsyncedWrites::SomeKept, ..disks };
        let mut world = World::new(seed, Setup { disks, ..Setup::equal(4, PARAMETERS()) });
        for turn in 0..10 {
            work(&mut world, 2);
            write(&mut world, NodeId(turn as usize % 4), turn);
            // While the members vote.
            world.run_for(Duration::from_millis(70 + (seed * 37 + turn * 53) % 90));
            let node = NodeId((seed + turn) as usize % 4);
            world.inject(Fault::Crash(node));
            world.inject(Fault::Start(node));
        }
        ends_well(&mut world, seed);
        torn += times(&world, "a torn end of a vote log was cut off");
    }
    assert!(torn > 20, "{torn} logs were torn");
}

/// A node on whose disk a bit has flipped, and that was started again.
fn rotten(seed: u64) -> World {
    let mut world = world(seed);
    work(&mut world, 20);
    world.inject(Fault::FlipBit(NODE));
    work(&mut world, 5);
    world.inject(Fault::Crash(NODE));
    world.inject(Fault::Start(NODE));
    assert!(world.replica(NODE).is_none(), "seed {seed}: it started");
    world
}

#[test]
fn rot_is_noticed_at_the_next_start_and_what_is_damaged_is_moved_away() {
    let (mut logs, mut stores) = (0, 0);
    for seed in 0..40 {
        let mut world = rotten(seed);
        let in_log = times(&world, "rot was noticed in a vote log");
        let in_store = times(&world, "rot was noticed in a store");
        assert_eq!(in_log + in_store, 1);
        assert_eq!(world.milestones(NODE).len() > 1, in_log == 1, "seed {seed}: a whole store stays");
        world.run_for(secs(2));
        assert!(world.replica(NODE).is_some(), "its owner has done what the error said");
        work(&mut world, 20);
        ends_well(&mut world, seed);
        (logs, stores) = (logs + in_log, stores + in_store);
    }
    assert!(logs > 5 && stores > 5, "{logs} logs and {stores} stores");
}

#[test]
fn rot_below_a_log_that_begins_anew_or_on_an_empty_disk_is_harmless() {
    let mut world = world(1);
    world.inject(Fault::FlipBit(NODE));
    world.inject(Fault::WipeDisk(NODE));
    world.inject(Fault::FlipBit(NODE));
    world.inject(Fault::Start(NODE));
    assert!(world.replica(NODE).is_some());
    work(&mut world, 10);
    ends_well(&mut world, 1);
}

#[test]
fn a_full_disk_stops_its_node_until_there_is_room_and_nothing_acknowledged_is_lost() {
    for seed in 0..20 {
        let mut world = world(seed);
        work(&mut world, 10);
        let before = write(&mut world, NODE, 100);
        world.run_for(secs(1));
        let kept = world.outcome(NODE, before).durable.expect("there was room");
        world.inject(Fault::FillDisk(NODE));
        let refused = write(&mut world, NODE, 101);
        work(&mut world, 25);
        assert_eq!(world.outcome(NODE, refused).durable, None, "seed {seed}: acknowledged without room");
        assert!(world.crashes(NODE) >= 3, "seed {seed}: it ended {} times", world.crashes(NODE));
        let (others, own) = (height(&world, NodeId(0)).unwrap(), world.milestones(NODE).len() as u64 - 1);
        assert!(others.0 > own, "seed {seed}: the others went on to {others:?}, it to {own}");
        world.inject(Fault::FreeDisk(NODE));
        world.run_for(secs(2));
        assert!(kept.iter().all(|event| world.replica(NODE).unwrap().holds(*event)), "seed {seed}");
        work(&mut world, 10);
        ends_well(&mut world, seed);
    }
}

#[test]
fn when_all_disks_are_full_nothing_goes_on_until_there_is_room() {
    let mut world = world(2);
    work(&mut world, 10);
    world.run_for(secs(3));
    let before = height(&world, NodeId(0)).unwrap();
    (0..4).for_each(|node| world.inject(Fault::FillDisk(NodeId(node))));
    write(&mut world, NodeId(0), 50);
    world.run_for(secs(20));
    assert!((0..4).all(|node| world.milestones(NodeId(node)).len() as u64 - 1 <= before.0));
    (0..4).for_each(|node| world.inject(Fault::FreeDisk(NodeId(node))));
    world.run_for(secs(5));
    work(&mut world, 10);
    ends_well(&mut world, 2);
    assert!(height(&world, NodeId(0)) > Some(before));
}

#[test]
fn a_disk_that_is_put_back_is_the_old_one_and_its_node_counts_as_a_liar() {
    for seed in 0..20 {
        let mut world = world(seed);
        work(&mut world, 10);
        world.inject(Fault::RestoreDisk(NODE));
        assert!(world.replica(NODE).is_some(), "without a copy nothing is put back");
        world.run_for(secs(2));
        let copied = world.milestones(NODE);
        world.inject(Fault::BackUpDisk(NODE));
        work(&mut world, 20);
        assert!(world.milestones(NODE).len() > copied.len());
        world.inject(Fault::RestoreDisk(NODE));
        assert_eq!(world.milestones(NODE), copied, "seed {seed}");
        world.inject(Fault::Start(NODE));
        assert!(!world.honest_up().contains(&NODE));
        work(&mut world, 20);
        world.run_for(secs(40));
        world.expect_milestone(secs(60));
        assert_eq!(world.check_all(), [], "seed {seed}");
    }
}

#[test]
fn who_comes_late_learns_every_milestone() {
    for seed in 0..20 {
        let mut world = world(seed);
        world.schedule_fault(Duration::ZERO, Fault::Crash(NODE));
        world.schedule_fault(secs(6), Fault::Start(NODE));
        work(&mut world, 28);
        assert!(world.replica(NODE).is_none() && height(&world, NodeId(0)) > Some(Height(1)));
        work(&mut world, 10);
        assert_eq!(times(&world, "a member joined late"), 1);
        ends_well(&mut world, seed);
        assert_eq!(world.milestones(NODE), world.milestones(NodeId(0)), "seed {seed}");
    }
}

#[test]
fn a_member_that_decides_alone_goes_on_alone_and_after_a_crash() {
    for seed in 0..20 {
        let stakes = [1, 1, 1, 1_u128 << 40].map(Stake);
        let members = (0..).map(SecretKey::simulated).zip(stakes).collect();
        let disks = DiskModel { unsynced: UnsyncedWrites::SomeKept, ..DiskModel::default() };
        let mut world = World::new(seed, Setup { members, disks, ..Setup::equal(1, PARAMETERS()) });
        (0..3).for_each(|node| world.crash(NodeId(node)));
        for turn in 0..10 {
            work(&mut world, 2);
            world.run_for(Duration::from_millis(seed * 3 + turn * 7));
            world.inject(Fault::Crash(NODE));
            world.inject(Fault::Start(NODE));
        }
        assert!(height(&world, NODE) > Some(Height(5)), "seed {seed}: {:?}", height(&world, NODE));
        (0..3).for_each(|node| world.inject(Fault::Start(NodeId(node))));
        ends_well(&mut world, seed);
    }
}

/// The operator moves away the file that each error names: first the log, at the next start the store.
#[test]
fn who_loses_the_log_and_then_the_store_says_nothing_that_excludes_what_it_said() {
    let mut both = 0;
    for seed in 0..40 {
        let mut world = world(seed);
        work(&mut world, 10);
        // So many that both have some.
        (0..8).for_each(|_| world.inject(Fault::FlipBit(NODE)));
        (0..3).for_each(|other| world.inject(Fault::Block(NodeId(other), NODE)));
        world.inject(Fault::Crash(NODE));
        world.inject(Fault::Start(NODE));
        world.run_for(secs(3));
        for number in 0..6 {
            write(&mut world, NODE, 100 + number);
            world.run_for(Duration::from_millis(500));
        }
        world.inject(Fault::HealLinks);
        let noticed = ["rot was noticed in a vote log", "rot was noticed in a store"].map(|what| times(&world, what));
        both += usize::from(noticed == [1, 1]);
        work(&mut world, 20);
        ends_well(&mut world, seed);
    }
    assert!(both > 20, "{both} lost both");
}
