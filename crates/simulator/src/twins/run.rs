//! Running a scenario.

use std::time::Duration;

use quorate_event::Height;
use quorate_replica::{Intent, Replica};

use super::leaders::{cast, setup};
use super::scenario::{Scenario, Second, parameters};
use super::shape::Role;
use super::sieve::Sieve;
use crate::adversaries::Adversary;
use crate::disk::Disks;
use crate::network::{Latency, Links};
use crate::swarm::{Failure, Report, caught};
use crate::world::{Setup, World};

/// How long everything takes.
const STEP: Duration = Duration::from_millis(1);
/// Timers that a round may take: two until its rule ends, and one for what was held back.
const TIMERS: u32 = 4;
/// How long a healed world has until the next milestone.
const PATIENCE: Duration = Duration::from_secs(60);

impl Scenario {
    /// Runs it. A panic is a failure like any other.
    pub fn run(&self) -> Report {
        caught(|| self.play())
    }

    fn play(&self) -> Report {
        let cast = cast(self.sequence);
        let links = Links { latency: Latency::Constant(STEP), in_order: true, ..Links::default() };
        let disks = Disks { fsync: STEP..=STEP, ..Disks::default() };
        let mut world = World::found(0, Setup { links, disks, ..setup() }, cast.genesis.clone());
        let twin = cast.nodes[Role::T as usize];
        let second = world.twin(twin);
        if self.second == Second::Rash {
            Adversary::RASH_LEADER.enter(&mut world, second);
        }
        world.sift(Some(Sieve::new(self.rounds.clone(), cast.nodes)));
        for node in cast.nodes {
            world.write(node, Intent::Seal);
        }
        let timer = Duration::from_millis(parameters().view_timer_ms);
        let longest = timer * TIMERS * (1 + self.rounds.len() as u32);
        world.run_until(longest, |world| world.sieve().is_none_or(Sieve::is_over) || !world.violations().is_empty());
        world.sift(None);
        let stuck = go_on(&mut world).err();
        world.check_all();
        let failure = world.violations().first().cloned().map(Failure::Violated);
        Report::of(&world, failure.or(stuck))
    }
}

/// The rounds' height becomes final, everybody comes to the same one, and from there on a milestone takes as few views as
/// in any calm world.
fn go_on(world: &mut World) -> Result<(), Failure> {
    let is_level = |world: &World| {
        let honest = world.honest_up().into_iter().filter_map(|node| world.replica(node));
        let heights: Vec<Height> = honest.map(Replica::height).collect();
        heights.iter().all(|height| *height > Height(0) && *height == heights[0]) || !world.violations().is_empty()
    };
    if !world.run_until(PATIENCE, is_level) {
        return Err(Failure::stuck(world, "the rounds' height did not become final everywhere", PATIENCE));
    }
    if world.violations().is_empty() {
        world.expect_milestone(PATIENCE);
    }
    Ok(())
}
