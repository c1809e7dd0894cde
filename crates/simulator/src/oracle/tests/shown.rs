//! I5, I6, I9, I10, I13: what nodes show, hold and do.

use std::time::Duration;

use quorate_event::{Digest, Height, Parameters};
use quorate_replica::{BufferSizes, Intent, Replica};
use serde_json::json;

use super::durability::NOW;
use super::fixture::OracleFixture;
use crate::fault::Fault;
use crate::node_id::NodeId;
use crate::oracle::bounds::Sizes;
use crate::oracle::digests::{DocumentReading, misread, write_canonical};
use crate::oracle::examine::rebuilt;
use crate::oracle::rebuild::{VisibleState, from_disk, from_peer};
use crate::oracle::{Oracle, Violation};
use crate::world::{Setup, World};

const OTHER: Digest = Digest::new([5; 32]);

#[test]
fn i5_two_nodes_that_hold_the_same_and_show_something_else_are_found() {
    let mut fixture = OracleFixture::four();
    let event = fixture.event(0, 1, &[fixture.root()]);
    let status = Replica::recover(fixture.config(0), [], &[], NOW).unwrap().0.status();
    let mut other = status.clone();
    other.merged = OTHER;
    fixture.oracle.showed(NodeId(0), &status);
    fixture.oracle.showed(NodeId(1), &status);
    fixture.oracle.admitted(NodeId(2), &event.id());
    fixture.oracle.showed(NodeId(2), &other);
    assert_eq!(fixture.found(), [], "another set may show something else");
    fixture.oracle.showed(NodeId(1), &other);
    assert!(matches!(fixture.only(), Violation::Differs { node: NodeId(1), other: NodeId(0), .. }));
    other.finalised = OTHER;
    fixture.oracle.showed(NodeId(2), &other);
    assert_eq!(fixture.found().len(), 2, "after the same milestone the same is final");
}

#[test]
fn i5_a_digest_that_is_not_that_of_what_is_shown_is_found() {
    let value = json!({ "b": [1, -2, 1.0], "a": { "\u{20ac}": null, "\r": true, "1": "\u{1f600}\n" } });
    let digest = quorate_replica::digest(&value);
    let mut document = DocumentReading { name: "d".to_owned(), value, digest, in_root: Some(digest) };
    let entry = quorate_event::merkle::entry(b"d", digest);
    let root = quorate_event::merkle::root(&[entry]);
    assert_eq!(misread(std::slice::from_ref(&document), root), None);
    assert!(misread(std::slice::from_ref(&document), OTHER).is_some());
    document.value["b"] = json!(0);
    assert_eq!(misread(&[document], root), Some("d".to_owned()));
    assert!(!write_canonical(&json!([0.5]), &mut String::new()));
}

#[test]
fn i5_a_node_that_has_not_caught_up_is_found() {
    let mut world = World::new(1, Setup::equal(4, Parameters::default()));
    for other in 0..3 {
        world.inject(Fault::Block(NodeId(other), NodeId(3)));
    }
    world.write(NodeId(0), Intent::Put { document: "d".to_owned(), value: json!({ "a": 1 }) });
    world.run_for(Duration::from_secs(5));
    assert!(!world.expect_level());
    assert_eq!(world.violations(), [Violation::NotLevel { node: NodeId(3), other: NodeId(0) }]);
    world.inject(Fault::HealLinks);
    world.run_for(Duration::from_secs(20));
    assert!(world.expect_level());
}

#[test]
fn i6_a_replica_that_shows_something_else_when_it_is_built_anew_is_found() {
    let fixture = OracleFixture::four();
    let first = fixture.event(0, 1, &[fixture.root()]);
    let second = fixture.event(0, 2, &[first.id()]);
    let disk = [first, fixture.event(1, 1, &[fixture.root()]), second];
    let running: VisibleState = Replica::recover(fixture.config(0), disk.clone(), &[], NOW).unwrap().0.status().into();
    let built = |disk: &[_]| (from_disk(fixture.config(0), disk, &[], NOW), from_peer(fixture.config(0), disk, NOW));
    let verdict = |running: VisibleState, disk: &[_]| {
        let (again, elsewhere) = built(disk);
        rebuilt(Some(running), again, elsewhere).map(|(_, is_so)| is_so)
    };
    assert_eq!(verdict(running.clone(), &disk), [true, true]);
    assert_eq!(verdict(running.clone(), &disk[..2]), [false, false]);
    assert_eq!(verdict(VisibleState { merged: OTHER, ..running.clone() }, &disk), [false, false]);
    assert_eq!(rebuilt(None, Some(running.clone()), None).map(|(_, is_so)| is_so), [true, false]);
    // A disk whose beginning is gone is no replica's.
    assert_eq!(verdict(running, &disk[1..]), [false, false]);
}

#[test]
fn i9_a_network_without_a_quorum_is_found_to_stand_still() {
    let mut world = World::new(1, Setup::equal(4, Parameters::default()));
    assert!(world.expect_milestone(Duration::from_secs(10)).is_some());
    world.crash(NodeId(2));
    assert!(world.expect_milestone(Duration::from_secs(10)).is_some());
    assert_eq!(world.violations(), []);
    world.crash(NodeId(3));
    assert_eq!(world.expect_milestone(Duration::from_secs(10)), None);
    assert!(matches!(world.violations(), [Violation::NoMilestone { .. }]));
}

#[test]
fn i9_more_views_than_there_can_be_unlucky_ones_are_found() {
    let mut fixture = OracleFixture::four();
    fixture.oracle.took(Height(1), 3);
    assert_eq!(fixture.found(), []);
    fixture.oracle.took(Height(2), 4);
    assert_eq!(fixture.only(), &Violation::TooManyViews { height: Height(2), views: 4, bound: 3 });
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
    let mut fixture = OracleFixture::four();
    fixture.oracle.measured(NodeId(1), within);
    assert_eq!(fixture.found(), []);
    for sizes in beyond {
        let mut fixture = OracleFixture::four();
        fixture.oracle.measured(NodeId(1), sizes);
        assert!(matches!(fixture.only(), Violation::Overgrown { node: NodeId(1), .. }));
    }
}

#[test]
fn i13_a_panic_names_its_seed() {
    let mut fixture = OracleFixture::four();
    fixture.oracle.report(Violation::Panicked { seed: 7, what: "overflow".to_owned() });
    assert_eq!(fixture.only().to_string(), "I13: seed 7 panicked: overflow");
}

#[test]
fn violations_are_kept_up_to_a_bound() {
    let OracleFixture { mut oracle, .. } = OracleFixture::four();
    for seed in 0..1_000 {
        oracle.report(Violation::Panicked { seed, what: String::new() });
    }
    let kept = |oracle: &Oracle| oracle.violations().len();
    assert_eq!(kept(&oracle), crate::oracle::state::VIOLATIONS);
}
