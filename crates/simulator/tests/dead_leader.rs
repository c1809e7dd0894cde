//! What a leader's death costs the others, while they go on writing: one view timer, once.

use std::collections::BTreeSet;
use std::time::Duration;

use quorate_event::{Address, Parameters};
use quorate_replica::Intent;
use quorate_simulator::{Fault, NodeId, Setup, World};
use serde_json::json;

const VIEW_TIMER_MS: u64 = 300;
/// Before the death, and after it.
const WINDOW_MS: u64 = 2_000;
const ALLOWED_MS: u64 = 10;

/// The milestones of a window, as one node saw them.
struct ObservedMilestones {
    /// How long each was waited for, in milliseconds, longest first.
    waits: Vec<u64>,
    /// Who led when each was made.
    leaders: BTreeSet<Address>,
}

/// What `node` sees while all of `writers` write every 10 ms.
fn watch(world: &mut World, node: NodeId, writers: &[NodeId]) -> ObservedMilestones {
    let mut before = world.replica(node).unwrap().status();
    let (mut last, mut waits, mut leaders) = (0, Vec::new(), BTreeSet::new());
    for ms in 0..WINDOW_MS {
        if ms % 10 == 0 {
            let patch = json!({ "n": ms });
            for writer in writers {
                world.write(*writer, Intent::MergePatch { document: format!("d{}", writer.0), patch: patch.clone() });
            }
        }
        world.run_for(Duration::from_millis(1));
        let now = world.replica(node).unwrap().status();
        if now.height > before.height {
            waits.push(ms - last);
            leaders.insert(before.leader);
            last = ms;
        }
        before = now;
    }
    waits.push(WINDOW_MS - last);
    waits.sort_unstable_by(|a, b| b.cmp(a));
    ObservedMilestones { waits, leaders }
}

#[test]
fn a_killed_leader_costs_the_others_one_view_timer_once_and_leads_again_when_it_is_back() {
    for seed in 0..3 {
        let parameters = Parameters { max_wait_ms: 20, view_timer_ms: VIEW_TIMER_MS, ..Parameters::default() };
        let mut world = World::new(seed, Setup::equal(4, parameters));
        world.run_for(Duration::from_secs(1));
        let all = world.nodes();
        let usual = watch(&mut world, all[0], &all).waits[0];
        // The next leader crashes before it can propose.
        let leader = world.replica(all[0]).unwrap().status().leader;
        let address = |node: NodeId| world.replica(node).unwrap().status().address;
        let victim = *all.iter().find(|node| address(**node) == leader).unwrap();
        world.inject(Fault::Crash(victim));
        let alive: Vec<NodeId> = all.iter().copied().filter(|node| *node != victim).collect();
        let after = watch(&mut world, alive[0], &alive).waits;
        println!("seed {seed}: at most {usual} ms before, then {:?} of {}", &after[..4], after.len());
        assert!(after[0] <= usual + VIEW_TIMER_MS + ALLOWED_MS, "seed {seed}: {usual}, then {after:?}");
        assert!(after[1] <= usual + ALLOWED_MS, "seed {seed}: waited for more than once: {usual}, then {after:?}");
        world.inject(Fault::Start(victim));
        let back = watch(&mut world, alive[0], &all);
        assert!(back.leaders.contains(&leader), "seed {seed}: it leads nothing any more");
        assert!(back.waits[0] <= usual + ALLOWED_MS, "seed {seed}: {usual}, then {:?}", back.waits);
        assert_eq!(world.check_all(), []);
    }
}
