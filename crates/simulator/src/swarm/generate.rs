//! Drawing a case.

use std::time::Duration;

use quorate_event::{Parameters, Stake};

use super::case::{Case, Profile};
use crate::adversaries::Adversary;
use crate::clock::Clock;
use crate::disk::{Disks, Unsynced};
use crate::fault::{Deed, Planned};
use crate::network::{Bandwidth, Latency, Links, Queue, Regions};
use crate::rng::Chance;
use crate::world::Node;

const MS: fn(u64) -> Duration = Duration::from_millis;

impl Case {
    /// The case of a seed: of every fault there is, half of the cases have it, as strong as chance likes.
    pub fn draw(profile: Profile, seed: u64) -> Self {
        let mut dice = Dice { chance: Chance::new(seed, "case"), profile, chaos: MS(20_000), deeds: Vec::new() };
        dice.chaos = MS(20_000 + dice.below(60_000));
        let stakes = dice.stakes();
        let parameters = dice.parameters();
        let (links, disks) = (dice.links(), dice.disks());
        let Faulty { liars, absent, losers } = dice.faulty(&stakes);
        dice.crashes();
        dice.late();
        losers.into_iter().for_each(|node| dice.loses(node));
        dice.full();
        dice.pauses();
        dice.partitions();
        dice.clocks();
        dice.deeds.sort_by_key(|planned| planned.at);
        let (deeds, chaos) = (dice.deeds, dice.chaos);
        Self { seed, profile, stakes, parameters, links, disks, deeds, chaos, absent, liars }
    }
}

/// Who may do or suffer what no honest member does: less than a third of the stake.
#[derive(Default)]
struct Faulty {
    liars: Vec<(Node, &'static str)>,
    absent: Vec<Node>,
    /// Those that lose what is on their disks.
    losers: Vec<Node>,
}

struct Dice {
    chance: Chance,
    profile: Profile,
    chaos: Duration,
    deeds: Vec<Planned>,
}

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.chance.below(bound)
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn node(&mut self) -> Node {
        Node(self.below(self.profile.members() as u64) as usize)
    }

    /// A time before the world is healed.
    fn time(&mut self) -> Duration {
        let chaos = self.chaos;
        self.chance.time(&(Duration::ZERO..=chaos))
    }

    fn plan(&mut self, at: Duration, deed: Deed) {
        self.deeds.push(Planned { at, deed });
    }

    fn parameters(&mut self) -> Parameters {
        Parameters {
            min_events: 1 + self.below(4),
            max_wait_ms: 50 + self.below(900),
            view_timer_ms: 300 + self.below(1_700),
            ..Parameters::default()
        }
    }

    /// Equal ones in half of the cases; else some of which a member more or less decides.
    fn stakes(&mut self) -> Vec<Stake> {
        let (count, kind) = (self.profile.members(), self.below(8));
        let mut stakes: Vec<u128> = (0..count).map(|_| 100).collect();
        let heavy = self.node().0;
        match kind {
            0 => stakes.iter_mut().for_each(|stake| *stake = 1 + u128::from(self.below(1_000))),
            1 => stakes.iter_mut().for_each(|stake| *stake = 1 + u128::from(self.below(4))),
            2 => {
                // One just under a third.
                stakes.iter_mut().for_each(|stake| *stake = 50 + u128::from(self.below(100)));
                stakes[heavy] = (stakes.iter().sum::<u128>() - stakes[heavy] - 1) / 2;
            }
            3 => {
                // One that decides alone.
                stakes.fill(1);
                stakes[heavy] = 1 << 40;
            }
            _ => {}
        }
        stakes.into_iter().map(Stake).collect()
    }

    fn links(&mut self) -> Links {
        let mut links = Links::default();
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
            let queue = if self.coin() { Queue::PerNode } else { Queue::PerLink };
            links.bandwidth = Some(Bandwidth { bits_per_second: 200_000 + self.below(20_000_000), queue });
        }
        links.in_order = self.coin();
        links
    }

    /// Alike for all, or by regions, of which some lie an ocean apart, and not as far one way as the other.
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

    fn disks(&mut self) -> Disks {
        let mut disks = Disks::default();
        if self.coin() {
            disks.fsync = MS(1)..=MS(2 + self.below(300));
        }
        if self.coin() {
            disks.unsynced = Unsynced::SomeKept;
        }
        if self.profile == Profile::Full && self.coin() {
            disks.fail_per_million = self.below(3_000) as u32;
        }
        disks
    }

    /// Some in a random order, as long as they have less than a third of the stake.
    fn faulty(&mut self, stakes: &[Stake]) -> Faulty {
        let total: u128 = stakes.iter().map(|stake| stake.0).sum();
        let (mut faulty, mut held) = (Faulty::default(), 0);
        let mut left: Vec<Node> = (0..stakes.len()).map(Node).collect();
        while !left.is_empty() {
            let node = left.swap_remove(self.below(left.len() as u64) as usize);
            let stake = stakes[node.0].0;
            if (held + stake) * 3 >= total || self.below(4) == 0 {
                continue;
            }
            held += stake;
            let part = self.below(5);
            match part {
                0 | 1 => faulty.liars.push((node, self.adversary())),
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
            self.plan(at, Deed::Crash(node));
            self.plan(at + down, Deed::Start(node));
        }
        if self.coin() {
            // All at once, as when the power fails.
            let at = self.time();
            for node in (0..self.profile.members()).map(Node) {
                let down = MS(1 + self.below(3_000));
                self.plan(at, Deed::Crash(node));
                self.plan(at + down, Deed::Start(node));
            }
        }
    }

    /// Some are not there from the beginning.
    fn late(&mut self) {
        if self.below(4) > 0 {
            return;
        }
        for _ in 0..1 + self.below(2) {
            let (node, at) = (self.node(), self.time());
            self.plan(Duration::ZERO, Deed::Crash(node));
            self.plan(at, Deed::Start(node));
        }
    }

    /// One that may be faulty loses its disk, or a bit of it flips, which shows when it starts again.
    fn loses(&mut self, node: Node) {
        for _ in 0..1 + self.below(2) {
            let (at, down) = (self.time(), MS(1 + self.below(4_000)));
            if self.coin() {
                self.plan(at, Deed::Wipe(node));
            } else {
                self.plan(at, Deed::Rot(node));
                self.plan(at, Deed::Crash(node));
            }
            self.plan(at + down, Deed::Start(node));
        }
    }

    fn full(&mut self) {
        if self.coin() {
            return;
        }
        for _ in 0..1 + self.below(3) {
            let (node, at, long) = (self.node(), self.time(), MS(1 + self.below(15_000)));
            self.plan(at, Deed::Full(node));
            self.plan(at + long, Deed::Freed(node));
        }
    }

    fn pauses(&mut self) {
        if self.coin() {
            return;
        }
        for _ in 0..1 + self.below(8) {
            let (node, at, still) = (self.node(), self.time(), MS(1 + self.below(6_000)));
            self.plan(at, Deed::Pause(node));
            self.plan(at + still, Deed::Resume(node));
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
                        self.plan(at, Deed::Block(Node(from), Node(to)));
                        self.plan(at + long, Deed::Unblock(Node(from), Node(to)));
                    }
                }
            }
        }
    }

    fn clocks(&mut self) {
        if self.coin() {
            return;
        }
        for node in (0..self.profile.members()).map(Node) {
            let drift_ppm = self.below(4_001) as i32 - 2_000;
            let at = if self.coin() { Duration::ZERO } else { self.time() };
            let offset_ms = self.below(3_001) as i64 - 1_500;
            self.plan(at, Deed::Clock(node, Clock { offset_ms, drift_ppm }));
        }
        if self.coin() {
            // One that is far out.
            let (node, at) = (self.node(), self.time());
            let offset_ms = self.below(200_001) as i64 - 100_000;
            self.plan(at, Deed::Clock(node, Clock { offset_ms, drift_ppm: 0 }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of so many cases are so.
    fn count(is_so: impl Fn(&Case) -> bool) -> usize {
        let cases =
            (0..500).flat_map(|seed| [Profile::Agreement, Profile::Full].map(|profile| Case::draw(profile, seed)));
        cases.filter(|case| is_so(case)).count()
    }

    fn some(is_so: impl Fn(&Deed) -> bool) -> usize {
        count(|case| case.deeds.iter().any(|planned| is_so(&planned.deed)))
    }

    #[test]
    fn what_is_drawn_can_be_borne() {
        assert_eq!(count(|case| !case.is_bearable()), 0);
    }

    #[test]
    fn every_fault_is_drawn() {
        let regions = count(|case| matches!(case.links.latency, Latency::Regions(_)));
        let unequal = count(|case| case.stakes.iter().any(|stake| *stake != case.stakes[0]));
        let late = count(|case| matches!(&case.deeds[..], [first, ..] if first.deed == Deed::Crash(Node(0))));
        let deeds = [
            some(|deed| matches!(deed, Deed::Wipe(_))),
            some(|deed| matches!(deed, Deed::Rot(_))),
            some(|deed| matches!(deed, Deed::Full(_))),
        ];
        let liars = count(|case| !case.liars.is_empty());
        let absent = count(|case| !case.absent.is_empty());
        let counts = [[regions, unequal, late, liars, absent].as_slice(), &deeds].concat();
        assert!(counts.iter().all(|count| *count > 10), "{counts:?}");
    }
}
