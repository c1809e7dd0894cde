//! Playing a scenario file in virtual time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use quorate_event::{CommitteeError, SecretKeyError, Timestamp};
use quorate_replica::{ConsistencyLevel, Intent, NotFinal};
use quorate_scenario::{
    Expectation, NodeIndex, Observed, ObservedMilestone, ReadLevel, Scenario, ScenarioStep, ScenarioWrite, Unmet,
    WaitFor,
};
use serde_json::Value;

use crate::clock::EPOCH_MS;
use crate::disk::DiskModel;
use crate::fault::Fault;
use crate::network::LinkModel;
use crate::node_id::NodeId;
use crate::world::{InitialHellos, Setup, World};

/// The result of a played scenario.
pub struct Played {
    /// The world at the end.
    pub world: World,
    /// The lines of `phase` and `print` steps.
    pub shown: Vec<String>,
}

/// Why a scenario failed.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// A node's key is invalid.
    #[error(transparent)]
    Key(#[from] SecretKeyError),
    /// The nodes do not form a valid committee.
    #[error(transparent)]
    Committee(#[from] CommitteeError),
    /// Something did not happen in time.
    #[error("step {step}: {what} did not happen within {within_ms} ms of virtual time")]
    Late {
        /// The step, from 1.
        step: usize,
        /// The awaited condition.
        what: &'static str,
        /// The time limit.
        within_ms: u64,
    },
    /// A write was refused.
    #[error("step {step}: the write was refused: {refusal}")]
    Refused {
        /// The step, from 1.
        step: usize,
        /// Why.
        refusal: quorate_replica::Refusal,
    },
    /// Expectations do not hold.
    #[error("step {step}: {}", unmet.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unmet {
        /// The step, from 1.
        step: usize,
        /// The expectations.
        unmet: Vec<Unmet>,
    },
}

/// How links and disks behave while a scenario is played.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The links.
    pub links: LinkModel,
    /// The disks.
    pub disks: DiskModel,
}

/// A crash at some time during a scenario.
#[derive(Debug, Clone, Copy)]
pub struct PlannedCrash {
    /// The node.
    pub node: NodeId,
    /// The time from the start.
    pub after: Duration,
    /// The time limit.
    pub down: Duration,
}

/// Plays `scenario` under `seed` while `faults` and perhaps a crash happen.
///
/// A client whose node crashes before it answers repeats its request once the node is back.
///
/// # Errors
/// The condition that did not come in time, or the expectations that do not hold.
pub fn play(
    scenario: &Scenario,
    seed: u64,
    environment: Environment,
    crash: Option<PlannedCrash>,
) -> Result<Played, PlayError> {
    let members: Result<Vec<_>, SecretKeyError> =
        scenario.nodes.iter().map(|node| Ok((node.key()?, node.stake))).collect();
    let genesis = scenario.genesis(Timestamp(EPOCH_MS))?;
    let Environment { links, disks } = environment;
    let (writers, parameters) = (genesis.writers, scenario.parameters);
    let equal = Setup::equal(0, parameters);
    let setup = Setup { members: members?, writers, links, disks, initial_hellos: InitialHellos::Sent, ..equal };
    let mut world = World::found(seed, setup, genesis);
    if let Some(PlannedCrash { node, after, down }) = crash {
        world.schedule_fault(after, Fault::Crash(node));
        world.schedule_fault(after + down, Fault::Start(node));
    }
    let mut player = VirtualPlayer { world, stopped: BTreeSet::new(), shown: Vec::new() };
    for (number, step) in (1..).zip(&scenario.steps) {
        player.step(number, step)?;
    }
    Ok(Played { world: player.world, shown: player.shown })
}

struct VirtualPlayer {
    world: World,
    /// Nodes stopped by a `stop` step, not by a crash.
    stopped: BTreeSet<NodeId>,
    shown: Vec<String>,
}

const fn node(index: NodeIndex) -> NodeId {
    NodeId(index.0)
}

impl VirtualPlayer {
    fn step(&mut self, number: usize, step: &ScenarioStep) -> Result<(), PlayError> {
        match step {
            ScenarioStep::Phase { label } => self.shown.push(format!("phase {label}")),
            ScenarioStep::Write(write) => self.write(number, write)?,
            ScenarioStep::Barrier { within_ms } => {
                let stopped = self.stopped.clone();
                self.wait(number, "a barrier", *within_ms, |world| all_up(world, &stopped) && world.is_level())?;
            }
            ScenarioStep::Seal { at, within_ms } => self.seal(number, node(*at), *within_ms)?,
            ScenarioStep::Stop { node: stopped, .. } => {
                self.stopped.insert(node(*stopped));
                self.world.crash(node(*stopped));
            }
            ScenarioStep::Start { node: started, .. } => {
                self.stopped.remove(&node(*started));
                self.world.start(node(*started));
            }
            ScenarioStep::Pause { pause_ms } => self.world.run_for(Duration::from_millis(*pause_ms)),
            ScenarioStep::Print => self.print(),
            ScenarioStep::Expect(expectation) => self.expect(number, expectation)?,
        }
        Ok(())
    }

    fn wait(
        &mut self,
        step: usize,
        what: &'static str,
        within_ms: u64,
        done: impl Fn(&World) -> bool,
    ) -> Result<(), PlayError> {
        if self.world.run_until(Duration::from_millis(within_ms), done) {
            return Ok(());
        }
        Err(PlayError::Late { step, what, within_ms })
    }

    fn write(&mut self, step: usize, write: &ScenarioWrite) -> Result<(), PlayError> {
        let intent = || {
            let (document, patch) = (write.document.clone(), Value::Object(write.set.clone()));
            Intent::MergePatch { document, patch }
        };
        self.ask(step, "a write", node(write.node), intent, write.wait, write.within_ms)
    }

    /// Repeats a request until it is answered: a crash of the node may lose it.
    fn ask(
        &mut self,
        step: usize,
        what: &'static str,
        at: NodeId,
        intent: impl Fn() -> Intent,
        wait: WaitFor,
        within_ms: u64,
    ) -> Result<(), PlayError> {
        loop {
            self.wait(step, what, within_ms, |world| world.replica(at).is_some())?;
            let life = self.world.crashes(at);
            let request = self.world.write(at, intent());
            self.wait(step, what, within_ms, |world| {
                let outcome = world.outcome(at, request);
                let met = match wait {
                    WaitFor::Durable => outcome.durable.is_some(),
                    WaitFor::Final => outcome.finality.is_some(),
                };
                met || outcome.refusal.is_some() || world.crashes(at) != life
            })?;
            let outcome = self.world.outcome(at, request);
            if let Some(refusal) = outcome.refusal {
                return Err(PlayError::Refused { step, refusal });
            }
            if self.world.crashes(at) == life || outcome.durable.is_some() {
                return Ok(());
            }
        }
    }

    /// Waits for a milestone after the present one at every node. A seal that a crash lost is requested again; one that is on
    /// disk is not.
    fn seal(&mut self, step: usize, at: NodeId, within_ms: u64) -> Result<(), PlayError> {
        let stopped = self.stopped.clone();
        let heights = |world: &World| {
            let up = world.up().into_iter().filter_map(|node| world.replica(node));
            up.map(|replica| replica.status().height).collect::<Vec<_>>()
        };
        self.wait(step, "a milestone", within_ms, |world| all_up(world, &stopped))?;
        let before = heights(&self.world).into_iter().max();
        let asks = |world: &World| {
            let status = world.replica(at).map(quorate_replica::Replica::status);
            status.is_some_and(|status| status.why_not_final == NotFinal::WaitsForMilestoneRequest)
        };
        let sealed =
            |world: &World| all_up(world, &stopped) && heights(world).into_iter().all(|height| Some(height) > before);
        loop {
            self.world.write(at, Intent::RequestMilestone);
            let life = self.world.crashes(at);
            self.wait(step, "a milestone", within_ms, |world| sealed(world) || world.crashes(at) != life)?;
            self.wait(step, "a milestone", within_ms, |world| sealed(world) || asks(world))?;
            if sealed(&self.world) {
                return Ok(());
            }
        }
    }

    fn print(&mut self) {
        for node in self.world.up() {
            let Some(replica) = self.world.replica(node) else {
                continue;
            };
            let status = replica.status();
            let clock = replica.clock().into_iter();
            let clock: Vec<String> = clock.map(|((author, _), seq)| format!("{author:?}:{}", seq.0)).collect();
            self.shown.push(format!("{} M:{} clock {}", node.0 + 1, status.height.0, clock.join(" ")));
            for (name, _) in replica.documents(ConsistencyLevel::Merged) {
                if let Some(document) = replica.document(&name, ConsistencyLevel::Merged) {
                    self.shown.push(format!("{} {name} {}", node.0 + 1, document.value));
                }
            }
        }
    }

    fn expect(&mut self, step: usize, expectation: &Expectation) -> Result<(), PlayError> {
        let within = Duration::from_millis(expectation.within_ms);
        self.world.run_until(within, |world| expectation.unmet(&observe(world, expectation)).is_empty());
        let unmet = expectation.unmet(&observe(&self.world, expectation));
        if unmet.is_empty() { Ok(()) } else { Err(PlayError::Unmet { step, unmet }) }
    }
}

/// Whether all nodes are up except those that the file stopped.
fn all_up(world: &World, stopped: &BTreeSet<NodeId>) -> bool {
    world.nodes().into_iter().all(|node| stopped.contains(&node) || world.replica(node).is_some())
}

/// The observed state of an expectation's nodes.
fn observe(world: &World, expectation: &Expectation) -> Vec<Observed> {
    let level = match expectation.level {
        ReadLevel::Merged => ConsistencyLevel::Merged,
        ReadLevel::Final => ConsistencyLevel::Final,
    };
    let seen = expectation.nodes.iter().filter_map(|index| {
        let replica = world.replica(node(*index))?;
        let status = replica.status();
        let documents = expectation.reads().filter_map(|name| {
            let document = replica.document(name, level)?;
            Some((name.to_owned(), document.value))
        });
        let documents: BTreeMap<String, Value> = documents.collect();
        let digest = match level {
            ConsistencyLevel::Merged => status.merged,
            ConsistencyLevel::Final => status.finalised,
        };
        Some(Observed { node: *index, milestones: milestones(world, node(*index)), digest, documents })
    });
    seen.collect()
}

fn milestones(world: &World, node: NodeId) -> Vec<ObservedMilestone> {
    let milestones = world.milestones(node).into_iter();
    let observed = milestones.map(|(height, id, signers)| ObservedMilestone { height, id, signers });
    observed.collect()
}
