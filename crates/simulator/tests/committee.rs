//! The committee changes while the network runs: the members named by a milestone vote from the next height on, and no others.
//! The oracle derives each committee itself, and checks each certificate with it.

use std::collections::BTreeSet;
use std::time::Duration;

use quorate_event::{Committee, Height, Parameters, SecretKey, Stake};
use quorate_replica::{Intent, NotFinal, Replica, Request, Status};
use quorate_simulator::{
    COMMITTEE_DOCUMENT, CommitteeSource, DiskModel, Fault, Latency, LinkModel, NodeId, Reconfigurer, Setup, World,
};
use serde_json::{Value, json};

const MS: fn(u64) -> Duration = Duration::from_millis;
const PARAMETERS: fn() -> Parameters = || Parameters { max_wait_ms: 20, view_timer_ms: 300, ..Parameters::default() };
/// Virtual time within what everything here must be done, a safety net.
const LIMIT: Duration = Duration::from_secs(600);
/// Virtual time in which a network that can do nothing does nothing.
const STALLED: Duration = Duration::from_secs(20);

fn address(node: usize) -> quorate_event::Address {
    SecretKey::simulated(node as u64).address()
}

fn committee(members: &[(usize, u128)]) -> Committee {
    Committee::new(members.iter().map(|(node, stake)| (address(*node), Stake(*stake))).collect()).unwrap()
}

/// Four members, the nodes 0 to 3, and followers after them.
fn setup(followers: u64) -> Setup {
    let followers = (4..4 + followers).map(SecretKey::simulated).collect();
    let disks = DiskModel { fsync: MS(1)..=MS(4), ..DiskModel::default() };
    Setup { followers, committees: CommitteeSource::InDocument, disks, ..Setup::equal(4, PARAMETERS()) }
}

fn stormy(setup: Setup) -> Setup {
    let latency = Latency::Uniform(MS(1)..=MS(60));
    let links = LinkModel { latency, loss_per_mille: 30, repeat_per_mille: 30, ..LinkModel::default() };
    Setup { links, ..setup }
}

fn replica(world: &World, node: usize) -> &Replica {
    world.replica(NodeId(node)).unwrap()
}

fn status(world: &World, node: usize) -> Status {
    replica(world, node).status()
}

fn write(world: &mut World, node: usize, key: &str, value: u64) -> Request {
    let patch = json!({ key: value });
    world.write(NodeId(node), Intent::MergePatch { document: "store".to_owned(), patch })
}

/// Writes down who shall be the committee, all of it.
fn appoint(world: &mut World, node: usize, members: &[(usize, u128)]) -> Request {
    let named = members.iter().map(|(node, stake)| (address(*node).to_string(), json!(stake.to_string())));
    name(world, node, Value::Object(named.collect()))
}

fn name(world: &mut World, node: usize, value: Value) -> Request {
    world.write(NodeId(node), Intent::Put { document: COMMITTEE_DOCUMENT.to_owned(), value })
}

fn is_final(world: &World, node: usize, request: Request) -> bool {
    world.outcome(NodeId(node), request).finality.is_some()
}

fn becomes_final(world: &mut World, node: usize, request: Request) -> Height {
    assert!(world.run_until(LIMIT, |world| is_final(world, node, request)), "{:?}", status(world, node));
    world.outcome(NodeId(node), request).finality.unwrap()
}

/// Something that is written at a node becomes final, once the node has what the others have.
fn goes_on(world: &mut World, node: usize) {
    let greatest = world.up().iter().map(|node| status(world, node.0).height).max();
    assert!(world.run_until(LIMIT, |world| Some(status(world, node).height) >= greatest), "{:?}", status(world, node));
    let request = write(world, node, "more", world.event_count());
    becomes_final(world, node, request);
}

/// Appoints, and waits until `witnesses` have the committee. The height from which on it votes.
fn reform(world: &mut World, node: usize, members: &[(usize, u128)], witnesses: &[usize]) -> Height {
    let request = appoint(world, node, members);
    let height = becomes_final(world, node, request).next();
    let wanted = committee(members);
    let has = |world: &World, node: &usize| replica(world, *node).committee_of(height) == Some(&wanted);
    assert!(world.run_until(LIMIT, |world| witnesses.iter().all(|node| has(world, node))), "{height:?}");
    height
}

/// All nodes that are up end with one chain, one state and the same committee at each height; nothing was wrong.
fn check(world: &mut World) {
    let level = |world: &World| {
        let up = world.up();
        let mut seen = up.iter().map(|node| (world.milestones(*node).len(), status(world, node.0).finalised));
        let first = seen.next();
        let covered = up.iter().all(|node| status(world, node.0).uncovered == 0);
        covered && seen.all(|seen| Some(seen) == first)
    };
    assert!(
        world.run_until(LIMIT, level),
        "{:?}",
        world.up().iter().map(|node| status(world, node.0)).collect::<Vec<_>>()
    );
    let up = world.up();
    let names =
        |node: &NodeId| world.milestones(*node).into_iter().map(|(height, id, _)| (height, id)).collect::<Vec<_>>();
    for node in &up {
        assert_eq!(names(node), names(&up[0]));
        for (height, ..) in world.milestones(*node) {
            let of = |node: &NodeId| replica(world, node.0).committee_of(height.next()).cloned();
            assert_eq!(of(node), of(&up[0]), "{height:?} at {node:?}");
        }
    }
    world.check_all();
    assert_eq!(world.violations(), []);
}

const FOUR: [(usize, u128); 4] = [(0, 100), (1, 100), (2, 100), (3, 100)];

#[test]
fn a_new_member_votes_and_is_needed_from_the_next_height_on() {
    let mut world = World::new(1, setup(1));
    goes_on(&mut world, 0);
    assert_eq!(status(&world, 4).stake, None);
    // The four have 400 of 650: no quorum without the fifth.
    let with_a_fifth = [&FOUR[..], &[(4, 250)]].concat();
    reform(&mut world, 0, &with_a_fifth, &[0, 1, 2, 3, 4]);
    assert_eq!(status(&world, 4).stake, Some(Stake(250)));
    goes_on(&mut world, 4);
    world.crash(NodeId(4));
    let request = write(&mut world, 0, "stalled", 1);
    assert!(!world.run_until(STALLED, |world| is_final(world, 0, request)));
    let NotFinal::NoQuorum { reachable, quorum, total, away } = status(&world, 0).why_not_final else { panic!() };
    assert_eq!((reachable, quorum, total, away), (400, 434, 650, vec![(address(4), Stake(250))]));
    world.start(NodeId(4));
    becomes_final(&mut world, 0, request);
    check(&mut world);
}

#[test]
fn a_member_that_leaves_follows_writes_and_is_waited_for_by_nobody() {
    let mut world = World::new(2, setup(0));
    reform(&mut world, 0, &FOUR[..3], &[0, 1, 2, 3]);
    assert_eq!(status(&world, 3).stake, None);
    goes_on(&mut world, 3);
    // Of three with equal stakes all are needed; the fourth is not.
    world.crash(NodeId(3));
    goes_on(&mut world, 0);
    world.start(NodeId(3));
    goes_on(&mut world, 3);
    world.crash(NodeId(2));
    let request = write(&mut world, 3, "stalled", 1);
    assert!(!world.run_until(STALLED, |world| is_final(world, 3, request)));
    world.start(NodeId(2));
    becomes_final(&mut world, 3, request);
    check(&mut world);
}

#[test]
fn all_four_are_replaced_one_by_one_under_load() {
    for seed in 1..=4 {
        let setup = if seed % 2 == 0 { stormy(setup(4)) } else { setup(4) };
        let mut world = World::new(seed, setup);
        let mut members = FOUR.to_vec();
        for turn in 0..4 {
            members[turn] = (4 + turn, 100);
            let request = appoint(&mut world, turn, &members);
            for number in 0..60 {
                write(&mut world, number % 8, &format!("k{number}"), number as u64);
                world.run_for(MS(5));
            }
            becomes_final(&mut world, turn, request);
        }
        goes_on(&mut world, 7);
        assert_eq!(replica(&world, 0).committee(), &committee(&members));
        // The network does not need the members that left.
        for node in 0..4 {
            world.crash(NodeId(node));
        }
        goes_on(&mut world, 5);
        for node in 0..4 {
            world.start(NodeId(node));
        }
        check(&mut world);
    }
}

#[test]
fn stakes_that_change_move_the_quorum() {
    let mut world = World::new(3, setup(0));
    world.crash(NodeId(0));
    goes_on(&mut world, 1);
    world.start(NodeId(0));
    reform(&mut world, 1, &[(0, 400), (1, 100), (2, 100), (3, 100)], &[0, 1, 2, 3]);
    world.crash(NodeId(0));
    let request = write(&mut world, 1, "stalled", 1);
    assert!(!world.run_until(STALLED, |world| is_final(world, 1, request)));
    world.start(NodeId(0));
    becomes_final(&mut world, 1, request);
    // 600 of 700: one member alone is a quorum.
    reform(&mut world, 2, &[(0, 600), (1, 50), (2, 25), (3, 25)], &[0, 1, 2, 3]);
    for node in 1..4 {
        world.crash(NodeId(node));
    }
    goes_on(&mut world, 0);
    for node in 1..4 {
        world.start(NodeId(node));
    }
    check(&mut world);
}

fn part(world: &mut World, node: usize) {
    for other in world.nodes().into_iter().filter(|other| other.0 != node) {
        world.inject(Fault::Block(NodeId(node), other));
        world.inject(Fault::Block(other, NodeId(node)));
    }
}

#[test]
fn whoever_was_away_for_two_hundred_milestones_and_several_changes_comes_back() {
    for seed in [4, 5] {
        let mut world = World::new(seed, if seed == 5 { stormy(setup(3)) } else { setup(3) });
        goes_on(&mut world, 0);
        part(&mut world, 3);
        let left = status(&world, 3).height;
        for turn in 0..6 {
            // The fourth seat goes round, and is that of the one who is away in the end.
            let seat = [4, 5, 6, 5, 4, 3][turn];
            let stakes = [(0, 100), (1, 100 + turn as u128), (2, 100), (seat, 100)];
            reform(&mut world, turn % 3, &stakes, &[0, 1, 2]);
            for _ in 0..35 {
                goes_on(&mut world, turn % 3);
            }
        }
        assert!(status(&world, 0).height.0 > left.0 + 200);
        assert_eq!(status(&world, 3).height, left);
        world.inject(Fault::HealLinks);
        let is_back = |world: &World| status(world, 3).milestone == status(world, 0).milestone;
        assert!(world.run_until(LIMIT, is_back), "{:?}", status(&world, 3));
        assert_eq!(status(&world, 3).stake, Some(Stake(100)));
        // It votes: without it three of four are left, and with it another may go.
        world.crash(NodeId(0));
        goes_on(&mut world, 3);
        world.start(NodeId(0));
        check(&mut world);
    }
}

/// The changes of the crash tests: one member leaves for another, whose stake then grows.
fn two_changes(world: &mut World) -> [Request; 2] {
    let first = appoint(world, 0, &[(0, 100), (1, 100), (2, 100), (4, 100)]);
    for number in 0..10 {
        write(world, 1, "load", number);
        world.run_for(MS(4));
    }
    let second = appoint(world, 0, &[(0, 100), (1, 100), (2, 100), (4, 120)]);
    [first, second]
}

#[test]
fn a_crash_around_a_change_at_any_moment_changes_nothing() {
    for (moment, victim) in (0..30).flat_map(|moment| [(5 * moment, 1), (5 * moment, 3), (5 * moment, 4)]) {
        let mut world = World::new(moment, setup(1));
        goes_on(&mut world, 0);
        world.schedule_fault(MS(moment), Fault::Crash(NodeId(victim)));
        world.schedule_fault(MS(moment + 150), Fault::Start(NodeId(victim)));
        let requests = if victim == 1 {
            // A node that is down takes no write.
            [100, 120].map(|stake| {
                let request = appoint(&mut world, 0, &[(0, 100), (1, 100), (2, 100), (4, stake)]);
                world.run_for(MS(40));
                request
            })
        } else {
            two_changes(&mut world)
        };
        for request in requests {
            becomes_final(&mut world, 0, request);
        }
        world.run_for(MS(moment + 150));
        assert_eq!(world.up().len(), 5);
        goes_on(&mut world, 4);
        assert_eq!(replica(&world, victim).committee(), &committee(&[(0, 100), (1, 100), (2, 100), (4, 120)]));
        check(&mut world);
    }
}

#[test]
fn all_crash_around_a_change_and_go_on_with_the_committee_of_their_height() {
    for moment in (0..120).step_by(6) {
        let mut world = World::new(moment, setup(1));
        goes_on(&mut world, 0);
        let request = appoint(&mut world, 0, &[(0, 100), (1, 100), (2, 100), (4, 100)]);
        world.run_for(MS(moment));
        for node in world.nodes() {
            world.crash(node);
        }
        for node in world.nodes() {
            world.start(node);
        }
        // What was not acknowledged may be lost with the crash.
        if world.outcome(NodeId(0), request).durable.is_none() {
            appoint(&mut world, 0, &[(0, 100), (1, 100), (2, 100), (4, 100)]);
        }
        assert!(world.run_until(LIMIT, |world| status(world, 4).stake.is_some()), "{moment}: {:?}", status(&world, 0));
        goes_on(&mut world, 4);
        assert_eq!(replica(&world, 3).committee(), &committee(&[(0, 100), (1, 100), (2, 100), (4, 100)]), "{moment}");
        check(&mut world);
    }
}

#[test]
fn a_member_whose_disk_is_lost_votes_again_with_a_committee_that_it_never_saw() {
    let mut world = World::new(6, setup(4));
    goes_on(&mut world, 0);
    let all_new = [(4, 100), (5, 100), (6, 100), (7, 100), (3, 100)];
    reform(&mut world, 0, &all_new, &[0, 3, 4, 5, 6, 7]);
    for _ in 0..10 {
        goes_on(&mut world, 4);
    }
    world.inject(Fault::WipeDisk(NodeId(3)));
    world.start(NodeId(3));
    for _ in 0..10 {
        goes_on(&mut world, 5);
    }
    let is_back = |world: &World| status(world, 3).milestone == status(world, 4).milestone;
    assert!(world.run_until(LIMIT, is_back), "{:?}", status(&world, 3));
    // Of five with equal stakes four are needed: it is one of them.
    world.crash(NodeId(4));
    goes_on(&mut world, 5);
    world.start(NodeId(4));
    check(&mut world);
}

#[test]
fn tb22_what_is_no_committee_is_ignored_by_all_alike() {
    let mut world = World::new(7, setup(1));
    let before = committee(&FOUR);
    let huge = (u128::MAX >> 2).to_string();
    for junk in [
        json!({}),
        json!({ "nobody": 1 }),
        json!({ address(0).to_string(): 0 }),
        json!({ address(0).to_string(): huge, address(4).to_string(): 1 }),
        json!({ address(0).to_string(): 100, address(0).to_string().to_lowercase(): 100 }),
        json!([1, 2, 3]),
    ] {
        let request = name(&mut world, 1, junk);
        becomes_final(&mut world, 1, request);
        assert_eq!(replica(&world, 1).committee(), &before);
    }
    let mended = [&FOUR[..3], &[(4, 100)]].concat();
    reform(&mut world, 1, &mended, &[0, 1, 2, 3, 4]);
    check(&mut world);
}

/// This many members are replaced by followers, and become Byzantine with the keys of all replaced members.
fn replaced_members_turn(seed: u64, leaving: usize, setup: Setup) -> World {
    let keys: Vec<SecretKey> = (0..leaving as u64).map(SecretKey::simulated).collect();
    let mut world = World::new(seed, setup);
    for node in 0..leaving {
        let insider = world.insider(NodeId(node)).unwrap();
        world.corrupt(NodeId(node), Box::new(Reconfigurer::new(insider, keys.clone())));
    }
    let members: Vec<(usize, u128)> = (leaving..leaving + 4).map(|node| (node, 100)).collect();
    let height = reform(&mut world, 3, &members, &[leaving, leaving + 1, leaving + 2, leaving + 3]);
    for turn in 0..40 {
        goes_on(&mut world, leaving + turn % 4);
        world.run_for(MS(100));
    }
    assert!(status(&world, leaving).height.0 > height.0 + 30);
    world
}

#[test]
fn tb21_replaced_members_with_all_their_keys_certify_nothing_and_accuse_nobody() {
    let mut accused = BTreeSet::new();
    for (seed, leaving) in (0..16).zip([2, 3, 4].into_iter().cycle()) {
        let setup = if seed % 2 == 0 { stormy(setup(4)) } else { setup(4) };
        let mut world = replaced_members_turn(seed, leaving, setup);
        let honest: Vec<usize> = (leaving..8).collect();
        let milestone = |world: &World, node: &usize| (status(world, *node).milestone, status(world, *node).finalised);
        world.inject(Fault::SetLinks(LinkModel::default()));
        let level = |world: &World| honest.iter().all(|node| milestone(world, node) == milestone(world, &honest[0]));
        assert!(world.run_until(LIMIT, level), "seed {seed}");
        world.check_all();
        assert_eq!(world.violations(), [], "seed {seed}, {leaving} leave");
        let culprits: BTreeSet<_> = (0..leaving).map(address).collect();
        for node in honest {
            assert!(world.accused(NodeId(node)).is_subset(&culprits), "seed {seed}: an honest key is accused");
            accused.extend(world.accused(NodeId(node)).iter().copied());
        }
    }
    println!("accused: {accused:?}");
}

/// Draws, the same for the same seed.
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, bound: u64) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound).unwrap()
    }

    /// Four to eight of eight nodes, none of which has a third of the stake.
    fn members(&mut self) -> Vec<(usize, u128)> {
        let first = self.below(8);
        (0..4 + self.below(5)).map(|seat| ((first + seat) % 8, 100 + self.below(20) as u128)).collect()
    }
}

/// A world of eight nodes in which somebody appoints somebody all the time, while nodes die, disks are lost and links fail.
fn turmoil(seed: u64) -> World {
    let mut draws = SplitMix(seed);
    let mut world = World::new(seed, if draws.below(2) == 0 { stormy(setup(4)) } else { setup(4) });
    for turn in 0..60 {
        let up = world.up();
        let node = up[draws.below(up.len() as u64)];
        match draws.below(12) {
            0..=3 => {
                let members = draws.members();
                appoint(&mut world, node.0, &members);
            }
            4..=6 => {
                write(&mut world, node.0, "k", turn);
            }
            7 if up.len() > 6 => world.crash(node),
            8 => world.nodes().into_iter().for_each(|node| world.start(node)),
            9 => part(&mut world, node.0),
            10 => world.inject(Fault::HealLinks),
            // One disk at the most, so that those who are left hold everything.
            11 if turn == 11 => world.inject(Fault::WipeDisk(node)),
            _ => {}
        }
        world.run_for(MS(20 + draws.below(200) as u64));
    }
    world.inject(Fault::HealLinks);
    world.inject(Fault::SetLinks(LinkModel::default()));
    world.nodes().into_iter().for_each(|node| world.start(node));
    world
}

/// How many seeds: more where somebody hunts.
fn seeds(many: u64) -> u64 {
    std::env::var("QUORATE_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(many)
}

#[test]
fn whoever_applied_the_same_milestones_names_the_same_committee_whatever_happened_meanwhile() {
    let mut changes = 0;
    for seed in 0..seeds(40) {
        let mut world = turmoil(seed);
        // What was written apart comes together first: else it is concurrent to what is appointed last.
        assert!(world.run_until(LIMIT, World::is_level), "seed {seed}: {:?}", status(&world, 0));
        let everybody: Vec<(usize, u128)> = (0..8).map(|node| (node, 100)).collect();
        let request = appoint(&mut world, 0, &everybody);
        assert!(world.run_until(LIMIT, |world| is_final(world, 0, request)), "seed {seed}: {:?}", status(&world, 0));
        let has_all = |world: &World, node: &NodeId| replica(world, node.0).committee() == &committee(&everybody);
        assert!(world.run_until(LIMIT, |world| world.nodes().iter().all(|node| has_all(world, node))), "seed {seed}");
        goes_on(&mut world, 7);
        check(&mut world);
        let last = status(&world, 0).height.0;
        let of = |height| replica(&world, 0).committee_of(Height(height)).cloned();
        changes += (1..last).filter(|height| of(*height) != of(height + 1)).count();
    }
    println!("{changes} changes");
    assert!(changes > 200, "{changes} changes are too few to learn from");
}
