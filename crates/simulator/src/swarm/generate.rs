//! Generation of a case from a seed.

use std::time::Duration;

use quorate_event::{Parameters, Stake};

use super::case::{SwarmCase, SwarmProfile};
use crate::adversaries::Adversary;
use crate::clock::ClockSkew;
use crate::disk::{DiskModel, UnsyncedWrites};
use crate::fault::{Fault, ScheduledFault};
use crate::network::{Bandwidth, Latency, LinkModel, QueueScope, Regions};
use crate::node_id::NodeId;
use crate::rng::Rng;

const MS: fn(u64) -> Duration = Duration::from_millis;

impl SwarmCase {
    /// The case of a seed. Each kind of fault is on in about half of the seeds, with a random strength.
    pub fn generate(profile: SwarmProfile, seed: u64) -> Self {
        let mut generator =
            CaseGenerator { rng: Rng::new(seed, "case"), profile, chaos: MS(20_000), faults: Vec::new() };
        generator.chaos = MS(20_000 + generator.below(60_000));
        let stakes = generator.stakes();
        let parameters = generator.parameters();
        let (links, disks) = (generator.links(), generator.disks());
        let FaultyMembers { adversaries, absent, losers } = generator.faulty(&stakes);
        generator.crashes();
        generator.late();
        losers.into_iter().for_each(|node| generator.loses(node));
        generator.full();
        generator.pauses();
        generator.partitions();
        generator.clocks();
        generator.faults.sort_by_key(|scheduled| scheduled.at);
        let (faults, chaos) = (generator.faults, generator.chaos);
        Self { seed, profile, stakes, parameters, links, disks, faults, chaos, absent, adversaries }
    }
}

/// The members that are faulty beyond crashes: less than a third of the stake.
#[derive(Default)]
struct FaultyMembers {
    adversaries: Vec<(NodeId, &'static str)>,
    absent: Vec<NodeId>,
    /// The members that lose their disks.
    losers: Vec<NodeId>,
}

struct CaseGenerator {
    rng: Rng,
    profile: SwarmProfile,
    chaos: Duration,
    faults: Vec<ScheduledFault>,
}

impl CaseGenerator {
    fn below(&mut self, bound: u64) -> u64 {
        self.rng.below(bound)
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn node(&mut self) -> NodeId {
        NodeId(self.below(self.profile.members() as u64) as usize)
    }

    /// A random time before the world is healed.
    fn time(&mut self) -> Duration {
        let chaos = self.chaos;
        self.rng.time(&(Duration::ZERO..=chaos))
    }

    fn schedule(&mut self, at: Duration, fault: Fault) {
        self.faults.push(ScheduledFault { at, fault });
    }

    fn parameters(&mut self) -> Parameters {
        Parameters {
            min_events: 1 + self.below(4),
            max_wait_ms: 50 + self.below(900),
            view_timer_ms: 300 + self.below(1_700),
            ..Parameters::default()
        }
    }

    /// Equal stakes in half of the cases; else random ones, some such that one member nearly or fully decides.
    fn stakes(&mut self) -> Vec<Stake> {
        let (count, kind) = (self.profile.members(), self.below(8));
        let mut stakes: Vec<u128> = (0..count).map(|_| 100).collect();
        let heavy = self.node().0;
        match kind {
            0 => stakes.iter_mut().for_each(|stake| *stake = 1 + u128::from(self.below(1_000))),
            1 => stakes.iter_mut().for_each(|stake| *stake = 1 + u128::from(self.below(4))),
            2 => {
                // One member just under a third.
                stakes.iter_mut().for_each(|stake| *stake = 50 + u128::from(self.below(100)));
                stakes[heavy] = (stakes.iter().sum::<u128>() - stakes[heavy] - 1) / 2;
            }
            3 => {
                // One member that is a quorum alone.
                stakes.fill(1);
                stakes[heavy] = 1 << 40;
            }
            _ => {}
        }
        stakes.into_iter().map(Stake).collect()
    }

    fn links(&mut self) -> LinkModel {
        let mut links = LinkModel::default();
        if self.coin() {
            links.latency = self.latency();
        }
        if self.coin() {
            links.loss_per_mille = self.below(250) as u32;
        }
        if self.coin() {
            links.repeat_per_mille = self.below(250) as u32;
        }
        if self.coin() {
            links.corrupt_per_mille = self.below(60) as u32;
        }
        if self.coin() {
            links.jitter = MS(self.below(800));
        }
        if self.coin() {
            let queue = if self.coin() { QueueScope::PerNode } else { QueueScope::PerLink };
            links.bandwidth = Some(Bandwidth { bits_per_second: 200_000 + self.below(20_000_000), queue });
        }
        links.in_order = self.coin();
        links
    }

    /// The same distribution for all links, or latencies by regions, up to 300 ms and different for the two directions.
    fn latency(&mut self) -> Latency {
        if self.coin() {
            let least = 1 + self.below(50);
            return Latency::Uniform(MS(least)..=MS(least + self.below(400)));
        }
        let count = 2 + self.below(3) as usize;
        let of = (0..self.profile.members()).map(|_| self.below(count as u64) as usize).collect();
        let mut between = vec![vec![Duration::ZERO; count]; count];
        for (from, row) in between.iter_mut().enumerate() {
            for (to, latency) in row.iter_mut().enumerate() {
                *latency = if from == to { MS(1 + self.below(5)) } else { MS(20 + self.below(281)) };
            }
        }
        Latency::Regions(Regions { of, between })
    }

    fn disks(&mut self) -> DiskModel {
        let mut disks = DiskModel::default();
        if self.coin() {
            disks.fsync = MS(1)..=MS(2 + self.below(300));
        }
        if self.coin() {
            disks.unsynced = UnsyncedWrites::SomeKept;
        }
        if self.profile == SwarmProfile::Full && self.coin() {
            disks.fail_per_million = self.below(3_000) as u32;
        }
        disks
    }

    /// Picks members in random order while they have less than a third of the stake.
    fn faulty(&mut self, stakes: &[Stake]) -> FaultyMembers {
        let total: u128 = stakes.iter().map(|stake| stake.0).sum();
        let (mut faulty, mut held) = (FaultyMembers::default(), 0);
        let mut left: Vec<NodeId> = (0..stakes.len()).map(NodeId).collect();
        while !left.is_empty() {
            let node = left.swap_remove(self.below(left.len() as u64) as usize);
            let stake = stakes[node.0].0;
            if (held + stake) * 3 >= total || self.below(4) == 0 {
                continue;
            }
            held += stake;
            let part = self.below(5);
            match part {
                0 | 1 => faulty.adversaries.push((node, self.adversary())),
                2 => faulty.absent.push(node),
                3 => faulty.losers.push(node),
                _ => {
                    faulty.absent.push(node);
                    faulty.losers.push(node);
                }
            }
        }
        faulty
    }

    fn adversary(&mut self) -> &'static str {
        let number = self.below(Adversary::ALL.len() as u64) as usize;
        Adversary::ALL[number].name
    }

    fn crashes(&mut self) {
        if self.coin() {
            return;
        }
        for _ in 0..1 + self.below(12) {
            let (node, at, down) = (self.node(), self.time(), MS(1 + self.below(8_000)));
            self.schedule(at, Fault::Crash(node));
            self.schedule(at + down, Fault::Start(node));
        }
        if self.coin() {
            // All members at once, as in a power failure.
            let at = self.time();
            for node in (0..self.profile.members()).map(NodeId) {
                let down = MS(1 + self.below(3_000));
                self.schedule(at, Fault::Crash(node));
                self.schedule(at + down, Fault::Start(node));
            }
        }
    }

    /// Some members start late.
    fn late(&mut self) {
        if self.below(4) > 0 {
            return;
        }
        for _ in 0..1 + self.below(2) {
            let (node, at) = (self.node(), self.time());
            self.schedule(Duration::ZERO, Fault::Crash(node));
            self.schedule(at, Fault::Start(node));
        }
    }

    /// A faulty member loses its disk, or a bit on it flips, which it notices at its next start.
    fn loses(&mut self, node: NodeId) {
        for _ in 0..1 + self.below(2) {
            let (at, down) = (self.time(), MS(1 + self.below(4_000)));
            if self.coin() {
                self.schedule(at, Fault::WipeDisk(node));
            } else {
                self.schedule(at, Fault::FlipBit(node));
                self.schedule(at, Fault::Crash(node));
            }
            self.schedule(at + down, Fault::Start(node));
        }
    }

    fn full(&mut self) {
        if self.coin() {
            return;
        }
        for _ in 0..1 + self.below(3) {
            let (node, at, long) = (self.node(), self.time(), MS(1 + self.below(15_000)));
            self.schedule(at, Fault::FillDisk(node));
            self.schedule(at + long, Fault::FreeDisk(node));
        }
    }

    fn pauses(&mut self) {
        if self.coin() {
            return;
        }
        for _ in 0..1 + self.below(8) {
            let (node, at, still) = (self.node(), self.time(), MS(1 + self.below(6_000)));
            self.schedule(at, Fault::Pause(node));
            self.schedule(at + still, Fault::Resume(node));
        }
    }

    fn partitions(&mut self) {
        if self.coin() {
            return;
        }
        for _ in 0..1 + self.below(5) {
            let (at, long) = (self.time(), MS(100 + self.below(15_000)));
            let sides: Vec<bool> = (0..self.profile.members()).map(|_| self.coin()).collect();
            let one_way = self.below(3) == 0;
            let partial = self.below(3) == 0;
            for (from, left) in sides.iter().enumerate() {
                for (to, right) in sides.iter().enumerate() {
                    let parts = left != right && !(one_way && *left) && !(partial && self.coin());
                    if parts {
                        self.schedule(at, Fault::Block(NodeId(from), NodeId(to)));
                        self.schedule(at + long, Fault::Unblock(NodeId(from), NodeId(to)));
                    }
                }
            }
        }
    }

    fn clocks(&mut self) {
        if self.coin() {
            return;
        }
        for node in (0..self.profile.members()).map(NodeId) {
            let drift_ppm = self.below(4_001) as i32 - 2_000;
            let at = if self.coin() { Duration::ZERO } else { self.time() };
            let offset_ms = self.below(3_001) as i64 - 1_500;
            self.schedule(at, Fault::SetClock(node, ClockSkew { offset_ms, drift_ppm }));
        }
        if self.coin() {
            // One clock is off by up to 100 s.
            let (node, at) = (self.node(), self.time());
            let offset_ms = self.below(200_001) as i64 - 100_000;
            self.schedule(at, Fault::SetClock(node, ClockSkew { offset_ms, drift_ppm: 0 }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of a thousand cases satisfy a predicate.
    fn count(is_so: impl Fn(&SwarmCase) -> bool) -> usize {
        let cases = (0..500).flat_map(|seed| {
            [SwarmProfile::Agreement, SwarmProfile::Full].map(|profile| SwarmCase::generate(profile, seed))
        });
        cases.filter(|case| is_so(case)).count()
    }

    fn some(is_so: impl Fn(&Fault) -> bool) -> usize {
        count(|case| case.faults.iter().any(|scheduled| is_so(&scheduled.fault)))
    }

    #[test]
    fn what_is_drawn_can_be_borne() {
        assert_eq!(count(|case| !case.is_tolerable()), 0);
    }

    #[test]
    fn every_fault_is_drawn() {
        let regions = count(|case| matches!(case.links.latency, Latency::Regions(_)));
        let unequal = count(|case| case.stakes.iter().any(|stake| *stake != case.stakes[0]));
        let late = count(|case| matches!(&case.faults[..], [first, ..] if first.fault == Fault::Crash(NodeId(0))));
        let faults = [
            some(|fault| matches!(fault, Fault::WipeDisk(_))),
            some(|fault| matches!(fault, Fault::FlipBit(_))),
            some(|fault| matches!(fault, Fault::FillDisk(_))),
        ];
        let adversaries = count(|case| !case.adversaries.is_empty());
        let absent = count(|case| !case.absent.is_empty());
        let counts = [[regions, unequal, late, adversaries, absent].as_slice(), &faults].concat();
        assert!(counts.iter().all(|count| *count > 10), "{counts:?}");
    }
}
