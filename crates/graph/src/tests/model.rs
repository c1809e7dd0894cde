//! The graph's answers computed the naive way: every past is a set.

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::{Address, EventId, Height, Lane, Seq, VerifiedVertex};

#[derive(Debug, Clone)]
pub(super) struct Model {
    /// M0 first, then in causal order.
    pub(super) order: Vec<EventId>,
    pub(super) place: BTreeMap<EventId, (Address, Lane, Seq)>,
    /// Strict.
    pub(super) past: BTreeMap<EventId, BTreeSet<EventId>>,
    pub(super) depth: BTreeMap<EventId, u32>,
    milestones: Vec<EventId>,
}

impl Model {
    pub(super) fn new(genesis: EventId) -> Self {
        Self {
            order: vec![genesis],
            place: BTreeMap::new(),
            past: BTreeMap::from([(genesis, BTreeSet::new())]),
            depth: BTreeMap::from([(genesis, 0)]),
            milestones: vec![genesis],
        }
    }

    pub(super) fn push(&mut self, vertex: &VerifiedVertex) {
        let id = vertex.id();
        let parents = vertex.parents();
        let pasts = parents.iter().flat_map(|parent| self.past[parent].clone());
        let past: BTreeSet<_> = pasts.chain(parents.iter().copied()).collect();
        let depth = parents.iter().map(|parent| self.depth[parent]).max().unwrap() + 1;
        match vertex {
            VerifiedVertex::Event(event) => {
                let body = event.body();
                self.place.insert(id, (body.author, body.lane, body.seq));
            }
            VerifiedVertex::Milestone(_) => self.milestones.push(id),
        }
        self.past.insert(id, past);
        self.depth.insert(id, depth);
        self.order.push(id);
    }

    pub(super) fn last_milestone(&self) -> (Height, EventId) {
        let last = self.milestones.len() - 1;
        (Height(last as u64), self.milestones[last])
    }

    pub(super) fn covered(&self, id: EventId) -> Option<Height> {
        let covers = |milestone: &EventId| *milestone == id || self.past[milestone].contains(&id);
        let height = self.milestones.iter().position(covers)?;
        Some(Height(height as u64))
    }

    fn holds_conflict<'a>(&self, ids: impl IntoIterator<Item = &'a EventId>, author: Address) -> bool {
        let mut seen = BTreeSet::new();
        let places = ids.into_iter().filter_map(|id| self.place.get(id));
        places.filter(|place| place.0 == author).any(|place| !seen.insert(place))
    }

    pub(super) fn is_equivocator(&self, author: Address) -> bool {
        self.holds_conflict(&self.order, author)
    }

    fn condemned(&self, author: Address) -> Option<Height> {
        let mut milestones = self.milestones.iter();
        let height = milestones.position(|id| self.holds_conflict(&self.past[id], author))?;
        Some(Height(height as u64))
    }

    pub(super) fn is_void(&self, id: EventId) -> bool {
        let Some((author, ..)) = self.place.get(&id) else {
            return false;
        };
        let Some(condemned) = self.condemned(*author) else {
            return false;
        };
        self.covered(id).is_none_or(|covered| covered > condemned)
    }

    pub(super) fn counts_merged(&self, id: EventId) -> bool {
        let Some((author, ..)) = self.place.get(&id) else {
            return true;
        };
        if self.is_void(id) {
            return false;
        }
        if self.covered(id).is_some() || !self.is_equivocator(*author) {
            return true;
        }
        self.order.iter().any(|other| {
            let honest = |place: &(Address, Lane, Seq)| !self.is_equivocator(place.0);
            self.past[other].contains(&id) && self.place.get(other).is_none_or(honest)
        })
    }

    pub(super) fn heads(&self) -> Vec<EventId> {
        let inner: BTreeSet<&EventId> = self.past.values().flatten().collect();
        let heads = self.order.iter().filter(|id| !inner.contains(id));
        heads.copied().collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Ascending by (depth, id).
    pub(super) fn coverable(&self) -> Vec<EventId> {
        let coverable =
            |id: &&EventId| self.place.contains_key(id) && self.covered(**id).is_none() && !self.is_void(**id);
        let mut ids: Vec<_> = self.order.iter().filter(coverable).copied().collect();
        ids.sort_unstable_by_key(|id| (self.depth[id], *id));
        ids
    }

    pub(super) fn clock(&self, id: EventId) -> BTreeMap<(Address, Lane), Seq> {
        let mut clock = BTreeMap::new();
        for known in self.past[&id].iter().chain([&id]) {
            if let Some((author, lane, seq)) = self.place.get(known) {
                let entry = clock.entry((*author, *lane)).or_insert(*seq);
                *entry = (*entry).max(*seq);
            }
        }
        clock
    }
}
