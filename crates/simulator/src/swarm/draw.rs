//! Drawing a case.

use std::time::Duration;

use quorate_event::Parameters;

use super::case::{Case, Profile};
use crate::adversaries::Adversary;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::deed::{Deed, Planned};
use crate::disk::{Disks, Unsynced};
use crate::network::{Bandwidth, Latency, Links, Queue};
use crate::world::Node;

const MS: fn(u64) -> Duration = Duration::from_millis;

impl Case {
    /// The case of a seed: of every fault there is, half of the cases have it, as strong as chance likes.
    pub fn draw(profile: Profile, seed: u64) -> Self {
        let mut dice = Dice { chance: Chance::new(seed, "case"), profile, chaos: MS(20_000), deeds: Vec::new() };
        dice.chaos = MS(20_000 + dice.below(60_000));
        let parameters = dice.parameters();
        let (links, disks) = (dice.links(), dice.disks());
        let mut faulty = dice.faulty();
        let liars: Vec<_> =
            faulty.pop().filter(|_| dice.coin()).map(|node| (node, dice.adversary())).into_iter().collect();
        let absent: Vec<Node> = faulty.into_iter().filter(|_| dice.coin()).collect();
        dice.crashes();
        if liars.is_empty() {
            dice.wipes(&absent);
        }
        dice.pauses();
        dice.partitions();
        dice.clocks();
        dice.deeds.sort_by_key(|planned| planned.at);
        Self { seed, profile, parameters, links, disks, deeds: dice.deeds, chaos: dice.chaos, absent, liars }
    }
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

    fn links(&mut self) -> Links {
        let mut links = Links::default();
        if self.coin() {
            let least = 1 + self.below(50);
            links.latency = Latency::Uniform(MS(least)..=MS(least + self.below(400)));
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

    /// Who may be faulty: as many as there may be, or fewer.
    fn faulty(&mut self) -> Vec<Node> {
        let mut faulty = Vec::new();
        for _ in 0..self.below(self.profile.faults() as u64 + 1) {
            let node = self.node();
            if !faulty.contains(&node) {
                faulty.push(node);
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

    /// Only those that may be faulty lose their disks.
    fn wipes(&mut self, absent: &[Node]) {
        if self.coin() {
            return;
        }
        let node = absent.first().copied().unwrap_or_else(|| self.node());
        let (at, down) = (self.time(), MS(1 + self.below(4_000)));
        self.plan(at, Deed::Wipe(node));
        self.plan(at + down, Deed::Start(node));
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
