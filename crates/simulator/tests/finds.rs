//! Bugs found by swarm runs, each as a minimal case.

use std::time::Duration;

use quorate_event::{
    EventBody, EventId, Height, Lane, Parameters, Payload, SecretKey, Seq, Timestamp, VerifiedEvent, VerifiedVertex,
};
use quorate_replica::{Intent, Now, Replica, ReplicaConfig};
use quorate_simulator::{DiskModel, Fault, Latency, LinkModel, NodeId, Setup, World};
use serde_json::json;

const MS: fn(u64) -> Duration = Duration::from_millis;

/// A world in which everything takes as long as it says.
fn steady(members: usize, parameters: Parameters) -> World {
    let links = LinkModel { latency: Latency::Constant(MS(10)), ..LinkModel::default() };
    let disks = DiskModel { fsync: MS(1)..=MS(1), ..DiskModel::default() };
    World::new(1, Setup { links, disks, ..Setup::equal(members, parameters) })
}

fn write(world: &mut World, node: NodeId, value: u32) {
    world.write(node, Intent::MergePatch { document: "d".to_owned(), patch: json!({ "k": value }) });
}

fn heights(world: &World) -> Vec<Height> {
    world.up().into_iter().map(|node| world.replica(node).unwrap().height()).collect()
}

/// Seed 11 of profile agreement: recovery reported pending events to an agreement machine that it then discarded, and not to the
/// next one, which idled beside an event that waited.
///
/// Members that restart while the next leader is away must turn to the one after it by themselves.
#[test]
fn members_that_restart_know_that_there_is_work() {
    let tried = (0..4).map(NodeId).filter(|away| restarts_without(*away)).count();
    assert!(tried > 0, "in no run the one that is away leads the second height");
}

/// Whether the member that is away leads the second height; then it is skipped.
fn restarts_without(away: NodeId) -> bool {
    let mut world = steady(4, Parameters { max_wait_ms: 0, view_timer_ms: 1_000, ..Parameters::default() });
    let address = world.replica(away).unwrap().address();
    world.crash(away);
    let others: Vec<NodeId> = world.up();
    write(&mut world, others[0], 1);
    let proposed = |world: &World| world.replica(others[1]).unwrap().status().events > 0;
    assert!(world.run_until(MS(1_000), proposed));
    world.run_for(MS(8));
    write(&mut world, others[0], 2);
    assert!(world.run_until(MS(9_000), |world| heights(world) == [Height(1); 3]));
    world.run_for(MS(5));
    let status = world.replica(others[1]).unwrap().status();
    if status.leader != address || status.uncovered != 1 {
        return false;
    }
    others.iter().for_each(|node| world.crash(*node));
    others.iter().for_each(|node| world.inject(Fault::Start(*node)));
    assert!(world.run_until(MS(60_000), |world| heights(world) == [Height(2); 3]), "the second write is forgotten");
    true
}

/// Seed 5455 of profile agreement: a member whose vote log began late, since an earlier one was lost, lost its store too,
/// stood at height 1 again, and said there what excluded its first words.
#[test]
fn a_member_whose_store_is_lost_says_nothing_where_its_log_does_not_reach() {
    let tried = (0..8).filter(|seed| loses_its_store_after_its_log(*seed)).count();
    assert!(tried > 0, "in no run it was the store that rotted");
}

/// Whether the bit that flipped was one of the store's.
fn loses_its_store_after_its_log(seed: u64) -> bool {
    const NODE: NodeId = NodeId(3);
    let parameters = Parameters { max_wait_ms: 0, view_timer_ms: 1_000, ..Parameters::default() };
    let mut world = World::new(seed, Setup::equal(4, parameters));
    let work = |world: &mut World, node: NodeId, many: u32| {
        for value in 0..many {
            write(world, node, world.crashes(node) * 1_000 + value);
            world.run_for(MS(500));
        }
    };
    work(&mut world, NodeId(0), 3);
    world.inject(Fault::WipeDisk(NODE));
    world.inject(Fault::Start(NODE));
    work(&mut world, NodeId(1), 8);
    for fault in [Fault::FlipBit(NODE), Fault::Crash(NODE), Fault::Start(NODE)] {
        world.inject(fault);
    }
    let is_store = world.coverage().contains_key("rot was noticed in a store");
    (0..3).for_each(|other| world.inject(Fault::Block(NodeId(other), NODE)));
    world.run_for(MS(2_000));
    work(&mut world, NODE, 6);
    world.inject(Fault::HealLinks);
    world.run_for(MS(30_000));
    assert_eq!(world.violations(), [], "seed {seed}");
    is_store
}

/// Seed 706 of profile full, a restored backup: of a third event of one place, which is kept because somebody cited it, the
/// store holds what cites it only later. So a node that had kept it did not start again.
#[test]
fn a_node_that_keeps_a_third_branch_starts_again() {
    let setup = Setup::equal(4, Parameters::default());
    let genesis = setup.genesis();
    let (network, key) = (genesis.network(), setup.members[0].0.clone());
    let event = |key: &SecretKey, parents: Vec<EventId>, time| {
        let (author, lane, seq) = (key.address(), Lane(1), Seq(1));
        let body = EventBody { author, lane, seq, parents, time: Timestamp(time), payload: Payload::MilestoneRequest };
        VerifiedVertex::Event(VerifiedEvent::sign(body, network, key).unwrap())
    };
    let root = network.event_id();
    let mut stored: Vec<VerifiedVertex> = (1..4).map(|time| event(&key, vec![root], time)).collect();
    stored.push(event(&setup.members[1].0, vec![root, stored[2].id()], 4));
    let config = ReplicaConfig::new(genesis, setup.members[2].0.clone(), Lane(1));
    let now = Now { elapsed: MS(1), wall: Timestamp(5) };
    let (replica, _) = Replica::recover(config, stored.clone(), &[], now).unwrap();
    assert!(stored.iter().all(|vertex| replica.holds(vertex.id())));
}
