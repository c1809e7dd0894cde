//! Running a scenario.

use std::time::Duration;

use quorate_event::Height;
use quorate_replica::{Intent, Replica};

use super::leaders::{cast, parameters, setup};
use super::scenario::{TwinKind, TwinsScenario};
use crate::adversaries::Adversary;
use crate::disk::DiskModel;
use crate::network::{Latency, LinkModel};
use crate::round_rules::{MessageFilter, Role};
use crate::swarm::{RunFailure, RunReport, catching_panics};
use crate::world::{Setup, World};

/// The latency of each message and the duration of each write.
const STEP: Duration = Duration::from_millis(1);
/// Timers that a round may take: two until its rule ends, and two for what was held back and for timers that have grown.
const TIMERS: u32 = 4;
/// The time after which a round's rule holds for commits and milestones only.
fn rule_duration() -> Duration {
    Duration::from_millis(2 * parameters().view_timer_ms + parameters().max_wait_ms)
}

/// The time in which a healed world must make the next milestone.
const PATIENCE: Duration = Duration::from_secs(60);

impl TwinsScenario {
    /// Runs the scenario. A panic is a failure.
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

    /// Its world, in which each process has just requested a milestone.
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
        world.set_message_filter(Some(MessageFilter::new(self.rounds.clone(), cast.nodes, rule_duration())));
        for node in cast.nodes {
            world.write(node, Intent::RequestMilestone);
        }
        world
    }
}

/// The height of the rounds becomes final at all nodes, and the next milestone takes no more views than in any fault-free
/// world.
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
    use crate::round_rules::{Connectivity, Phase, RoundRule};

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
