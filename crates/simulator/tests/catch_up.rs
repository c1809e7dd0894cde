//! A member that comes late, through peers of which one stalls and one lies: it ends where the honest ones are.

use std::rc::Rc;
use std::time::Duration;

use quorate_event::{Height, Parameters, Stake};
use quorate_replica::{Intent, PeerMessage, Status};
use quorate_simulator::{
    Actor, ActorContext, Adversary, Bandwidth, DiskModel, Fault, Latency, LinkModel, NodeId, Packet, QueueScope, Setup,
    World,
};
use serde_json::json;

const MS: fn(u64) -> Duration = Duration::from_millis;
const HONEST: NodeId = NodeId(0);
const STALLER: NodeId = NodeId(1);
const FORGER: NodeId = NodeId(2);
const LATE: NodeId = NodeId(3);
/// Virtual time within what everything here must be done, a safety net.
const LIMIT: Duration = Duration::from_secs(600);

/// Takes part in everything, takes every question of the late node, and never answers one.
struct Staller;

impl Actor for Staller {
    fn name(&self) -> &'static str {
        "staller"
    }

    fn on_send(&mut self, to: &[NodeId], packet: &Rc<Packet>, context: &mut ActorContext<'_>) -> bool {
        let stalls = matches!(packet.message(), Some(PeerMessage::SyncResponse(_) | PeerMessage::Vertices(_)));
        if !stalls || !to.contains(&LATE) {
            return true;
        }
        for node in to.iter().filter(|node| **node != LATE) {
            context.send(*node, packet);
        }
        false
    }
}

fn status(world: &World, node: NodeId) -> Status {
    world.replica(node).unwrap().status()
}

/// Four members, the late one down, the others with this many events, whose milestones cover so many each.
fn written(events: usize, covers: u64) -> World {
    let parameters = Parameters { min_events: covers, cut_events: covers, max_wait_ms: 50, ..Parameters::default() };
    let disks = DiskModel { fsync: MS(1)..=MS(1), ..DiskModel::default() };
    let mut setup = Setup { disks, ..Setup::equal(4, parameters) };
    // A member with almost no stake almost never leads: the views of a late leader would time out.
    setup.members[LATE.0].1 = Stake(1);
    let mut world = World::new(7, setup);
    world.crash(LATE);
    for number in 0..events {
        let patch = json!({ format!("k{}", number % 100): number, "filler": "x".repeat(40) });
        world.write(NodeId(number % 3), Intent::MergePatch { document: format!("d{}", number % 8), patch });
        if number % 3 == 2 {
            world.run_for(MS(2));
        }
    }
    world
}

/// The same with all of it final.
fn history(events: usize, covers: u64) -> World {
    let mut world = written(events, covers);
    let everything_is_final = |world: &World| {
        [HONEST, STALLER, FORGER].iter().all(|node| {
            let status = status(world, *node);
            status.uncovered == 0 && status.events > events
        })
    };
    assert!(world.run_until(LIMIT, everything_is_final), "{:?}", status(&world, HONEST));
    world
}

/// Corrupts a peer each, lets the late node come, and says how long it took in virtual time.
fn comes_late(world: &mut World) -> Duration {
    world.corrupt(STALLER, Box::new(Staller));
    Adversary::by_name("forged history").unwrap().install(world, FORGER);
    // The forger has the time to prepare its lies.
    world.run_for(MS(500));
    world.start(LATE);
    let start = world.elapsed();
    let is_level = |world: &World| {
        let [late, honest] = [LATE, HONEST].map(|node| status(world, node));
        (late.height, late.milestone, late.finalised) == (honest.height, honest.milestone, honest.finalised)
    };
    assert!(world.run_until(LIMIT, is_level), "{:?}", status(world, LATE));
    world.elapsed() - start
}

fn check(world: &mut World) {
    // What was taken last comes onto the disk.
    world.run_for(MS(100));
    let [late, honest] = [LATE, HONEST].map(|node| status(world, node));
    assert_eq!((late.events, late.merged), (honest.events, honest.merged));
    assert_eq!(world.milestones(LATE), world.milestones(HONEST));
    world.check_all();
    assert_eq!(world.violations(), []);
    assert!(world.coverage().contains_key("history was sent below its milestones"));
}

#[test]
fn a_late_node_ends_with_the_honest_digest_though_one_peer_stalls_and_one_forges() {
    for (events, covers) in [(600, 10), (6_000, 4_000)] {
        let mut world = history(events, covers);
        let took = comes_late(&mut world);
        check(&mut world);
        assert!(took < Duration::from_secs(60), "{took:?}");
    }
}

#[test]
#[ignore = "takes a minute; docs/performance.md has its figures"]
fn a_node_that_is_late_by_a_hundred_thousand_events_catches_up() {
    let mut world = history(100_000, 8_192);
    let took = comes_late(&mut world);
    println!("{} events, {:?} in {took:?}", status(&world, LATE).events, status(&world, LATE).height);
    check(&mut world);
}

#[test]
#[ignore = "takes a minute; docs/performance.md has its figures"]
fn a_node_that_is_late_by_a_thousand_milestones_catches_up() {
    let mut world = history(4_000, 4);
    assert!(status(&world, HONEST).height >= Height(1_000));
    let took = comes_late(&mut world);
    println!("{} events, {:?} in {took:?}", status(&world, LATE).events, status(&world, LATE).height);
    check(&mut world);
}

/// The longest that two heights at the honest node lie apart over thin links, while there are small milestones to make of
/// what everybody but the late node holds.
fn longest_height(with_a_late_node: bool) -> Duration {
    let mut world = written(3_000, 2);
    let bandwidth = Some(Bandwidth { bits_per_second: 256_000, queue: QueueScope::PerNode });
    world.inject(Fault::SetLinks(LinkModel { latency: Latency::Constant(MS(50)), bandwidth, ..LinkModel::default() }));
    if with_a_late_node {
        world.start(LATE);
        world.run_for(MS(200));
    }
    let mut longest = Duration::ZERO;
    for _ in 0..20 {
        let (height, since) = (status(&world, HONEST).height, world.elapsed());
        assert!(world.run_until(LIMIT, |world| status(world, HONEST).height > height));
        longest = longest.max(world.elapsed() - since);
    }
    assert!(status(&world, HONEST).uncovered > 500, "{:?}", status(&world, HONEST));
    longest
}

#[test]
fn tc10_votes_do_not_wait_behind_a_big_sync_over_a_thin_link() {
    let round_trip = MS(100);
    let (alone, busy) = (longest_height(false), longest_height(true));
    assert!(busy <= alone + round_trip, "{busy:?} with a late node, {alone:?} without");
}
