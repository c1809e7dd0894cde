//! What holds of every graph, whatever the order of arrival.

use std::collections::BTreeSet;

use proptest::prelude::*;
use quorate_event::{EventId, VerifiedVertex, limits};

use super::model::Model;
use super::world::{GraphWorld, feed, graph_of, worlds};
use crate::{Graph, Insertion, LaneError, Relation, Weight};

fn all_weights() -> impl Strategy<Value = Weight> {
    (1_u64..20, 200_u64..5_000).prop_map(|(events, bytes)| Weight { events, bytes })
}

fn check_against_model(graph: &Graph, model: &Model) {
    assert_eq!(graph.len(), model.order.len());
    assert_eq!(graph.heads(), model.heads());
    assert_eq!(graph.last_milestone(), model.last_milestone());
    for id in &model.order {
        assert_eq!(graph.depth(*id), Some(model.depth[id]), "depth");
        assert_eq!(graph.covered_at(*id), model.covered(*id), "coverage");
        assert_eq!(graph.is_void(*id), model.is_void(*id), "voidness");
        assert_eq!(graph.counts_merged(*id), model.counts_merged(*id), "merged");
    }
    let coverable: BTreeSet<_> = graph.coverable_events().collect();
    assert_eq!(coverable, model.coverable().into_iter().collect());
    assert_eq!(graph.coverable(), coverable.len());
    for author in graph.equivocators() {
        assert!(model.is_equivocator(author));
    }
    let authors: BTreeSet<_> = model.place.values().map(|place| place.0).collect();
    let equivocators = authors.iter().filter(|author| model.is_equivocator(**author));
    assert_eq!(graph.equivocators(), equivocators.copied().collect::<Vec<_>>());
}

fn newly(graph: &Graph, heads: &[EventId]) -> Vec<EventId> {
    let (_, previous) = graph.last_milestone();
    graph.newly_covered(previous, heads).unwrap()
}

fn order_of_arrival() -> impl Strategy<Value = (GraphWorld, Vec<VerifiedVertex>)> {
    worlds(1..60).prop_flat_map(|world| {
        let shuffled = Just(world.vertices.clone()).prop_shuffle();
        (Just(world), shuffled)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn g2_every_answer_is_a_function_of_the_set_and_not_of_arrival(
        (world, shuffled) in order_of_arrival(),
        limit in all_weights(),
    ) {
        let (first, second) = (world.graph(), graph_of(&shuffled));
        check_against_model(&first, &world.model);
        check_against_model(&second, &world.model);
        prop_assert_eq!(first.equivocations(), second.equivocations());
        prop_assert_eq!(first.cut(limit), second.cut(limit));
        if let Some(heads) = first.cut(limit) {
            let newly = newly(&first, &heads);
            let (height, previous) = first.last_milestone();
            let order = |graph: &Graph| graph.linearise(&newly, previous, height.next(), &heads);
            prop_assert_eq!(order(&first), order(&second));
        }
    }

    #[test]
    fn g1_a_vertex_comes_after_its_parents((_, shuffled) in order_of_arrival()) {
        let mut graph = graph_of(&[]);
        let mut admitted = BTreeSet::from([graph.last_milestone().1]);
        for vertex in shuffled {
            if let Insertion::Ready { admitted: ready, .. } = feed(&mut graph, vertex) {
                for vertex in ready {
                    prop_assert!(vertex.parents().iter().all(|parent| admitted.contains(parent)));
                    admitted.insert(vertex.id());
                }
            }
        }
        for id in graph.ids() {
            let order = graph.order(id);
            prop_assert!(graph.parents(id).all(|parent| graph.order(parent) < order));
        }
    }

    #[test]
    fn inserting_again_changes_nothing((world, shuffled) in order_of_arrival()) {
        let mut graph = world.graph();
        for vertex in shuffled {
            prop_assert_eq!(feed(&mut graph, vertex), Insertion::Known);
        }
        check_against_model(&graph, &world.model);
    }

    #[test]
    fn g5_a_cut_is_the_least_that_fits_and_is_closed(
        world in worlds(1..60),
        limit in all_weights(),
    ) {
        let (graph, model) = (world.graph(), &world.model);
        let Some(heads) = graph.cut(limit) else {
            let coverable = model.coverable();
            let bytes = |id: EventId| u64::from(graph.bytes(id).unwrap());
            let fits = coverable.first().is_some_and(|least| bytes(*least) <= limit.bytes);
            prop_assert!(!fits);
            return Ok(());
        };
        let newly = newly(&graph, &heads);
        prop_assert!(heads.iter().all(|head| !graph.is_void(*head)));
        let counted: Vec<_> = newly.iter().copied().filter(|id| !graph.is_void(*id)).collect();
        let coverable = model.coverable();
        prop_assert_eq!(&counted[..], &coverable[..counted.len()]);
        let mut longer = counted.clone();
        prop_assert!(graph.weight(&longer).events <= limit.events);
        prop_assert!(graph.weight(&longer).bytes <= limit.bytes);
        if let Some(next) = coverable.get(counted.len()) {
            longer.push(*next);
            let weight = graph.weight(&longer);
            prop_assert!(weight.events > limit.events || weight.bytes > limit.bytes);
        }
        let past = graph.past_of(&heads).unwrap();
        for id in &model.order {
            let inside = heads.iter().any(|head| head == id || model.past[head].contains(id));
            let inside = inside || model.covered(*id).is_some();
            prop_assert_eq!(graph.is_in(*id, &past), inside);
            prop_assert_eq!(graph.counts_at(*id, &past), inside && !model.is_void(*id));
            let new = inside && model.covered(*id).is_none();
            prop_assert_eq!(newly.contains(id), new);
        }
    }

    #[test]
    fn g6_an_order_is_causal_and_complete(world in worlds(1..60)) {
        let graph = world.graph();
        if let Some(heads) = graph.cut(Weight { events: 1_000, bytes: 1_000_000 }) {
            let newly = newly(&graph, &heads);
            let (height, previous) = graph.last_milestone();
            let order = graph.linearise(&newly, previous, height.next(), &heads);
            prop_assert_eq!(order.len(), newly.len());
            for (place, id) in order.iter().enumerate() {
                prop_assert!(newly.contains(id));
                prop_assert!(order[place..].iter().all(|later| !world.model.past[id].contains(later)));
            }
        }
    }

    #[test]
    fn parents_for_a_new_event_are_few_and_not_void_and_apart(world in worlds(1..60)) {
        let (graph, model) = (world.graph(), &world.model);
        let lanes: BTreeSet<_> = model.place.values().map(|(author, lane, _)| (*author, *lane)).collect();
        for (author, lane) in lanes {
            let own = model.place.iter().filter(|(_, place)| (place.0, place.1) == (author, lane));
            let last = own.map(|(id, place)| (place.2, *id)).max().unwrap();
            match graph.parents_for(author, lane) {
                Err(LaneError::Full { .. }) => prop_assert!(false),
                Err(LaneError::Branched { .. }) => prop_assert!(model.is_equivocator(author)),
                Err(LaneError::Condemned { .. }) => {
                    prop_assert_eq!(graph.condemned(author).is_some(), true);
                }
                Ok((seq, parents)) => {
                    prop_assert_eq!((Some(seq), parents[0]), (last.0.next(), last.1));
                    prop_assert!(parents.len() <= limits::EVENT_PARENTS);
                    for (place, parent) in parents.iter().enumerate().skip(1) {
                        prop_assert!(!model.is_void(*parent));
                        let inner = |other: &EventId| model.past[other].contains(parent);
                        prop_assert!(!parents.iter().any(inner));
                        prop_assert!(!parents[..place].contains(parent));
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn g3_precedence_is_reachability_and_clocks_are_derived(
        (world, shuffled) in worlds(200..400).prop_flat_map(|world| {
            let shuffled = Just(world.vertices.clone()).prop_shuffle();
            (Just(world), shuffled)
        }),
    ) {
        for graph in [world.graph(), graph_of(&shuffled)] {
            let model = &world.model;
            prop_assert_eq!(graph.len(), model.order.len());
            for b in &model.order {
                let clock = graph.clock(*b).unwrap();
                let entries: Vec<_> = clock.entries().collect();
                prop_assert_eq!(entries, model.clock(*b).into_iter().collect::<Vec<_>>());
                for a in &model.order {
                    prop_assert_eq!(graph.precedes(*a, *b), model.past[b].contains(a));
                }
            }
            let (a, b) = (model.order[1], model.order[model.order.len() - 1]);
            prop_assert_eq!(graph.relation(a, a), Some(Relation::Equal));
            let related = graph.relation(a, b).unwrap();
            let mirrored = graph.relation(b, a).unwrap();
            prop_assert_eq!(related == Relation::Less, mirrored == Relation::Greater);
        }
    }
}
