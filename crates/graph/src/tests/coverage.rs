//! Milestones and cuts.

use quorate_event::{EventId, Height, Lane, Seq, Timestamp, keccak256, limits};

use crate::drawing::{NETWORK, draw, event};
use crate::{ApplyError, Blame, CutError, Weight};

const ALL: Weight = Weight { events: u64::MAX, bytes: u64::MAX };

#[test]
fn a_milestone_covers_what_no_earlier_one_covers() {
    let mut drawn = draw("a1; b1; M1 <- a1; a2; c1 <- b1");
    let m2 = drawn.make("M2 <- a2,c1");
    let admitted = drawn.graph.insert(m2.clone(), crate::Origin::Local, std::time::Duration::ZERO);
    assert!(matches!(admitted, crate::Insertion::Ready { .. }));
    assert_eq!(drawn.graph.coverable(), 3);
    let newly = drawn.graph.apply_milestone(m2.id()).unwrap();
    assert_eq!(drawn.sorted_names(newly), "a2 b1 c1");
    assert_eq!(drawn.graph.coverable(), 0);
    assert_eq!(drawn.graph.covered_at(drawn.id("a1")), Some(Height(1)));
    assert_eq!(drawn.graph.covered_at(drawn.id("b1")), Some(Height(2)));
    assert_eq!(drawn.graph.last_milestone(), (Height(2), m2.id()));
}

#[test]
fn milestones_are_applied_one_by_one() {
    let mut drawn = draw("a1; M1 <- a1");
    let (a1, m1) = (drawn.id("a1"), drawn.id("M1"));
    let unknown = EventId::new([1; 32]);
    for (id, error) in [
        (unknown, ApplyError::Unknown { id: unknown }),
        (a1, ApplyError::NotAMilestone { id: a1 }),
        (m1, ApplyError::NotTheNext { id: m1, last: m1 }),
    ] {
        assert_eq!(drawn.graph.apply_milestone(id), Err(error));
    }
}

#[test]
fn heads_that_name_no_cut_are_told_apart() {
    let mut drawn = draw("a1; a2; b1; M1 <- a1,b1; a2' <- a1; c1 <- a2,a2'; M2 <- c1; a3; d1");
    let (last, d1) = (drawn.id("M2"), drawn.id("d1"));
    drawn.add("d2");
    let check = |names: &str| {
        let mut heads: Vec<_> = names.split_whitespace().map(|name| drawn.id(name)).collect();
        heads.sort_unstable();
        drawn.graph.newly_covered(last, &heads)
    };
    assert_eq!(check("d2").unwrap(), [d1, drawn.id("d2")]);
    assert_eq!(check(""), Err(CutError::Heads));
    assert_eq!(check("d2 d2"), Err(CutError::Heads));
    assert_eq!(check("d1 d2"), Err(CutError::NotMaximal { id: d1 }));
    assert_eq!(check("a1"), Err(CutError::NotMaximal { id: drawn.id("a1") }));
    assert_eq!(check("M2"), Err(CutError::NotMaximal { id: last }));
    assert_eq!(check("a3"), Err(CutError::VoidHead { id: drawn.id("a3") }));
    let unknown = EventId::new([1; 32]);
    let missing = drawn.graph.newly_covered(last, &[unknown]).unwrap_err();
    assert_eq!((missing.fault(), missing), (Blame::NotYet, CutError::Missing { ids: vec![unknown] }));
    let stale = drawn.graph.newly_covered(drawn.id("M1"), &[d1]);
    assert_eq!(stale, Err(CutError::NotAfterTheLast { last }));
}

#[test]
fn a_cut_waits_for_a_milestone_in_its_past_to_be_applied() {
    let mut drawn = draw("a1; b1");
    let m1 = drawn.make("M1 <- a1");
    let c1 = drawn.make("c1 <- M1");
    for vertex in [m1.clone(), c1.clone()] {
        drawn.graph.insert(vertex, crate::Origin::Local, std::time::Duration::ZERO);
    }
    assert_eq!(drawn.sorted_names(drawn.graph.cut(ALL).unwrap()), "a1 b1");
    let ahead = drawn.graph.newly_covered(NETWORK.event_id(), &[c1.id()]);
    assert_eq!(ahead, Err(CutError::Ahead { id: m1.id() }));
    drawn.graph.apply_milestone(m1.id()).unwrap();
    assert_eq!(drawn.sorted_names(drawn.graph.cut(ALL).unwrap()), "b1 c1");
}

#[test]
fn a_cut_names_at_most_as_many_heads_as_a_milestone_can() {
    let mut drawn = draw("");
    let mut ids = Vec::new();
    for lane in 0..2_000 {
        let vertex = event(1, Lane(lane), Seq(1), vec![NETWORK.event_id()], Timestamp(0));
        ids.push(vertex.id());
        drawn.insert(vertex);
    }
    ids.sort_unstable();
    assert_eq!(drawn.graph.cut(ALL).unwrap(), ids[..limits::MILESTONE_HEADS]);
    // Events that join many heads make room for more.
    for (lane, sixteen) in (2_000..).zip(ids.chunks(15)) {
        let parents = [NETWORK.event_id()].into_iter().chain(sixteen.iter().copied());
        drawn.insert(event(1, Lane(lane), Seq(1), parents.collect(), Timestamp(0)));
    }
    assert_eq!(drawn.graph.cut(ALL).unwrap().len(), 134);
}

#[test]
fn nothing_coverable_makes_no_cut() {
    assert_eq!(draw("").graph.cut(ALL), None);
    assert_eq!(draw("a1; M1 <- a1").graph.cut(ALL), None);
}

#[test]
fn a_long_void_past_does_not_keep_the_one_who_cites_it_out_of_every_cut() {
    let mut drawn = draw("a1; a1'; b1 <- a1,a1'; M1 <- b1");
    let mut previous = drawn.id("a1");
    for seq in 2..300 {
        let vertex = event(u64::from(b'a'), Lane(1), Seq(seq), vec![previous], Timestamp(0));
        previous = vertex.id();
        drawn.insert(vertex);
    }
    let honest = event(9, Lane(1), Seq(1), vec![NETWORK.event_id(), previous], Timestamp(0));
    drawn.insert(honest.clone());
    let small = Weight { events: 10, bytes: 10_000 };
    assert_eq!(drawn.graph.cut(small), Some(vec![honest.id()]));
    let newly = drawn.graph.newly_covered(drawn.id("M1"), &[honest.id()]).unwrap();
    assert_eq!((newly.len(), drawn.graph.weight(&newly).events), (299, 1));
}

#[test]
fn g6_the_order_is_that_of_the_design() {
    let drawn = draw("a1; b1; c1 <- a1; d1");
    let heads: Vec<_> = drawn.graph.cut(ALL).unwrap();
    let genesis = NETWORK.event_id();
    let newly = drawn.graph.newly_covered(genesis, &heads).unwrap();
    let order = drawn.graph.linearise(&newly, genesis, Height(1), &heads);
    let all: Vec<u8> = heads.iter().flat_map(|head| *head.as_bytes()).collect();
    let seed = keccak256(&[genesis.as_bytes(), &[0, 0, 0, 0, 0, 0, 0, 1], &keccak256(&[&all])]);
    let mut expected = Vec::new();
    while expected.len() < 4 {
        let free = newly.iter().filter(|id| {
            let taken = |parent| parent == genesis || expected.contains(&parent);
            !expected.contains(*id) && drawn.graph.parents(**id).all(taken)
        });
        expected.push(*free.min_by_key(|id| keccak256(&[&seed, id.as_bytes()])).unwrap());
    }
    assert_eq!(order, expected);
    let reversed: Vec<_> = heads.iter().rev().copied().collect();
    assert_eq!(drawn.graph.linearise(&newly, genesis, Height(1), &reversed), expected);
    assert_ne!(drawn.graph.linearise(&newly, genesis, Height(2), &heads), expected);
}
