//! Running a scenario.

use std::time::Duration;

use quorate_event::Height;
use quorate_replica::{Intent, Replica};

use super::connectivity::Role;
use super::leaders::{cast, setup};
use super::message_filter::MessageFilter;
use super::scenario::{TwinKind, TwinsScenario, parameters};
use crate::adversaries::Adversary;
use crate::disk::DiskModel;
use crate::network::{Latency, LinkModel};
use crate::swarm::{RunFailure, RunReport, catching_panics};
use crate::world::{Setup, World};

/// How long everything takes.
const STEP: Duration = Duration::from_millis(1);
/// Timers that a round may take: two until its rule ends, and two for what was held back and for timers that have grown.
const TIMERS: u32 = 4;
/// How long a healed world has until the next milestone.
const PATIENCE: Duration = Duration::from_secs(60);

impl TwinsScenario {
    /// Runs it. A panic is a failure like any other.
    pub fn run(&self) -> RunReport {
        catching_panics(|| self.play())
    }

    fn play(&self) -> RunReport {
        let mut world = self.stage();
        let timer = Duration::from_millis(parameters().view_timer_ms);
        let longest = timer * TIMERS * (1 + self.rounds.len() as u32);
        world.run_until(longest, |world| {
            world.message_filter().is_none_or(MessageFilter::is_over) || !world.violations().is_empty()
        });
        world.set_message_filter(None);
        let stuck = go_on(&mut world).err();
        world.check_all();
        let failure = world.violations().first().cloned().map(RunFailure::Violated);
        RunReport::of(&world, failure.or(stuck))
    }

    /// Its world, in which everybody has just written something.
    fn stage(&self) -> World {
        let cast = cast(self.sequence);
        let links = LinkModel { latency: Latency::Constant(STEP), in_order: true, ..LinkModel::default() };
        let disks = DiskModel { fsync: STEP..=STEP, ..DiskModel::default() };
        let mut world = World::found(0, Setup { links, disks, ..setup() }, cast.genesis.clone());
        let twin = cast.nodes[Role::T as usize];
        let second = world.twin(twin);
        if self.second == TwinKind::Rash {
            Adversary::RASH_LEADER.install(&mut world, second);
        }
        world.set_message_filter(Some(MessageFilter::new(self.rounds.clone(), cast.nodes)));
        for node in cast.nodes {
            world.write(node, Intent::RequestMilestone);
        }
        world
    }
}

/// The rounds' height becomes final, everybody comes to the same one, and from there on a milestone takes as few views as
/// in any calm world.
fn go_on(world: &mut World) -> Result<(), RunFailure> {
    let is_level = |world: &World| {
        let honest = world.honest_up().into_iter().filter_map(|node| world.replica(node));
        let heights: Vec<Height> = honest.map(Replica::height).collect();
        heights.iter().all(|height| *height > Height(0) && *height == heights[0]) || !world.violations().is_empty()
    };
    if !world.run_until(PATIENCE, is_level) {
        return Err(RunFailure::stuck(world, "the rounds' height did not become final everywhere", PATIENCE));
    }
    if world.violations().is_empty() {
        world.expect_milestone(PATIENCE);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twins::{Connectivity, Phase, Role, RoundRule};

    /// Where A, B and C are when the rounds are over: the height that each has applied.
    fn heights(rounds: Vec<RoundRule>, after: Duration) -> [u64; 3] {
        let scenario = TwinsScenario { number: 0, sequence: 0, second: TwinKind::Plain, rounds };
        let mut world = scenario.stage();
        world.run_for(after);
        let nodes = cast(scenario.sequence).nodes;
        [Role::A, Role::B, Role::C].map(|role| {
            let replica = world.replica(nodes[role as usize]);
            replica.map_or(0, |replica| replica.height().0)
        })
    }

    #[test]
    fn who_alone_hears_the_commits_alone_decides_for_as_long_as_there_are_rounds() {
        let alone = RoundRule::From(Phase::Commit, Connectivity::Only(Role::A));
        let apart = RoundRule::From(Phase::Offer, Connectivity::Split(0b1_1110));
        let second = Duration::from_secs(1);
        assert_eq!(heights(vec![alone, apart], second / 2), [1, 0, 0]);
        // The second view begins at 0.6 s. What the first one prepared is offered again there, to all but A.
        assert_eq!(heights(vec![alone, alone], second), [1, 0, 0]);
        let reached = heights(vec![alone, apart], 3 * second);
        assert!(reached[1] > 0 && reached[2] > 0, "{reached:?}");
    }

    #[test]
    fn where_nothing_hinders_everybody_decides_at_once_and_where_all_are_apart_nobody_does() {
        let early = Duration::from_millis(100);
        assert!(heights(vec![RoundRule::FaultFree], early).iter().all(|height| *height > 0));
        for phase in [Phase::Offer, Phase::Prepare, Phase::Commit] {
            let halves = RoundRule::From(phase, Connectivity::Split(0b0_0110));
            assert_eq!(heights(vec![halves], early), [0, 0, 0], "{phase:?}");
        }
    }
}
