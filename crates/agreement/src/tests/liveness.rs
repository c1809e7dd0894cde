//! What gets done, and how soon.

use std::time::Duration;

use quorate_event::*;

use super::world::{AgreementWorld, pairs};
use crate::*;

const EQUAL: [u128; 4] = [100; 4];

#[test]
fn four_of_four_finalise_in_the_first_view() {
    let mut world = AgreementWorld::new(1, &EQUAL, &[]);
    assert!(world.run(10_000, |world| world.all_at(&[0, 1, 2, 3], 20)));
    let first = world.decided_views.values().all(|view| *view == View(0));
    assert!(first, "{:?}", world.decided_views);
}

#[test]
fn a8_three_of_four_finalise_two_do_not_and_who_returns_catches_up() {
    let mut world = AgreementWorld::new(2, &EQUAL, &[]);
    world.crash(3);
    assert!(world.run(60_000, |world| world.all_at(&[0, 1, 2], 8)));
    world.crash(2);
    world.pass(5_000);
    let stalled = world.height(0).max(world.height(1));
    world.pass(60_000);
    assert!(world.height(0).max(world.height(1)) <= stalled + 1);
    let stalled = world.height(0).max(world.height(1));
    world.start(3);
    assert!(world.run(60_000, |world| world.all_at(&[0, 1, 3], stalled + 3)));
    world.start(2);
    assert!(world.run(60_000, |world| world.all_at(&[0, 1, 2, 3], stalled + 6)));
}

#[test]
fn a8_a_silent_leader_costs_one_view() {
    let mut world = AgreementWorld::new(3, &EQUAL, &[]);
    let led_first = |height: u64| leader(&world.genesis.committee, ProposalId::NONE, Height(height), View(0));
    let silent = 2;
    let address = world.nodes[silent].key.address();
    let turns: Vec<u64> = (1..=12).filter(|height| led_first(*height) == address).collect();
    world.crash(silent);
    assert!(world.run(30_000, |world| world.all_at(&[0, 1, 3], 12)));
    for height in 1..=12 {
        let view = u64::from(turns.contains(&height));
        assert_eq!(world.decided_views[&Height(height)], View(view), "{height}");
    }
}

#[test]
fn a12_an_idle_network_sends_nothing_but_heartbeats() {
    let mut world = AgreementWorld::new(4, &EQUAL, &[]);
    world.run(10_000, |world| world.all_at(&[0, 1, 2, 3], 3));
    for node in 0..4 {
        world.set_work(node, Work::None);
    }
    world.pass(20_000);
    world.sent.clear();
    world.pass(100_000);
    let kinds: Vec<_> = world.sent.iter().map(|(kind, count)| (*kind, *count)).collect();
    let expected = 4 * 100_000 / u64::try_from(HEARTBEAT.as_millis()).unwrap();
    assert_eq!(kinds.len(), 1, "{kinds:?}");
    assert_eq!(kinds[0].0, "position");
    assert!(kinds[0].1.abs_diff(expected) <= 4, "{kinds:?} of {expected}");
    // Idleness is not the leader's silence: the next work is final in the first view.
    let next = world.height(0) + 1;
    for node in 0..4 {
        world.set_work(node, Work::Now);
    }
    assert!(world.run(2_000, |world| world.all_at(&[0, 1, 2, 3], next)));
    assert_eq!(world.decided_views[&Height(next)], View(0));
}

#[test]
fn work_that_ripens_later_is_proposed_then() {
    let mut world = AgreementWorld::new(5, &EQUAL, &[]);
    for node in 0..4 {
        world.set_work(node, Work::None);
    }
    world.pass(1_000);
    let (before, at) = (world.height(0), world.now_ms + 3_000);
    for node in 0..4 {
        world.set_work(node, Work::At(Duration::from_millis(at)));
    }
    world.pass(2_900);
    assert_eq!(world.height(0), before);
    assert!(world.run(1_000, |world| world.all_at(&[0, 1, 2, 3], before + 1)));
}

#[test]
fn the_operator_skips_a_view() {
    let mut world = AgreementWorld::new(6, &EQUAL, &[]);
    for node in 0..4 {
        world.set_work(node, Work::None);
    }
    world.pass(1_000);
    let height = Height(world.height(0) + 1);
    for node in [0, 1] {
        world.give(node, AgreementInput::SkipNow);
    }
    world.pass(500);
    assert!((0..4).all(|node| world.machine(node).status().view == View(1)));
    assert_eq!(world.machine(0).status().height, height);
}

#[test]
fn unequal_stakes_finalise_as_long_as_more_than_two_thirds_are_there() {
    for (stakes, dead, lives) in [
        ([150, 200, 80, 120], 1, false),
        ([150, 200, 80, 120], 0, true),
        ([600, 100, 100, 100], 0, false),
        ([600, 100, 100, 100], 3, true),
        ([1, 1, 1, 1 << 63], 0, true),
    ] {
        let mut world = AgreementWorld::new(7, &stakes, &[]);
        world.crash(dead);
        let before = world.decided.len();
        world.pass(60_000);
        assert_eq!(world.decided.len() > before + 2, lives, "{stakes:?} without {dead}");
    }
}

#[test]
fn an_observer_follows_and_never_votes() {
    let mut world = AgreementWorld::new(8, &EQUAL, &[9]);
    world.nodes[4].votes_here = false;
    world.start(4);
    assert!(world.run(20_000, |world| world.all_at(&[0, 1, 2, 3, 4], 10)));
    assert!(world.nodes[4].log.is_empty());
}

#[test]
fn tb24_a_leader_whose_calendar_is_wrong_costs_its_own_views_only() {
    for skew_ms in [30_000, -30_000] {
        let mut world = AgreementWorld::new(9, &EQUAL, &[]);
        world.crash(1);
        world.nodes[1].skew_ms = skew_ms;
        world.start(1);
        assert!(world.run(60_000, |world| world.all_at(&[0, 1, 2, 3], 16)));
        let views: u64 = world.decided_views.values().map(|view| view.0).sum();
        assert!(views <= 5, "{:?}", world.decided_views);
    }
}

#[test]
fn tb10_a_link_that_works_one_way_only_stops_nobody() {
    for (from, to) in pairs(4) {
        let mut world = AgreementWorld::new(10, &EQUAL, &[]);
        world.cut.insert((from, to));
        assert!(world.run(60_000, |world| world.all_at(&[0, 1, 2, 3], 12)), "{from} to {to}");
    }
    // A member that receives nothing wants to skip every view; it holds less than a third.
    let mut deaf = AgreementWorld::new(11, &EQUAL, &[]);
    deaf.cut.extend([(0, 3), (1, 3), (2, 3)]);
    assert!(deaf.run(60_000, |world| world.all_at(&[0, 1, 2], 12)));
}
