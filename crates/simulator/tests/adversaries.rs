//! Each adversary as less than a third of a committee: the honest members agree, make progress, and accuse no other member.

use std::collections::BTreeSet;
use std::time::Duration;

use quorate_event::{Address, Parameters};
use quorate_replica::{Intent, Replica, Status};
use quorate_simulator::{Adversary, DiskModel, ExpectedEvidence, Fault, Latency, LinkModel, NodeId, Setup, World};
use serde_json::json;

const PARAMETERS: fn() -> Parameters = || Parameters { max_wait_ms: 50, view_timer_ms: 300, ..Parameters::default() };
/// How long a run goes on.
const RUN: Duration = Duration::from_secs(25);
/// The time limit for finality of a write at an honest member. If all copies of it are lost, a round of sync sends it again.
const FINAL_WITHIN: Duration = Duration::from_secs(20);
/// Within what the honest members hold and show the same once no message is lost: a round of sync with everybody.
const LEVEL_WITHIN: Duration = Duration::from_secs(35);

/// Events of one author that wait for their parents.
const WAITING: usize = 256;
/// All that happens in a run, at the most: twice what does where a liar sends much itself.
const HAPPENED: u64 = 60_000;

/// How many seeds: more where somebody hunts.
fn seeds(many: u64) -> u64 {
    std::env::var("QUORATE_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(many)
}

fn ms(range: std::ops::RangeInclusive<u64>) -> std::ops::RangeInclusive<Duration> {
    Duration::from_millis(*range.start())..=Duration::from_millis(*range.end())
}

fn storm() -> LinkModel {
    LinkModel {
        latency: Latency::Uniform(ms(1..=60)),
        loss_per_mille: 50,
        repeat_per_mille: 50,
        ..LinkModel::default()
    }
}

/// One run: the seed says how many members there are, which of them lie, and what the network is like.
struct AdversaryRun {
    name: String,
    seed: u64,
    world: World,
    liars: Vec<NodeId>,
    honest: Vec<NodeId>,
    written: u64,
    slowest: Duration,
}

impl AdversaryRun {
    fn new(adversary: Adversary, seed: u64) -> Self {
        let liars: &[_] = if seed.is_multiple_of(2) { &[adversary] } else { &[adversary; 2] };
        Self::of(liars, seed)
    }

    fn of(adversaries: &[Adversary], seed: u64) -> Self {
        let faults = adversaries.len();
        let members = 3 * faults + 1;
        let links = if (seed / 2).is_multiple_of(2) { LinkModel::default() } else { storm() };
        let disks = DiskModel { fsync: ms(1..=8), ..DiskModel::default() };
        let mut world = World::new(seed, Setup { links, disks, ..Setup::equal(members, PARAMETERS()) });
        let first = usize::try_from(seed).unwrap() % members;
        let liars: Vec<NodeId> = (0..faults).map(|fault| NodeId((first + 3 * fault) % members)).collect();
        let honest = (0..members).map(NodeId).filter(|node| !liars.contains(node)).collect();
        for (liar, adversary) in liars.iter().zip(adversaries) {
            adversary.install(&mut world, *liar);
        }
        let name = adversaries.iter().map(|adversary| adversary.name).collect::<Vec<_>>().join(" and ");
        Self { name, seed, world, liars, honest, written: 0, slowest: Duration::ZERO }
    }

    fn write(&mut self, node: NodeId) -> quorate_replica::Request {
        self.written += 1;
        let patch = json!({ format!("k{}", self.written % 50): self.written });
        self.world.write(node, Intent::MergePatch { document: "store".to_owned(), patch })
    }

    /// Honest members write one after another, and the liars' replicas whenever they are up, for `time`.
    fn work(&mut self, time: Duration) {
        let end = self.world.elapsed() + time;
        let mut turn = 0;
        while self.world.elapsed() < end {
            let node = self.honest[turn % self.honest.len()];
            turn += 1;
            let others = self.world.up().into_iter().filter(|node| !self.honest.contains(node));
            for liar in others.collect::<Vec<_>>() {
                self.write(liar);
            }
            let request = self.write(node);
            let before = self.world.elapsed();
            let is_final = |world: &World| world.outcome(node, request).finality.is_some();
            let in_time = self.world.run_until(FINAL_WITHIN, is_final);
            assert!(in_time, "{}, seed {}: no finality at {node:?}; {}", self.name, self.seed, self.report());
            self.slowest = self.slowest.max(self.world.elapsed() - before);
            self.world.run_for(Duration::from_millis(300));
        }
    }

    fn replica(&self, node: NodeId) -> &Replica {
        self.world.replica(node).unwrap()
    }

    fn status(&self, node: NodeId) -> Status {
        self.replica(node).status()
    }

    /// Where everybody stands, the liars first.
    fn report(&self) -> String {
        let nodes = self.liars.iter().chain(&self.honest);
        let lines = nodes.filter_map(|node| Some((node, self.world.replica(*node)?.status())));
        let lines = lines.map(|(node, status)| {
            let Status { height, view, leader, events, uncovered, address, .. } = status;
            format!("{node:?} {address:?}: {height:?} {view:?} of {leader:?}, {events} events, {uncovered} uncovered")
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What all honest members must have in common in the end. Not their heads: of a third branch that no event cites each
    /// may hold another event, which counts nowhere.
    fn is_level(&self) -> bool {
        let mut seen = self.honest.iter().map(|node| {
            let status = self.status(*node);
            let milestones = self.world.milestones(*node).into_iter().map(|(height, id, _)| (height, id));
            (milestones.collect::<Vec<_>>(), status.uncovered, status.merged, status.finalised)
        });
        let first = seen.next();
        seen.all(|other| Some(&other) == first.as_ref())
    }

    fn come_together(&mut self) {
        self.world.inject(Fault::SetLinks(LinkModel::default()));
        let end = self.world.elapsed() + LEVEL_WITHIN;
        while !self.is_level() {
            assert!(self.world.elapsed() < end, "{}, seed {}: not level; {}", self.name, self.seed, self.report());
            self.world.run_for(Duration::from_millis(5));
        }
    }

    /// What liars make the honest members keep and say is bounded.
    fn check_bounds(&self) {
        for node in &self.honest {
            let (waiting, evidence) = (self.status(*node).waiting, self.replica(*node).evidence().len());
            assert!(waiting <= WAITING * self.liars.len(), "{}, seed {}: {waiting} wait", self.name, self.seed);
            let most = self.liars.len() * self.honest.len();
            assert!(evidence <= most, "{}, seed {}: {evidence} pieces of evidence", self.name, self.seed);
        }
        let event_count = self.world.event_count();
        assert!(event_count <= HAPPENED, "{}, seed {}: {event_count} things event_count", self.name, self.seed);
    }

    fn accused(&self) -> BTreeSet<Address> {
        let accused = self.honest.iter().flat_map(|node| self.world.accused(*node));
        accused.copied().collect()
    }

    fn culprits(&self) -> BTreeSet<Address> {
        self.liars.iter().map(|liar| self.world.insider(*liar).unwrap().key.address()).collect()
    }
}

fn check(name: &str) {
    let adversary = Adversary::by_name(name).unwrap();
    let mut slowest = Duration::ZERO;
    let (mut height, mut event_count, mut events) = (0, 0, 0);
    for seed in 0..seeds(16) {
        let mut run = AdversaryRun::new(adversary, seed);
        run.work(RUN);
        run.come_together();
        assert_eq!(run.world.violations(), [], "{name}, seed {seed}");
        run.check_bounds();
        let (accused, culprits) = (run.accused(), run.culprits());
        assert!(accused.is_subset(&culprits), "{name}, seed {seed}: an honest key is accused");
        match adversary.evidence {
            ExpectedEvidence::Always => {
                let all = run.honest.iter().all(|node| *run.world.accused(*node) == culprits);
                assert!(all, "{name}, seed {seed}: a liar is not found out");
            }
            ExpectedEvidence::Perhaps => {}
            ExpectedEvidence::Never => assert_eq!(accused, BTreeSet::new(), "{name}, seed {seed}"),
        }
        slowest = slowest.max(run.slowest);
        let status = run.status(run.honest[0]);
        height = height.max(status.height.0);
        event_count = event_count.max(run.world.event_count());
        events = events.max(status.events);
    }
    println!("{name}: slowest {slowest:?}, height {height}, events {events}, event_count {event_count}");
}

macro_rules! adversaries {
    ($($test:ident: $name:literal;)*) => {
        $(#[test]
        fn $test() {
            check($name);
        })*

        #[test]
        fn every_adversary_is_met() {
            let met = BTreeSet::from([$($name),*]);
            assert_eq!(met, Adversary::ALL.into_iter().map(|adversary| adversary.name).collect());
        }
    };
}

adversaries! {
    an_amnesiac_costs_nobody_agreement: "amnesiac";
    a_censor_delays_its_victim_by_its_own_turns: "censor";
    a_cloned_key_is_found_out: "cloned key";
    a_clock_that_lies_moves_nobody: "clock liar";
    a_double_voter_is_found_out: "double voter";
    an_equivocating_leader_is_found_out: "equivocating leader";
    a_forged_history_fools_nobody: "forged history";
    a_flood_from_the_future_moves_nobody: "future flooder";
    garbage_spoils_nothing_but_itself: "garbage signer";
    a_late_joiner_learns_every_milestone: "late joiner";
    late_votes_cost_their_view_only: "late voter";
    changed_messages_change_nothing: "message mutator";
    a_restored_backup_costs_nobody_agreement: "restored backup";
    the_past_repeated_moves_nobody: "stale certifier";
    a_withholder_keeps_nothing_from_anybody: "withholder";
}

/// Milestones from the first words of two machines with one key until every honest member names it.
fn milestones_until_named(seed: u64) -> u64 {
    let mut run = AdversaryRun::new(Adversary::by_name("cloned key").unwrap(), seed);
    let height = |run: &AdversaryRun| run.honest.iter().map(|node| run.status(*node).height.0).max().unwrap();
    let clones: Vec<NodeId> = run.world.up().into_iter().filter(|node| !run.honest.contains(node)).collect();
    clones.iter().for_each(|clone| _ = run.write(*clone));
    let before = height(&run);
    let culprits = run.culprits();
    let mut writer = 0;
    while run.honest.iter().any(|node| *run.world.accused(*node) != culprits) {
        // Each write is awaited, so that heights follow each other and the result does not depend on time.
        let node = run.honest[writer % run.honest.len()];
        let request = run.write(node);
        run.world.run_until(FINAL_WITHIN, |world| world.outcome(node, request).finality.is_some());
        writer += 1;
        assert!(writer < 100, "seed {seed}: not named; {}", run.report());
    }
    assert_eq!(run.world.violations(), [], "seed {seed}");
    height(&run) - before
}

#[test]
fn a_cloned_key_is_named_by_everybody_within_five_milestones() {
    let taken: Vec<u64> = (0..seeds(64)).map(milestones_until_named).collect();
    println!("milestones until a cloned key is named: {taken:?}");
    assert!(taken.iter().all(|milestones| *milestones <= 5), "{taken:?}");
}

#[test]
fn different_liars_together_gain_nothing() {
    let pairs = Adversary::ALL.into_iter().enumerate();
    let pairs = pairs.flat_map(|(at, first)| Adversary::ALL[at + 1..].iter().map(move |second| [first, *second]));
    for (seed, pair) in (0..).zip(pairs) {
        let mut run = AdversaryRun::of(&pair, seed);
        run.work(Duration::from_secs(8));
        run.come_together();
        assert_eq!(run.world.violations(), [], "{}, seed {seed}", run.name);
        run.check_bounds();
        assert!(run.accused().is_subset(&run.culprits()), "{}, seed {seed}", run.name);
    }
}

fn equal(members: usize) -> World {
    World::new(1, Setup::equal(members, PARAMETERS()))
}

fn set(world: &mut World, node: NodeId, key: &str) -> quorate_replica::Request {
    world.write(node, Intent::MergePatch { document: "store".to_owned(), patch: json!({ key: 1 }) })
}

#[test]
fn evidence_against_one_key_is_written_down_once_by_each_member_at_most() {
    let mut world = equal(4);
    Adversary::by_name("double voter").unwrap().install(&mut world, NodeId(0));
    for step in 0..20 {
        set(&mut world, NodeId(1 + step % 3), &format!("k{step}"));
        world.run_for(Duration::from_millis(500));
    }
    world.run_for(Duration::from_secs(5));
    assert_eq!(world.accused(NodeId(1)).len(), 1);
    let status = world.replica(NodeId(1)).unwrap().status();
    let milestones = usize::try_from(status.height.0).unwrap();
    // The graph holds the genesis too.
    let evidence = status.events - 1 - milestones - 20;
    assert!((1..=3).contains(&evidence), "{evidence} events of evidence");
}

#[test]
fn what_only_one_member_holds_spreads_in_few_rounds_of_sync() {
    const MEMBERS: usize = 16;
    let mut world = equal(MEMBERS);
    world.run_for(Duration::from_secs(6));
    let others = || (1..MEMBERS).map(NodeId);
    others().for_each(|other| world.inject(Fault::Block(NodeId(0), other)));
    let request = set(&mut world, NodeId(0), "k");
    world.run_for(Duration::from_secs(1));
    world.inject(Fault::HealLinks);
    let is_final = |world: &World| world.outcome(NodeId(0), request).finality.is_some();
    assert!(world.run_until(Duration::from_secs(25), is_final));
}
