//! Authors who sign two events where an honest one signs one.

use std::time::Duration;

use quorate_event::{Height, Lane, Seq, Timestamp};

use crate::drawing::{Drawing, NETWORK, draw, event};
use crate::{DropReason, Equivocation, Graph, Insertion, LaneError, Origin};

fn merged(drawn: &Drawing, names: &str) -> String {
    let names = names.split(' ');
    let counting = names.filter(|name| drawn.graph.counts_merged(drawn.id(name)));
    counting.collect::<Vec<_>>().join(" ")
}

#[test]
fn ta7_both_branches_are_admitted_and_are_the_evidence() {
    let mut drawn = draw("a1; a2 <- a1");
    let other = drawn.make("a2' <- a1");
    let Insertion::Ready { equivocations, .. } = drawn.insert(other) else {
        panic!("a branch is admitted");
    };
    let (one, two) = (drawn.id("a2"), drawn.id("a2'"));
    let evidence = Equivocation {
        author: Drawing::author("a"),
        lane: Lane(1),
        seq: Seq(2),
        first: one.min(two),
        second: one.max(two),
    };
    assert_eq!(equivocations, [evidence]);
    assert_eq!(drawn.graph.equivocations(), [evidence]);
    assert_eq!(drawn.graph.equivocators(), [Drawing::author("a")]);
    assert!(drawn.graph.contains(one) && drawn.graph.contains(two));
}

#[test]
fn two_first_events_of_a_lane_are_an_equivocation_and_two_lanes_are_none() {
    assert_eq!(draw("a1; a1'").graph.equivocations().len(), 1);
    let mut drawn = draw("a1");
    let parents = vec![NETWORK.event_id()];
    drawn.insert(event(u64::from(b'a'), Lane(2), Seq(1), parents, Timestamp(0)));
    assert_eq!((drawn.graph.len(), drawn.graph.equivocations().len()), (3, 0));
}

#[test]
fn a_third_branch_is_dropped_until_somebody_cites_it() {
    let mut drawn = draw("a1; a2 <- a1; a2' <- a1");
    let third = drawn.make("a2'' <- a1");
    let dropped = Insertion::Dropped(DropReason::Branches);
    assert_eq!(drawn.insert(third.clone()), dropped);
    let citing = drawn.make("b1 <- a2''");
    assert!(matches!(drawn.insert(citing.clone()), Insertion::Waiting { .. }));
    let Insertion::Ready { admitted, equivocations, .. } = drawn.insert(third.clone()) else {
        panic!("a cited branch is admitted");
    };
    assert_eq!(admitted, [third, citing]);
    assert_eq!(equivocations.len(), 1);
    assert_eq!(drawn.graph.equivocations().len(), 2);
    let deeper = drawn.make("a3'' <- a2''");
    assert!(matches!(drawn.insert(deeper), Insertion::Ready { .. }));
}

#[test]
fn a_third_branch_that_a_proposal_cites_is_admitted_and_others_still_are_not() {
    let mut drawn = draw("a1; a2 <- a1; a2' <- a1");
    let (third, fourth) = (drawn.make("a2'' <- a1"), drawn.make("a2''' <- a1"));
    drawn.graph.cite(&[third.id()]);
    assert_eq!(drawn.insert(fourth), Insertion::Dropped(DropReason::Branches));
    assert!(matches!(drawn.insert(third), Insertion::Ready { .. }));
}

#[test]
fn a_third_branch_that_was_admitted_once_is_read_back_from_the_store_before_what_cites_it() {
    let mut graph = Graph::new(NETWORK.event_id());
    for branch in 0..4 {
        let vertex = event(1, Lane(1), Seq(1), vec![NETWORK.event_id()], Timestamp(branch));
        let inserted = graph.insert(vertex, Origin::Local, Duration::ZERO);
        assert!(matches!(inserted, Insertion::Ready { .. }), "branch {branch}");
    }
    assert_eq!(graph.equivocations().len(), 3);
}

#[test]
fn a_branch_below_an_earlier_one_is_counted_too() {
    let mut drawn = draw("a1; a2; a3; a4; a4' <- a3; a2' <- a1; a3' <- a2'");
    for (statement, fits) in [("a3'' <- a2", false), ("a4'' <- a3'", false), ("a5' <- a4'", true)] {
        let vertex = drawn.make(statement);
        let inserted = drawn.insert(vertex);
        assert_eq!(matches!(inserted, Insertion::Ready { .. }), fits, "{statement}");
    }
    assert_eq!(drawn.graph.equivocations().len(), 2);
}

#[test]
fn ta8_of_ten_thousand_branches_two_are_kept() {
    let mut graph = Graph::new(NETWORK.event_id());
    let mut kept = 0;
    for branch in 0..10_000 {
        let vertex = event(1, Lane(1), Seq(1), vec![NETWORK.event_id()], Timestamp(branch));
        let inserted = graph.insert(vertex, Origin::Peer(1), Duration::ZERO);
        kept += u32::from(matches!(inserted, Insertion::Ready { .. }));
    }
    assert_eq!((kept, graph.len(), graph.waiting().vertices), (2, 3, 0));
    assert_eq!(graph.equivocations().len(), 1);
}

#[test]
fn until_condemned_an_equivocator_s_event_counts_if_an_honest_author_built_on_it() {
    let mut drawn = draw("a1; b1 <- a1; a2 <- a1; a2' <- a1");
    assert_eq!(merged(&drawn, "a1 b1 a2 a2'"), "a1 b1");
    drawn.add("a3 <- a2; c1 <- a3");
    assert_eq!(merged(&drawn, "a1 b1 a2 a2' a3 c1"), "a1 b1 a2 a3 c1");
    // When c turns out to equivocate too, its word for a2 and a3 is worth nothing; b's stands.
    drawn.add("c1'");
    assert_eq!(merged(&drawn, "a1 b1 a2 a2' a3 c1 c1'"), "a1 b1");
    drawn.add("d1 <- c1");
    assert_eq!(merged(&drawn, "a1 b1 a2 a2' a3 c1 c1'"), "a1 b1 a2 a3 c1");
}

#[test]
fn g4_what_the_condemning_milestone_does_not_cover_is_void() {
    let mut drawn = draw("a1; a2 <- a1; a2' <- a1; b1 <- a2,a2'; a3 <- a2");
    assert!(!drawn.graph.is_void(drawn.id("a3")));
    drawn.add("M1 <- b1; a3' <- a2'");
    let author = Drawing::author("a");
    assert_eq!(drawn.graph.condemned(author), Some(Height(1)));
    for (name, void) in [("a1", false), ("a2", false), ("a2'", false), ("a3", true), ("a3'", true)] {
        assert_eq!(drawn.graph.is_void(drawn.id(name)), void, "{name}");
    }
    assert_eq!(drawn.graph.coverable(), 0);
    assert!(matches!(drawn.graph.parents_for(author, Lane(2)), Err(LaneError::Condemned { .. })));
    // Void for ever, though covered later as somebody's past.
    drawn.add("c1 <- a3; M2 <- c1");
    assert_eq!(drawn.graph.covered_at(drawn.id("a3")), Some(Height(2)));
    assert!(drawn.graph.is_void(drawn.id("a3")));
    assert!(!drawn.graph.counts_merged(drawn.id("a3")));
}

#[test]
fn one_branch_covered_does_not_condemn_and_the_second_one_does() {
    let mut drawn = draw("a1; a2 <- a1; a2' <- a1; M1 <- a2");
    assert_eq!(drawn.graph.condemned(Drawing::author("a")), None);
    drawn.add("b1 <- a2'; M2 <- b1");
    assert_eq!(drawn.graph.condemned(Drawing::author("a")), Some(Height(2)));
    assert!(!drawn.graph.is_void(drawn.id("a2'")));
}

#[test]
fn void_heads_are_neither_cited_nor_named_by_a_cut() {
    let mut drawn = draw("a1; a2 <- a1; a2' <- a1; b1 <- a2,a2'; M1 <- b1");
    drawn.add("c1; a3 <- a2,c1; a4 <- a3; a3' <- a2'");
    let (_, parents) = drawn.graph.parents_for(Drawing::author("e"), Lane(1)).unwrap();
    assert_eq!(drawn.sorted_names(parents), "M0 M1 c1");
    let all = crate::Weight { events: 100, bytes: 1_000_000 };
    assert_eq!(drawn.names(drawn.graph.cut(all).unwrap()), "c1");
    // Cited before its condemnation was known, say: it comes along as a past and weighs nothing.
    drawn.add("d1 <- a4");
    let one = crate::Weight { events: 1, ..all };
    assert_eq!(drawn.names(drawn.graph.cut(one).unwrap()), "c1");
    let heads = drawn.graph.cut(all).unwrap();
    assert_eq!(drawn.names(heads.iter().copied()), "d1");
    let newly = drawn.graph.newly_covered(drawn.id("M1"), &heads).unwrap();
    assert_eq!(drawn.names(newly.iter().copied()), "c1 a3 a4 d1");
    assert_eq!(drawn.graph.weight(&newly).events, 2);
}

#[test]
fn an_equivocator_s_branches_are_not_in_each_other_s_past() {
    let drawn = draw("a1; a2 <- a1; a3 <- a2; a2' <- a1; b1 <- a3; c1 <- a2'");
    let precedes = |a, b| drawn.graph.precedes(drawn.id(a), drawn.id(b));
    // The clock of b1 says a:3, yet a2' with its seq of 2 is not below it.
    assert!(precedes("a2", "b1") && !precedes("a2'", "b1"));
    assert!(precedes("a2'", "c1") && !precedes("a2", "c1"));
    assert!(precedes("a1", "c1") && !precedes("a2", "a2'"));
}

#[test]
fn a_covered_event_of_an_equivocator_counts_while_its_other_branch_is_uncovered() {
    let drawn = draw("a1; a2 <- a1; a2' <- a1; c1 <- a2; M1 <- c1");
    assert_eq!(merged(&drawn, "a1 a2 a2' c1"), "a1 a2 c1");
}
