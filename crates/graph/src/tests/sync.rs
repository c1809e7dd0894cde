//! What a peer lacks.

use std::collections::BTreeSet;

use proptest::prelude::*;
use quorate_event::{Canonical, EventId};

use super::world::{feed, graph_of, worlds};
use crate::drawing::{Drawing, NETWORK, draw};
use crate::{Graph, Summary};

fn ids(graph: &Graph) -> BTreeSet<EventId> {
    graph.ids().collect()
}

/// Sends `to` what `from` finds it to lack; whether something was new.
fn send(from: &Drawing, to: &mut Drawing) -> bool {
    let lacking: Vec<_> = from.graph.lacking(&to.graph.summary()).collect();
    let before = to.graph.len();
    for name in from.names(lacking).split_whitespace() {
        to.insert(from.vertex(name));
    }
    to.graph.len() > before
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn g7_a_peer_whose_heads_are_known_gets_exactly_what_it_lacks_in_causal_order(
        world in worlds(1..80),
        chosen in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let ours = world.graph();
        let theirs = graph_of(&world.closure(&chosen));
        let lacking: Vec<_> = ours.lacking(&theirs.summary()).collect();
        let mut held = ids(&theirs);
        for id in &lacking {
            prop_assert!(ours.parents(*id).all(|parent| held.contains(&parent)));
            prop_assert!(held.insert(*id), "sent although held");
        }
        prop_assert_eq!(held, ids(&ours));
    }

    #[test]
    fn two_graphs_that_send_each_other_what_the_other_lacks_become_one(
        world in worlds(1..80),
        ours in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
        theirs in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let by_id = |id: EventId| world.vertices.iter().find(|vertex| vertex.id() == id).unwrap();
        let mut graphs = [graph_of(&world.closure(&ours)), graph_of(&world.closure(&theirs))];
        let union: BTreeSet<_> = ids(&graphs[0]).union(&ids(&graphs[1])).copied().collect();
        for _ in 0..3 {
            for (from, to) in [(0, 1), (1, 0)] {
                let lacking: Vec<_> = graphs[from].lacking(&graphs[to].summary()).collect();
                for id in lacking {
                    feed(&mut graphs[to], by_id(id).clone());
                }
            }
        }
        prop_assert_eq!(ids(&graphs[0]), union.clone());
        prop_assert_eq!(ids(&graphs[1]), union);
    }

    #[test]
    fn a_summary_decodes_to_itself(world in worlds(0..60)) {
        let summary = world.graph().summary();
        prop_assert_eq!(Summary::from_bytes(&summary.to_bytes()), Ok(summary));
    }
}

#[test]
fn a_peer_that_is_ahead_in_a_lane_is_not_sent_that_lane() {
    let ours = draw("a1; a2; b1; b2");
    let theirs = draw("a1; a2; a3; b1");
    let lacking = ours.graph.lacking(&theirs.graph.summary());
    assert_eq!(ours.names(lacking), "b2");
}

#[test]
fn a_lane_known_to_branch_is_never_skipped_by_its_clock() {
    let ours = draw("a1; a2 <- a1; a2' <- a1");
    let theirs = draw("a1; a2 <- a1; a3 <- a2");
    let lacking = ours.graph.lacking(&theirs.graph.summary());
    assert!(ours.names(lacking).contains("a2'"));
}

#[test]
fn a_known_tip_tells_what_is_held_where_the_heads_are_unknown() {
    let ours = draw("a1; a2 <- a1; a2' <- a1");
    let theirs = draw("a1; a2 <- a1; x1 <- a2");
    let lacking = ours.graph.lacking(&theirs.graph.summary());
    assert_eq!(ours.names(lacking), "a2'");
}

#[test]
fn branches_that_neither_side_sees_alone_are_exchanged() {
    let mut ours = draw("a1; a2 <- a1");
    let mut theirs = draw("a1; a2' <- a1; a3' <- a2'");
    while send(&ours, &mut theirs) || send(&theirs, &mut ours) {}
    assert_eq!(ours.graph.len(), 5);
    assert_eq!(ours.graph.heads(), theirs.graph.heads());
    assert_eq!(ours.graph.equivocations(), theirs.graph.equivocations());
}

#[test]
fn what_a_common_milestone_covers_is_not_sent_again() {
    let ours = draw("a1; b1; M1 <- a1,b1; c1; M2 <- c1; d1");
    let theirs = draw("a1; b1; M1 <- a1,b1; x1 <- M1");
    let lacking = ours.graph.lacking(&theirs.graph.summary());
    assert_eq!(ours.names(lacking), "c1 M2 d1");
    let lacking = theirs.graph.lacking(&ours.graph.summary());
    assert_eq!(theirs.names(lacking), "x1");
}

#[test]
fn a_summary_of_nothing_asks_for_everything() {
    let ours = draw("a1; b1 <- a1; M1 <- b1");
    let blank = Graph::new(NETWORK.event_id()).summary();
    let lacking = ours.graph.lacking(&blank);
    assert_eq!(ours.names(lacking), "a1 b1 M1");
}
