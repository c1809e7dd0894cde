//! One vertex at the door.

use std::time::Duration;

use quorate_event::{EventId, Height, Lane, Seq, Timestamp, VerifiedVertex};

use crate::drawing::{Drawing, NETWORK, draw, event, milestone};
use crate::{Graph, Insertion, InvalidVertex, LaneError, Origin, Relation};

fn insert(graph: &mut Graph, vertex: VerifiedVertex) -> Insertion {
    graph.insert(vertex, Origin::Peer(1), Duration::ZERO)
}

fn ready(inserted: Insertion) -> Vec<EventId> {
    match inserted {
        Insertion::Ready { admitted, .. } => admitted.iter().map(VerifiedVertex::id).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_graph_begins_with_m0_covered_at_height_0() {
    let graph = Graph::new(NETWORK.event_id());
    let genesis = NETWORK.event_id();
    assert_eq!(graph.heads(), [genesis]);
    assert_eq!(graph.last_milestone(), (Height(0), genesis));
    assert_eq!(graph.covered_at(genesis), Some(Height(0)));
    assert_eq!((graph.depth(genesis), graph.len()), (Some(0), 1));
    assert_eq!(graph.author(genesis), None);
}

#[test]
fn a_vertex_waits_for_its_parents_and_is_released_with_them() {
    let mut drawn = draw("");
    let (a1, a2) = (drawn.make("a1"), drawn.make("a2 <- a1"));
    let b1 = drawn.make("b1 <- a2");
    let missing = vec![a2.id()];
    assert_eq!(drawn.insert(b1.clone()), Insertion::Waiting { missing: missing.clone() });
    assert_eq!(drawn.insert(b1.clone()), Insertion::Waiting { missing });
    assert_eq!(drawn.insert(a2.clone()), Insertion::Waiting { missing: vec![a1.id()] });
    assert_eq!(drawn.graph.missing().collect::<Vec<_>>(), [a1.id()]);
    assert_eq!(drawn.graph.waiting().vertices, 2);
    let order = [a1.id(), a2.id(), b1.id()];
    assert_eq!(ready(drawn.insert(a1)), order);
    assert_eq!(drawn.graph.missing().count(), 0);
    assert_eq!(drawn.graph.waiting(), crate::WaitingRoomSize::default());
}

#[test]
fn a_first_parent_that_is_not_the_lane_s_previous_event_is_refused() {
    let mut drawn = draw("a1; a2; b1");
    let (a1, a2, b1) = (drawn.id("a1"), drawn.id("a2"), drawn.id("b1"));
    let genesis = NETWORK.event_id();
    let a = u64::from(b'a');
    for (lane, seq, parents) in [
        (1, 3, vec![b1, a2]),
        (1, 3, vec![genesis, a2]),
        (1, 4, vec![a2]),
        (1, 3, vec![a1]),
        (2, 3, vec![a2]),
        (2, 2, vec![genesis]),
    ] {
        let vertex = event(a, Lane(lane), Seq(seq), parents, Timestamp(0));
        assert_eq!(insert(&mut drawn.graph, vertex), Insertion::Refused(InvalidVertex::NotThePrevious));
    }
}

#[test]
fn the_last_seq_of_all_is_refused_and_not_counted_up() {
    let mut drawn = draw("a1");
    for seq in [u64::MAX, u64::from(u32::MAX) + 2] {
        let a1 = drawn.id("a1");
        let vertex = event(u64::from(b'a'), Lane(1), Seq(seq), vec![a1], Timestamp(0));
        let inserted = insert(&mut drawn.graph, vertex);
        assert_eq!(inserted, Insertion::Refused(InvalidVertex::NotThePrevious));
    }
}

#[test]
fn a_milestone_follows_the_milestone_of_the_height_below() {
    let mut drawn = draw("a1; b1");
    let (a1, b1) = (drawn.id("a1"), drawn.id("b1"));
    let refused = Insertion::Refused(InvalidVertex::NotTheMilestoneBelow);
    for (height, previous) in [(2, NETWORK.event_id()), (1, a1)] {
        let vertex = milestone(Height(height), previous, vec![b1]);
        assert_eq!(insert(&mut drawn.graph, vertex), refused);
    }
}

#[test]
fn what_waits_for_a_refused_event_is_refused_with_it() {
    let mut drawn = draw("a1");
    let (a, a1) = (u64::from(b'a'), drawn.id("a1"));
    let missing = drawn.make("b1");
    let bad = event(a, Lane(1), Seq(3), vec![missing.id(), a1], Timestamp(0));
    let after = event(a, Lane(1), Seq(4), vec![bad.id()], Timestamp(0));
    let beside = event(7, Lane(1), Seq(1), vec![NETWORK.event_id(), after.id()], Timestamp(0));
    for vertex in [&after, &beside, &bad] {
        let inserted = insert(&mut drawn.graph, vertex.clone());
        assert!(matches!(inserted, Insertion::Waiting { .. }));
    }
    let Insertion::Ready { refused, .. } = drawn.insert(missing) else {
        panic!("b1 is well-formed");
    };
    let past = InvalidVertex::Past { refused: bad.id() };
    let expected = [(bad.id(), InvalidVertex::NotThePrevious), (after.id(), past), (beside.id(), past)];
    assert_eq!(refused, expected);
    assert_eq!(drawn.graph.waiting(), crate::WaitingRoomSize::default());
    assert_eq!(drawn.graph.missing().count(), 0);
}

#[test]
fn ta4_an_exact_duplicate_is_known_and_stored_once() {
    let mut drawn = draw("a1; b1 <- a1");
    let b1 = drawn.vertex("b1");
    let before = drawn.graph.memory_bytes();
    for _ in 0..100_000 {
        assert_eq!(insert(&mut drawn.graph, b1.clone()), Insertion::Known);
    }
    assert_eq!((drawn.graph.len(), drawn.graph.memory_bytes()), (3, before));
}

#[test]
fn ta11_events_that_cite_each_other_would_have_to_know_their_own_hash() {
    // An event can only name an id that it guesses; the other then names the first one's true id, and waits for ever.
    let mut graph = Graph::new(NETWORK.event_id());
    let guess = EventId::new([9; 32]);
    let first = event(1, Lane(1), Seq(1), vec![NETWORK.event_id(), guess], Timestamp(0));
    let second = event(2, Lane(1), Seq(1), vec![NETWORK.event_id(), first.id()], Timestamp(0));
    insert(&mut graph, first);
    insert(&mut graph, second);
    assert_eq!(graph.missing().collect::<Vec<_>>(), [guess]);
    assert_eq!((graph.len(), graph.waiting().vertices), (1, 2));
}

#[test]
fn ta12_depth_is_computed_and_nothing_can_claim_it() {
    let drawn = draw("a1; a2; a3; b1; c1 <- a3,b1");
    let depth = |name| drawn.graph.depth(drawn.id(name));
    assert_eq!([depth("b1"), depth("a3"), depth("c1")], [Some(1), Some(3), Some(4)]);
}

#[test]
fn ta13_an_event_s_time_changes_no_answer() {
    let build = |times: [u64; 3]| {
        let mut graph = Graph::new(NETWORK.event_id());
        let genesis = NETWORK.event_id();
        let a1 = event(1, Lane(1), Seq(1), vec![genesis], Timestamp(times[0]));
        let b1 = event(2, Lane(1), Seq(1), vec![genesis, a1.id()], Timestamp(times[1]));
        let a2 = event(1, Lane(1), Seq(2), vec![a1.id(), b1.id()], Timestamp(times[2]));
        let ids = [a1.id(), b1.id(), a2.id()];
        for vertex in [a1, b1, a2] {
            insert(&mut graph, vertex);
        }
        let depths = ids.map(|id| graph.depth(id));
        let relations = ids.map(|id| graph.relation(ids[1], id));
        (depths, relations, graph.coverable(), graph.heads() == [ids[2]])
    };
    assert_eq!(build([1, 2, 3]), build([u64::MAX, 0, 1]));
}

#[test]
fn a_missing_entry_of_a_clock_equals_0() {
    let drawn = draw("a1; a2; b1 <- a1; c1 <- a2,b1");
    let clock = |name| drawn.graph.clock(drawn.id(name)).unwrap();
    assert_eq!(clock("M0").relation(&clock("M0")), Relation::Equal);
    assert_eq!(clock("a1").relation(&clock("b1")), Relation::Less);
    assert_eq!(clock("b1").relation(&clock("a1")), Relation::Greater);
    assert_eq!(clock("a2").relation(&clock("b1")), Relation::Incomparable);
    let merged = clock("a2").merge(&clock("b1"));
    assert_eq!(merged.relation(&clock("c1")), Relation::Less);
    assert_eq!(merged.get(Drawing::author("a"), Lane(1)), Seq(2));
    assert_eq!(merged.get(Drawing::author("c"), Lane(1)), Seq(0));
}

#[test]
fn a_new_event_follows_its_lane_and_up_to_fifteen_other_heads_shallowest_first() {
    let mut drawn = draw("z1; z2; z3");
    for author in 0..20 {
        let vertex = event(author, Lane(1), Seq(1), vec![NETWORK.event_id()], Timestamp(0));
        insert(&mut drawn.graph, vertex);
    }
    let (seq, parents) = drawn.graph.parents_for(Drawing::author("q"), Lane(1)).unwrap();
    assert_eq!((seq, parents.len()), (Seq(1), 16));
    assert_eq!(parents[0], NETWORK.event_id());
    assert!(parents[1..].is_sorted());
    assert!(!parents.contains(&drawn.id("z3")));
    let (seq, parents) = drawn.graph.parents_for(Drawing::author("z"), Lane(1)).unwrap();
    assert_eq!((seq, parents[0]), (Seq(4), drawn.id("z3")));
}

#[test]
fn a_lane_that_branches_cannot_be_continued() {
    let drawn = draw("a1; a2 <- a1; a2' <- a1");
    let author = Drawing::author("a");
    let branched = LaneError::Branched { author, lane: Lane(1) };
    assert_eq!(drawn.graph.parents_for(author, Lane(1)), Err(branched));
    assert!(drawn.graph.parents_for(author, Lane(2)).is_ok());
}
