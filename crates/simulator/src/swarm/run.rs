//! Running a case.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use quorate_event::Digest;
use quorate_event::Height;
use quorate_replica::{Intent, Request};
use serde_json::json;

use super::case::{Case, Profile};
use super::report::{Failure, Report};
use crate::adversaries::Adversary;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::deed::Deed;
use crate::disk::Disks;
use crate::network::Links;
use crate::world::{Node, Setup, World};

/// Between two writes.
const PACE: Duration = Duration::from_millis(1_000);
/// How long a healed quorum has until a write is final: a view timer that grew may run for 30 s, several times.
const PATIENCE: Duration = Duration::from_secs(240);

impl Case {
    /// Runs it. A panic is a failure like any other.
    pub fn run(&self) -> Report {
        catch_unwind(AssertUnwindSafe(|| self.play())).unwrap_or_else(|panic| {
            let words = panic.downcast_ref::<String>().cloned();
            let message = words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
            Report {
                trace: Digest::new([0; 32]),
                failure: Some(Failure::Panicked { message: message.unwrap_or_default() }),
                height: Height(0),
                elapsed: Duration::ZERO,
                happened: 0,
                sometimes: Default::default(),
            }
        })
    }

    fn play(&self) -> Report {
        let equal = Setup::equal(self.profile.members(), self.parameters);
        let members = equal.members.iter().zip(&self.stakes).map(|((key, _), stake)| (key.clone(), *stake)).collect();
        let setup = Setup { members, links: self.links.clone(), disks: self.disks.clone(), ..equal };
        let mut run =
            Run { world: World::new(self.seed, setup), clients: Chance::new(self.seed, "clients"), case: self };
        for (node, name) in &self.liars {
            if let Some(adversary) = Adversary::named(name) {
                adversary.enter(&mut run.world, *node);
            }
        }
        for planned in &self.deeds {
            run.world.plan_deed(planned.at, planned.deed.clone());
        }
        let failure = run.all().err();
        run.world.check_all();
        let world = &run.world;
        let violation = world.violations().first().cloned().map(Failure::Violated);
        Report {
            trace: world.trace(),
            failure: violation.or(failure),
            height: heights(world).max().unwrap_or(Height(0)),
            elapsed: world.elapsed(),
            happened: world.happened(),
            sometimes: world.sometimes().clone(),
        }
    }
}

struct Run<'c> {
    world: World,
    clients: Chance,
    case: &'c Case,
}

impl Run<'_> {
    fn all(&mut self) -> Result<(), Failure> {
        let mut written = 0;
        while self.world.elapsed() < self.case.chaos {
            if let Some(node) = self.somebody() {
                written += 1;
                self.write(node, written);
            }
            let rest = self.case.chaos.saturating_sub(self.world.elapsed());
            self.world.run_for(PACE.min(rest));
            if !self.world.violations().is_empty() {
                return Ok(());
            }
        }
        self.heal();
        self.goes_on(written)
    }

    /// An honest node that is up.
    fn somebody(&mut self) -> Option<Node> {
        let up = self.world.honest_up();
        up.get(self.clients.below(up.len() as u64) as usize).copied()
    }

    fn write(&mut self, node: Node, number: u64) -> Request {
        let intent = match self.case.profile {
            Profile::Agreement => Intent::Seal,
            Profile::Full => self.intent(number),
        };
        self.world.write(node, intent)
    }

    /// Something of everything that documents hold.
    fn intent(&mut self, number: u64) -> Intent {
        let key = format!("k{}", self.clients.below(8));
        let document = format!("d{}", self.clients.below(3));
        let patch = match self.clients.below(5) {
            0 => json!({ key: number }),
            1 => json!({ key: { "nested": [number, "a", null] } }),
            2 => json!({ key: null }),
            3 => json!({ "text": format!("line {number} ").repeat(1 + self.clients.below(200) as usize) }),
            _ => json!({ "list": (0..self.clients.below(6)).collect::<Vec<_>>() }),
        };
        Intent::MergePatch { document, patch }
    }

    /// From now on nothing goes wrong any more, but that some are away.
    fn heal(&mut self) {
        self.world.perform(Deed::Heal);
        self.world.perform(Deed::Links(Links::default()));
        self.world.perform(Deed::Disks(Disks::default()));
        for node in self.world.nodes() {
            self.world.perform(Deed::Clock(node, Clock::default()));
            self.world.perform(Deed::Resume(node));
            self.world.perform(Deed::Freed(node));
            let away = self.case.absent.contains(&node);
            self.world.perform(if away { Deed::Crash(node) } else { Deed::Start(node) });
        }
    }

    fn goes_on(&mut self, written: u64) -> Result<(), Failure> {
        let Some(node) = self.somebody() else {
            return Err(self.stuck("nobody was up"));
        };
        let before = self.world.replica(node).map(|replica| replica.status().height);
        let request = self.write(node, written + 1);
        let is_final = |world: &World| match self.case.profile {
            // A seal that says what is sealed already is answered without a milestone.
            Profile::Agreement => world.replica(node).map(|replica| replica.status().height) > before,
            Profile::Full => world.outcome(node, request).finality.is_some(),
        };
        if !self.world.run_until(PATIENCE, |world| is_final(world) || !world.violations().is_empty()) {
            return Err(self.stuck("a write did not become final"));
        }
        let level = |world: &World| {
            let shown = |node: Node| {
                world.replica(node).map(|replica| {
                    let status = replica.status();
                    (status.uncovered == 0, status.heads, status.merged, status.finalised)
                })
            };
            let mut shown = world.honest_up().into_iter().filter_map(shown);
            shown.next().is_none_or(|first| first.0 && shown.all(|other| other == first))
        };
        if self.case.liars.is_empty()
            && !self.world.run_until(PATIENCE, |world| level(world) || !world.violations().is_empty())
        {
            return Err(self.stuck("the nodes did not become level"));
        }
        Ok(())
    }
}

impl Run<'_> {
    fn stuck(&self, what: &'static str) -> Failure {
        let line = |node: Node| {
            let Some(replica) = self.world.replica(node) else {
                return format!("\n  node {} is down", node.0);
            };
            let status = replica.status();
            let (height, view, waits) = (status.height.0, status.view.0, status.why_not_final);
            let (events, uncovered, waiting) = (status.events, status.uncovered, status.waiting);
            format!(
                "\n  node {}: height {height}, view {view}, {events} events, {uncovered} uncovered, {waiting} waiting, {waits:?}",
                node.0
            )
        };
        Failure::Stuck { what, within: PATIENCE, state: self.world.nodes().into_iter().map(line).collect() }
    }
}

fn heights(world: &World) -> impl Iterator<Item = Height> {
    world.honest_up().into_iter().filter_map(|node| world.replica(node)).map(|replica| replica.status().height)
}
