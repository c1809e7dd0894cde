//! Running a case.

use std::time::Duration;

use quorate_event::Stake;
use quorate_replica::{Intent, Replica, Request};
use serde_json::json;

use super::case::{SwarmCase, SwarmProfile};
use super::catch_panic::catching_panics;
use super::report::{RunFailure, RunReport};
use crate::adversaries::{Adversary, ExpectedEvidence};
use crate::clock::ClockSkew;
use crate::committee_source::{COMMITTEE_DOCUMENT, CommitteeSource};
use crate::disk::DiskModel;
use crate::fault::Fault;
use crate::network::LinkModel;
use crate::node_id::NodeId;
use crate::rng::Rng;
use crate::world::{Setup, World};

/// Between two writes.
const PACE: Duration = Duration::from_millis(1_000);
/// In profile full each fourth write comes with a change of the stakes.
const APPOINTS_EACH: u64 = 4;
/// The time in which a healed quorum must make a write final: a grown view timer may run for 30 s, several times.
const PATIENCE: Duration = Duration::from_secs(240);
/// The time in which writes that will fail have failed and their processes are up again.
const SETTLES: Duration = Duration::from_secs(3);
/// An adversary that leads at least one height in 16 leads several within the time limit.
const LEADS_ONE_IN: u128 = 16;

impl SwarmCase {
    /// Runs the case. A panic is a failure.
    pub fn run(&self) -> RunReport {
        catching_panics(|| self.play())
    }

    fn play(&self) -> RunReport {
        let mut run = self.begin();
        let failure = run.all().err();
        run.world.check_all();
        let world = &run.world;
        let violation = world.violations().first().cloned().map(RunFailure::Violated);
        RunReport::of(world, violation.or(failure))
    }

    fn begin(&self) -> SwarmRun<'_> {
        let equal = Setup::equal(self.profile.members(), self.parameters);
        let members = equal.members.iter().zip(&self.stakes).map(|((key, _), stake)| (key.clone(), *stake)).collect();
        let committees = match self.profile {
            SwarmProfile::Agreement => CommitteeSource::Fixed,
            SwarmProfile::Full => CommitteeSource::InDocument,
        };
        let setup = Setup { members, committees, links: self.links.clone(), disks: self.disks.clone(), ..equal };
        let mut run =
            SwarmRun { world: World::new(self.seed, setup), clients: Rng::new(self.seed, "clients"), case: self };
        for (node, name) in &self.adversaries {
            if let Some(adversary) = Adversary::by_name(name) {
                adversary.install(&mut run.world, *node);
            }
        }
        for scheduled in &self.faults {
            run.world.schedule_fault(scheduled.at, scheduled.fault.clone());
        }
        run
    }
}

struct SwarmRun<'c> {
    world: World,
    clients: Rng,
    case: &'c SwarmCase,
}

impl SwarmRun<'_> {
    fn all(&mut self) -> Result<(), RunFailure> {
        let mut written = 0;
        while self.world.elapsed() < self.case.chaos {
            if let Some(node) = self.random_honest_node() {
                written += 1;
                self.write(node, written);
                if self.case.profile == SwarmProfile::Full && written.is_multiple_of(APPOINTS_EACH) {
                    let stakes = self.stakes();
                    self.appoint(node, &stakes);
                }
            }
            let rest = self.case.chaos.saturating_sub(self.world.elapsed());
            self.world.run_for(PACE.min(rest));
            if !self.world.violations().is_empty() {
                return Ok(());
            }
        }
        self.heal();
        self.world.run_for(SETTLES);
        self.goes_on(written)
    }

    /// A random honest node that is up.
    fn random_honest_node(&mut self) -> Option<NodeId> {
        let up = self.world.honest_up();
        up.get(self.clients.below(up.len() as u64) as usize).copied()
    }

    fn write(&mut self, node: NodeId, number: u64) -> Request {
        let intent = match self.case.profile {
            SwarmProfile::Agreement => Intent::RequestMilestone,
            SwarmProfile::Full => self.intent(number),
        };
        self.world.write(node, intent)
    }

    /// New stakes that the network tolerates as well: no faulty member gains stake, and no other member loses any. Faulty members
    /// that are not Byzantine may leave.
    fn stakes(&mut self) -> Vec<Stake> {
        let faulty = self.case.faulty();
        let lies = |node: &NodeId| self.case.adversaries.iter().any(|(liar, _)| liar == node);
        let mut stakes = self.case.stakes.clone();
        for (node, stake) in stakes.iter_mut().enumerate().map(|(node, stake)| (NodeId(node), stake)) {
            let times = if faulty.contains(&node) { self.clients.below(2) } else { 1 + self.clients.below(2) };
            *stake = Stake(stake.0 * u128::from(times).max(u128::from(lies(&node))));
        }
        stakes
    }

    /// A node writes the document that names the next committee. Concurrent changes merge by member.
    fn appoint(&mut self, node: NodeId, stakes: &[Stake]) {
        let addresses = self.world.nodes().into_iter().filter_map(|node| self.world.insider(node));
        let named =
            addresses.zip(stakes).map(|(insider, stake)| (insider.me().to_string(), json!(stake.0.to_string())));
        let value = serde_json::Value::Object(named.collect());
        self.world.write(node, Intent::Put { document: COMMITTEE_DOCUMENT.to_owned(), value });
    }

    /// A random write; all kinds of JSON values occur.
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

    /// Ends all faults; only the absent nodes stay down.
    fn heal(&mut self) {
        self.world.inject(Fault::HealLinks);
        self.world.inject(Fault::SetLinks(LinkModel::default()));
        self.world.inject(Fault::SetDisks(DiskModel::default()));
        for node in self.world.nodes() {
            self.world.inject(Fault::SetClock(node, ClockSkew::default()));
            self.world.inject(Fault::Resume(node));
            self.world.inject(Fault::FreeDisk(node));
            if self.case.absent.contains(&node) {
                self.world.retire(node);
            } else {
                self.world.inject(Fault::Start(node));
            }
        }
    }

    fn goes_on(&mut self, written: u64) -> Result<(), RunFailure> {
        let Some(node) = self.random_honest_node() else {
            return Err(self.stuck("no honest node was up"));
        };
        if self.case.profile == SwarmProfile::Full {
            self.appoint(node, &self.case.stakes);
        }
        let before = self.world.replica(node).map(|replica| replica.status().height);
        let request = self.write(node, written + 1);
        let is_final = |world: &World| match self.case.profile {
            // A seal that covers nothing new is answered without a milestone.
            SwarmProfile::Agreement => world.replica(node).map(|replica| replica.status().height) > before,
            SwarmProfile::Full => world.outcome(node, request).finality.is_some(),
        };
        if !self.world.run_until(PATIENCE, |world| is_final(world) || !world.violations().is_empty()) {
            return Err(self.stuck("a write did not become final"));
        }
        let lies = !self.case.adversaries.is_empty();
        if !self.world.run_until(PATIENCE, |world| is_level(world, lies) || !world.violations().is_empty()) {
            return Err(self.stuck("the nodes did not become level"));
        }
        self.case.adversaries.iter().try_for_each(|(node, name)| self.expect_evidence(*node, name, written))
    }

    /// I8: all honest nodes get evidence against an adversary that contradicts itself, and none against others. An adversary
    /// that leads too rarely to contradict itself in time is not waited for.
    fn expect_evidence(&mut self, liar: NodeId, name: &'static str, written: u64) -> Result<(), RunFailure> {
        let evidence = Adversary::by_name(name).map_or(ExpectedEvidence::Perhaps, |adversary| adversary.evidence);
        let Some(culprit) = self.world.insider(liar).map(|insider| insider.me()) else {
            return Ok(());
        };
        let knows = |world: &World, node: &NodeId| world.accused(*node).contains(&culprit);
        if evidence == ExpectedEvidence::Never && self.world.honest_up().iter().any(|node| knows(&self.world, node)) {
            return Err(RunFailure::FalseEvidence { adversary: name });
        }
        let total: u128 = self.case.stakes.iter().map(|stake| stake.0).sum();
        let leads = self.case.stakes[liar.0].0 * LEADS_ONE_IN >= total;
        let end = self.world.elapsed() + PATIENCE;
        let mut number = written + 1;
        while leads
            && evidence == ExpectedEvidence::Always
            && !self.world.honest_up().iter().all(|node| knows(&self.world, node))
        {
            if self.world.elapsed() > end {
                return Err(RunFailure::NoEvidence { adversary: name, within: PATIENCE });
            }
            for node in self.world.up() {
                number += 1;
                self.write(node, number);
            }
            self.world.run_for(PACE);
        }
        Ok(())
    }

    fn stuck(&self, what: &'static str) -> RunFailure {
        RunFailure::stuck(&self.world, what, PATIENCE)
    }
}

/// Whether all honest nodes show the same. With adversaries, new events may be in flight at any time, and heads may differ:
/// of a third branch of a lane, which no event cites, each node may hold another event, which has no effect.
fn is_level(world: &World, has_adversaries: bool) -> bool {
    let statuses = world.honest_up().into_iter().filter_map(|node| world.replica(node)).map(Replica::status);
    let mut shown = statuses.map(|status| {
        let heads = if has_adversaries { Vec::new() } else { status.heads };
        (status.uncovered, heads, status.milestone, status.merged, status.finalised)
    });
    shown.next().is_none_or(|first| (has_adversaries || first.0 == 0) && shown.all(|other| other == first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_liar_that_never_leads_beside_one_that_decides_alone_need_not_be_found_out() {
        for (node, name) in [(NodeId(0), "equivocating leader"), (NodeId(0), "cloned key")] {
            let stakes = [1, 1, 1, 1 << 40].map(Stake).to_vec();
            let calm = (LinkModel::default(), DiskModel::default());
            let case = SwarmCase {
                stakes,
                faults: Vec::new(),
                absent: Vec::new(),
                ..SwarmCase::generate(SwarmProfile::Agreement, 1)
            };
            let case = SwarmCase { links: calm.0, disks: calm.1, adversaries: vec![(node, name)], ..case };
            assert_eq!(case.run().failure, None, "{name}");
        }
    }

    #[test]
    fn who_is_away_for_good_stays_away() {
        let mut tried = 0;
        for seed in 0..60 {
            let case = SwarmCase::generate(SwarmProfile::Agreement, seed);
            let mut run = case.begin();
            assert_eq!(run.all(), Ok(()), "seed {seed}");
            assert!(case.absent.iter().all(|node| run.world.replica(*node).is_none()), "seed {seed}: {case}");
            tried += case.absent.len();
        }
        assert!(tried > 10, "{tried} were away");
    }
}
