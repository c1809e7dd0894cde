//! Random graphs: honest lanes, branching lanes, several lanes of one author, milestones.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use quorate_event::{EventId, Height, Lane, Seq, Timestamp, VerifiedVertex};

use super::model::Model;
use crate::drawing::{NETWORK, event, milestone};
use crate::{Graph, Insertion, Origin};

/// One step in the growth of a world; numbers are taken modulo what there is.
#[derive(Debug, Clone)]
pub(super) struct GraphStep {
    author: u64,
    lane: u32,
    /// Every twelfth is a milestone, every eighth writes on the lane's second branch.
    kind: u8,
    picks: Vec<usize>,
}

/// Vertices in causal order. Of one (author, lane, seq) there are at most two, so that none is a third branch.
#[derive(Debug, Clone)]
pub(super) struct GraphWorld {
    pub(super) vertices: Vec<VerifiedVertex>,
    pub(super) model: Model,
}

pub(super) fn steps(len: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<GraphStep>> {
    let lanes = prop_oneof![5 => Just(1_u32), 1 => Just(2)];
    let picks = prop::collection::vec(any::<usize>(), 0..4);
    let step = (0_u64..4, lanes, any::<u8>(), picks);
    let step = step.prop_map(|(author, lane, kind, picks)| GraphStep { author, lane, kind, picks });
    prop::collection::vec(step, len)
}

pub(super) fn worlds(len: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = GraphWorld> {
    steps(len).prop_map(|steps| GraphWorld::grow(&steps))
}

/// The ids of a lane's two branches, from seq 1.
type Branches = [Vec<EventId>; 2];

impl GraphWorld {
    pub(super) fn grow(steps: &[GraphStep]) -> Self {
        let mut world = Self { vertices: Vec::new(), model: Model::new(NETWORK.event_id()) };
        let mut lanes: BTreeMap<(u64, u32), Branches> = BTreeMap::new();
        for (salt, step) in (0..).zip(steps) {
            if step.kind % 12 == 0 {
                world.grow_milestone(&step.picks);
            } else {
                let branches = lanes.entry((step.author, step.lane)).or_default();
                world.grow_event(step, branches, Timestamp(salt));
            }
        }
        world
    }

    fn grow_event(&mut self, step: &GraphStep, branches: &mut Branches, salt: Timestamp) {
        let second = usize::from(step.kind % 8 == 1);
        if second == 1 && branches[1].is_empty() {
            let shared = step.picks.first().map_or(0, |pick| pick % (branches[0].len() + 1));
            branches[1] = branches[0][..shared].to_vec();
        }
        let path = &mut branches[second];
        let mut parents = vec![path.last().copied().unwrap_or(NETWORK.event_id())];
        for pick in &step.picks {
            // Mostly recent ones, so that pasts are large and interleaved.
            let all = &self.model.order;
            let recent = all.len() - 1 - (pick % all.len()).min(pick / 7 % 6);
            if !parents.contains(&all[recent]) {
                parents.push(all[recent]);
            }
        }
        let seq = Seq(path.len() as u64 + 1);
        let vertex = event(step.author, Lane(step.lane), seq, parents, salt);
        path.push(vertex.id());
        self.push(vertex);
    }

    fn grow_milestone(&mut self, picks: &[usize]) {
        let model = &self.model;
        let picked = picks.iter().map(|pick| model.order[pick % model.order.len()]);
        let fresh = |id: &EventId| model.place.contains_key(id) && model.covered(*id).is_none() && !model.is_void(*id);
        let picked: BTreeSet<EventId> = picked.filter(fresh).collect();
        let inner = |id: &EventId| picked.iter().any(|other| model.past[other].contains(id));
        let heads: Vec<EventId> = picked.iter().copied().filter(|id| !inner(id)).collect();
        if !heads.is_empty() {
            let (height, previous) = model.last_milestone();
            let vertex = milestone(Height(height.0 + 1), previous, heads);
            self.push(vertex);
        }
    }

    fn push(&mut self, vertex: VerifiedVertex) {
        self.model.push(&vertex);
        self.vertices.push(vertex);
    }

    pub(super) fn graph(&self) -> Graph {
        graph_of(&self.vertices)
    }

    /// Those of the vertices that are among `chosen` or in their past, in causal order.
    pub(super) fn closure(&self, chosen: &[prop::sample::Index]) -> Vec<VerifiedVertex> {
        let order = &self.model.order;
        let chosen: BTreeSet<EventId> = chosen.iter().map(|index| order[index.index(order.len())]).collect();
        let past = chosen.iter().flat_map(|id| &self.model.past[id]);
        let all: BTreeSet<EventId> = past.chain(&chosen).copied().collect();
        let vertices = self.vertices.iter();
        vertices.filter(|vertex| all.contains(&vertex.id())).cloned().collect()
    }
}

/// Inserts, and applies every milestone as soon as it is admitted.
pub(super) fn feed(graph: &mut Graph, vertex: VerifiedVertex) -> Insertion {
    let inserted = graph.insert(vertex, Origin::Local, Duration::ZERO);
    if let Insertion::Ready { admitted, .. } = &inserted {
        for vertex in admitted {
            if matches!(vertex, VerifiedVertex::Milestone(_)) {
                graph.apply_milestone(vertex.id()).unwrap();
            }
        }
    }
    inserted
}

pub(super) fn graph_of(vertices: &[VerifiedVertex]) -> Graph {
    let mut graph = Graph::new(NETWORK.event_id());
    for vertex in vertices {
        feed(&mut graph, vertex.clone());
    }
    graph
}
