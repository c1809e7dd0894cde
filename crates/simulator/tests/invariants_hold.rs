//! Honest worlds, calm and not: whatever happens to them, no invariant breaks, and in the end all is built anew.

use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::Duration;

use quorate_event::{Parameters, SecretKey, Stake};
use quorate_replica::Intent;
use quorate_simulator::{
    Actor, ActorContext, ClockSkew, DiskModel, Fault, Latency, LinkModel, NodeId, Packet, Setup, UnsyncedWrites, World,
};
use serde_json::json;

fn ms(range: RangeInclusive<u64>) -> RangeInclusive<Duration> {
    Duration::from_millis(*range.start())..=Duration::from_millis(*range.end())
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const PARAMETERS: Parameters = Parameters {
    pace: quorate_event::Pace::Automatic,
    min_events: 8,
    max_wait_ms: 200,
    view_timer_ms: 400,
    cut_events: 8_192,
    cut_bytes: 8 << 20,
};

fn stormy(setup: Setup) -> Setup {
    let latency = Latency::Uniform(ms(1..=60));
    let links = LinkModel { latency, loss_per_mille: 50, repeat_per_mille: 50, ..LinkModel::default() };
    let disks = DiskModel { fsync: ms(1..=20), unsynced: UnsyncedWrites::SomeKept, ..DiskModel::default() };
    Setup { links, disks, ..setup }
}

/// So many seeds, or as many as are asked for.
fn seeds(many: u64) -> std::ops::Range<u64> {
    0..std::env::var("QUORATE_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(many)
}

/// Somebody who is up writes, every 50 ms of so many steps.
fn write(world: &mut World, steps: u64) {
    for step in 0..steps {
        let up = world.up();
        if let Some(node) = up.get(step as usize * 7 % up.len().max(1)) {
            let patch = json!({ format!("k{}", step % 9): { "step": step, "by": node.0 } });
            let document = format!("document-{}", step % 3);
            world.write(*node, Intent::MergePatch { document, patch });
        }
        world.run_for(Duration::from_millis(50));
    }
}

/// Everything is calm again, everybody is up, and the world goes on.
fn ends_well(world: &mut World, seed: u64) {
    world.inject(Fault::SetLinks(LinkModel::default()));
    world.inject(Fault::SetDisks(DiskModel::default()));
    world.inject(Fault::HealLinks);
    for node in world.nodes() {
        world.inject(Fault::Resume(node));
        world.inject(Fault::Start(node));
    }
    world.run_for(secs(40));
    world.expect_milestone(secs(60));
    world.run_for(secs(10));
    world.expect_level();
    assert_eq!(world.check_all(), [], "seed {seed}");
}

#[test]
fn in_a_calm_world_no_invariant_breaks() {
    for seed in seeds(50) {
        let mut world = World::new(seed, Setup::equal(4, PARAMETERS));
        write(&mut world, 100);
        ends_well(&mut world, seed);
    }
}

#[test]
fn in_a_storm_no_invariant_breaks() {
    for seed in seeds(50) {
        let mut world = World::new(seed, stormy(Setup::equal(4, PARAMETERS)));
        write(&mut world, 100);
        ends_well(&mut world, seed);
    }
}

#[test]
fn among_members_of_unequal_stake_no_invariant_breaks() {
    for seed in seeds(50) {
        let stakes = [1 + u128::from(seed % 5), 3, 4, 2, 5].map(Stake);
        let members = (0..).map(SecretKey::simulated).zip(stakes).collect();
        let setup = Setup { members, ..Setup::equal(1, PARAMETERS) };
        let mut world = World::new(seed, stormy(setup));
        world.schedule_fault(Duration::from_millis(seed * 31 % 2_000), Fault::Pause(NodeId(seed as usize % 5)));
        write(&mut world, 80);
        ends_well(&mut world, seed);
    }
}

/// Everybody crashes twice, links are cut now and then, and a clock jumps back by an hour.
fn crashing(seed: u64) -> World {
    let mut world = World::new(seed, stormy(Setup::equal(4, PARAMETERS)));
    let at = |step: u64| Duration::from_millis((seed * 37 + step * 613) % 5_000);
    for step in 0..8 {
        let node = NodeId(((seed + step * 3) % 4) as usize);
        world.schedule_fault(at(step), Fault::Crash(node));
        world.schedule_fault(at(step) + Duration::from_millis(100 + seed * step % 900), Fault::Start(node));
        world.schedule_fault(at(step + 1), Fault::Block(node, NodeId((node.0 + 1) % 4)));
        world.schedule_fault(at(step + 1) + Duration::from_millis(700), Fault::HealLinks);
    }
    world.schedule_fault(at(9), Fault::SetClock(NodeId(1), ClockSkew { offset_ms: -3_600_000, drift_ppm: 300 }));
    write(&mut world, 100);
    world
}

#[test]
fn through_crashes_and_partitions_no_invariant_breaks() {
    for seed in seeds(50) {
        ends_well(&mut crashing(seed), seed);
    }
}

/// Three of four restarted when more events waited than a milestone needs, took the work for known, and slept on.
#[test]
fn i9_members_that_restart_among_waiting_events_go_on() {
    ends_well(&mut crashing(116), 116);
}

#[test]
fn when_one_disk_after_the_other_is_lost_no_invariant_breaks() {
    for seed in seeds(50) {
        let mut world = World::new(seed, Setup::equal(4, PARAMETERS));
        for turn in 0..4 {
            let node = NodeId(((seed + turn) % 4) as usize);
            write(&mut world, 20);
            world.inject(Fault::WipeDisk(node));
            write(&mut world, 10 * (seed % 3));
            world.inject(Fault::Start(node));
            world.run_for(secs(20));
        }
        ends_well(&mut world, seed);
    }
}

/// A member that hears and says nothing.
struct Silent;

impl Actor for Silent {
    fn name(&self) -> &'static str {
        "silent"
    }

    fn on_receive(&mut self, _: NodeId, _: &Packet, _: &mut ActorContext<'_>) -> bool {
        false
    }

    fn on_send(&mut self, _: &[NodeId], _: &Rc<Packet>, _: &mut ActorContext<'_>) -> bool {
        false
    }
}

#[test]
fn beside_a_silent_member_no_invariant_breaks() {
    for seed in seeds(50) {
        let mut world = World::new(seed, stormy(Setup::equal(4, PARAMETERS)));
        world.corrupt(NodeId(seed as usize % 4), Box::new(Silent));
        write(&mut world, 60);
        ends_well(&mut world, seed);
    }
}
