//! A member dies at every point of a run, one point at a time: whatever its disk kept, its key signs nothing that excludes
//! what it signed before, and it stands in no evidence.

use std::collections::BTreeSet;
use std::time::Duration;

use quorate_event::{Height, Parameters, View};
use quorate_replica::{Intent, Status};
use quorate_simulator::{DiskModel, Fault, NodeId, Setup, UnsyncedWrites, World};
use serde_json::json;

const PARAMETERS: fn() -> Parameters = || Parameters { max_wait_ms: 50, view_timer_ms: 300, ..Parameters::default() };
/// Things that happen in a run, from its first write to beyond its second milestone.
const POINTS: u64 = 500;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn write(world: &mut World, node: NodeId, number: u64) {
    let patch = json!({ format!("k{number}"): number });
    world.write(node, Intent::MergePatch { document: "store".to_owned(), patch });
}

/// Lets so many things happen, or three seconds pass.
fn happen(world: &mut World, things: u64) {
    let end = world.event_count() + things;
    world.run_until(secs(3), |world| world.event_count() >= end);
}

/// The leader of the first view: it proposes, and votes in later heights.
fn leader(world: &World) -> NodeId {
    let leads = |node: &NodeId| world.replica(*node).unwrap().status();
    let mut nodes = world.nodes().into_iter();
    nodes.find(|node| leads(node).leader == leads(node).address).unwrap()
}

/// All members write, the victim dies at `point` and stands up again at once, and all write again. Also where it died.
fn dies_at(point: u64, unsynced: UnsyncedWrites, unheard_by: &[usize]) -> (World, (Height, View)) {
    let disks =
        DiskModel { fsync: Duration::from_millis(2)..=Duration::from_millis(20), unsynced, ..DiskModel::default() };
    let mut world = World::new(7, Setup { disks, ..Setup::equal(4, PARAMETERS()) });
    world.run_for(secs(1));
    let victim = leader(&world);
    unheard_by.iter().for_each(|by| world.inject(Fault::Block(victim, NodeId((victim.0 + by) % 4))));
    (0..4).for_each(|node| write(&mut world, NodeId(node), 10 + node as u64));
    happen(&mut world, point / 2);
    // Its lane goes on while it votes.
    write(&mut world, victim, 20);
    happen(&mut world, point - point / 2);
    let Status { height, view, .. } = world.replica(victim).unwrap().status();
    world.inject(Fault::Crash(victim));
    world.inject(Fault::Start(victim));
    write(&mut world, victim, 30);
    world.run_for(secs(2));
    world.inject(Fault::HealLinks);
    world.run_for(secs(8));
    (0..4).for_each(|node| write(&mut world, NodeId(node), 40 + node as u64));
    (world, (height, view))
}

/// At which heights and views it died.
fn check(unsynced: UnsyncedWrites, unheard_by: &[usize]) -> BTreeSet<(Height, View)> {
    let mut died = BTreeSet::new();
    for point in 0..POINTS {
        let (mut world, at) = dies_at(point, unsynced, unheard_by);
        died.insert(at);
        world.expect_milestone(secs(60));
        world.run_for(secs(15));
        world.expect_level();
        assert_eq!(world.check_all(), [], "died at point {point}, {unsynced:?}");
        for node in world.nodes() {
            assert!(world.accused(node).is_empty(), "died at point {point}, {unsynced:?}: somebody is accused");
            let evidence = world.replica(node).unwrap().evidence();
            assert!(evidence.is_empty(), "died at point {point}, {unsynced:?}: {evidence:?}");
        }
    }
    let heights: BTreeSet<Height> = died.iter().map(|(height, _)| *height).collect();
    assert!(heights.len() >= 3, "died at {heights:?} only");
    died
}

#[test]
fn whenever_a_member_dies_its_key_contradicts_nothing_that_its_disk_lost() {
    check(UnsyncedWrites::Lost, &[]);
}

#[test]
fn whenever_a_member_dies_its_key_contradicts_nothing_that_its_disk_kept_in_part() {
    check(UnsyncedWrites::SomeKept, &[]);
}

#[test]
fn whenever_a_member_dies_while_views_are_skipped_its_key_contradicts_nothing() {
    let died = check(UnsyncedWrites::SomeKept, &[1, 2]);
    assert!(died.iter().any(|(_, view)| *view > View(0)), "no view was skipped: {died:?}");
}
