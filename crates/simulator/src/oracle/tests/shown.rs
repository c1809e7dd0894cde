//! I5, I6, I9, I10, I13: what nodes show, hold and do.

use std::time::Duration;

use quorate_event::{Digest, Height, Parameters};
use quorate_replica::{BufferSizes, Intent, Replica};
use serde_json::json;

use super::court::Court;
use super::durability::NOW;
use crate::deed::Deed;
use crate::oracle::bounds::Sizes;
use crate::oracle::digests::{misread, write_canonical};
use crate::oracle::rebuild::{Shown, from_disk, from_peer};
use crate::oracle::verdict::rebuilt;
use crate::oracle::{Oracle, Violation};
use crate::world::{Node, Setup, World};

const OTHER: Digest = Digest::new([5; 32]);

#[test]
fn i5_two_nodes_that_hold_the_same_and_show_something_else_are_found() {
    let mut court = Court::four();
    let event = court.event(0, 1, &[court.root()]);
    let status = Replica::recover(court.config(0), [], &[], NOW).unwrap().0.status();
    let mut other = status.clone();
    other.merged = OTHER;
    court.oracle.showed(Node(0), &status);
    court.oracle.showed(Node(1), &status);
    court.oracle.admitted(Node(2), &event.id());
    court.oracle.showed(Node(2), &other);
    assert_eq!(court.found(), [], "another set may show something else");
    court.oracle.showed(Node(1), &other);
    assert!(matches!(court.only(), Violation::Differs { node: Node(1), other: Node(0), .. }));
    other.finalised = OTHER;
    court.oracle.showed(Node(2), &other);
    assert_eq!(court.found().len(), 2, "after the same milestone the same is final");
}

#[test]
fn i5_a_digest_that_is_not_that_of_what_is_shown_is_found() {
    let value = json!({ "b": [1, -2, 1.0], "a": { "\u{20ac}": null, "\r": true, "1": "\u{1f600}\n" } });
    let digest = quorate_replica::digest(&value);
    let mut document = ("d".to_owned(), value, digest, Some(digest));
    let entry = quorate_event::merkle::entry(b"d", digest);
    let root = quorate_event::merkle::root(&[entry]);
    assert_eq!(misread(std::slice::from_ref(&document), root), None);
    assert!(misread(std::slice::from_ref(&document), OTHER).is_some());
    document.1["b"] = json!(0);
    assert_eq!(misread(&[document], root), Some("d".to_owned()));
    assert!(!write_canonical(&json!([0.5]), &mut String::new()));
}

#[test]
fn i5_a_node_that_has_not_caught_up_is_found() {
    let mut world = World::new(1, Setup::equal(4, Parameters::default()));
    for other in 0..3 {
        world.perform(Deed::Block(Node(other), Node(3)));
    }
    world.write(Node(0), Intent::Put { document: "d".to_owned(), value: json!({ "a": 1 }) });
    world.run_for(Duration::from_secs(5));
    assert!(!world.expect_level());
    assert_eq!(world.violations(), [Violation::NotLevel { node: Node(3), other: Node(0) }]);
    world.perform(Deed::Heal);
    world.run_for(Duration::from_secs(20));
    assert!(world.expect_level());
}

#[test]
fn i6_a_replica_that_shows_something_else_when_it_is_built_anew_is_found() {
    let court = Court::four();
    let first = court.event(0, 1, &[court.root()]);
    let second = court.event(0, 2, &[first.id()]);
    let disk = [first, court.event(1, 1, &[court.root()]), second];
    let running: Shown = Replica::recover(court.config(0), disk.clone(), &[], NOW).unwrap().0.status().into();
    let built = |disk: &[_]| (from_disk(court.config(0), disk, &[], NOW), from_peer(court.config(0), disk, NOW));
    let verdict = |running: Shown, disk: &[_]| {
        let (again, elsewhere) = built(disk);
        rebuilt(Some(running), again, elsewhere).map(|(_, is_so)| is_so)
    };
    assert_eq!(verdict(running.clone(), &disk), [true, true]);
    assert_eq!(verdict(running.clone(), &disk[..2]), [false, false]);
    assert_eq!(verdict(Shown { merged: OTHER, ..running.clone() }, &disk), [false, false]);
    assert_eq!(rebuilt(None, Some(running.clone()), None).map(|(_, is_so)| is_so), [true, false]);
    // A disk whose beginning is gone is no replica's.
    assert_eq!(verdict(running, &disk[1..]), [false, false]);
}

#[test]
fn i9_a_network_without_a_quorum_is_found_to_stand_still() {
    let mut world = World::new(1, Setup::equal(4, Parameters::default()));
    assert!(world.expect_milestone(Duration::from_secs(10)).is_some());
    world.crash(Node(2));
    assert!(world.expect_milestone(Duration::from_secs(10)).is_some());
    assert_eq!(world.violations(), []);
    world.crash(Node(3));
    assert_eq!(world.expect_milestone(Duration::from_secs(10)), None);
    assert!(matches!(world.violations(), [Violation::NoMilestone { .. }]));
}

#[test]
fn i9_more_views_than_there_can_be_unlucky_ones_are_found() {
    let mut court = Court::four();
    court.oracle.took(Height(1), 3);
    assert_eq!(court.found(), []);
    court.oracle.took(Height(2), 4);
    assert_eq!(court.only(), &Violation::TooManyViews { height: Height(2), views: 4, bound: 3 });
}

#[test]
fn i10_whatever_outgrows_its_bound_is_found() {
    let held = BufferSizes { views: 3, votes: 4 * 36, proposals: 20, certificates: 11, future_height: 20 };
    let within = Sizes { waiting: 5 * 256, wanted: 65_536, vote_log_bytes: 4 << 20, held };
    let beyond = [
        Sizes { waiting: within.waiting + 1, ..within },
        Sizes { wanted: within.wanted + 1, ..within },
        Sizes { vote_log_bytes: 5 << 20, ..within },
        Sizes { held: BufferSizes { votes: held.votes + 1, ..held }, ..within },
        Sizes { held: BufferSizes { proposals: held.proposals + 1, ..held }, ..within },
        Sizes { held: BufferSizes { views: 2, ..held }, ..within },
        Sizes { held: BufferSizes { future_height: held.future_height + 1, ..held }, ..within },
    ];
    let mut court = Court::four();
    court.oracle.measured(Node(1), within);
    assert_eq!(court.found(), []);
    for sizes in beyond {
        let mut court = Court::four();
        court.oracle.measured(Node(1), sizes);
        assert!(matches!(court.only(), Violation::Overgrown { node: Node(1), .. }));
    }
}

#[test]
fn i13_a_panic_names_its_seed() {
    let mut court = Court::four();
    court.oracle.report(Violation::Panicked { seed: 7, what: "overflow".to_owned() });
    assert_eq!(court.only().to_string(), "I13: seed 7 panicked: overflow");
}

#[test]
fn violations_are_kept_up_to_a_bound() {
    let Court { mut oracle, .. } = Court::four();
    for seed in 0..1_000 {
        oracle.report(Violation::Panicked { seed, what: String::new() });
    }
    let kept = |oracle: &Oracle| oracle.violations().len();
    assert_eq!(kept(&oracle), super::super::VIOLATIONS);
}
