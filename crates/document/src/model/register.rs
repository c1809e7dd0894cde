//! Multi-value registers: every value that was written to one place.

use std::collections::BTreeMap;
use std::ops::{Bound, RangeBounds};

use quorate_event::{EventId, Value};

use crate::model::causal_order::CausalOrder;
use crate::model::events::{ElementKey, EventNo, ViewFilter};
use crate::model::ids::ElementId;

/// The order of writes: a greater depth in the graph wins, then the greater id. A write that replaces another has a
/// greater rank, since depth grows along the past and the index grows along an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    pub(crate) depth: u64,
    pub(crate) id: ElementId,
}

impl Rank {
    pub(crate) const LEAST: Self = Self { depth: 0, id: ElementId { event: EventId::new([0; 32]), index: 0 } };
    pub(crate) const GREATEST: Self =
        Self { depth: u64::MAX, id: ElementId { event: EventId::new([0xff; 32]), index: u32::MAX } };
}

/// A write: its event, and its value; a deletion has none.
#[derive(Debug, Clone)]
pub(crate) struct RegisterWrite {
    pub(crate) event: EventNo,
    pub(crate) value: Option<Value>,
}

/// The most writes that a new write is compared with to decide whether it replaces all lesser ones. If more would be
/// needed, a reader compares the lesser writes instead. Without a bound, n concurrent writes would cost n² comparisons.
const COMPARED_WRITES: usize = 32;

/// A multi-value register. A deletion is a write without a value: it replaces other writes and shows nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Register(RegisterWrites);

/// Most keys are written once, and a map takes ten times the memory of one entry.
#[derive(Debug, Clone, Default)]
enum RegisterWrites {
    #[default]
    None,
    One(Rank, RegisterWrite),
    Many(Box<ManyWrites>),
}

#[derive(Debug, Clone, Default)]
struct ManyWrites {
    writes: BTreeMap<Rank, RegisterWrite>,
    /// Some of the writes that replace every lesser one, ascending: a view that contains one of them needs no lesser write.
    /// The order of arrival decides which ones are known; it does not change what a view shows.
    replacing_all: Vec<Rank>,
}

impl RegisterWrites {
    fn insert(&mut self, rank: Rank, write: RegisterWrite) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(rank, write),
            Self::One(first, other) => {
                let writes = BTreeMap::from([(first, other), (rank, write)]);
                Self::Many(Box::new(ManyWrites { writes, replacing_all: Vec::new() }))
            }
            Self::Many(mut many) => {
                many.writes.insert(rank, write);
                Self::Many(many)
            }
        };
    }

    /// The writes below a bound, ascending.
    fn below(&self, bound: Bound<Rank>) -> impl DoubleEndedIterator<Item = (&Rank, &RegisterWrite)> {
        let range = (Bound::Unbounded, bound);
        let (one, many) = match self {
            Self::None => (None, None),
            Self::One(rank, write) => (range.contains(rank).then_some((rank, write)), None),
            Self::Many(many) => (None, Some(many.writes.range(range))),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    fn iter(&self) -> impl DoubleEndedIterator<Item = (&Rank, &RegisterWrite)> {
        self.below(Bound::Unbounded)
    }

    fn replacing_all(&self) -> &[Rank] {
        match self {
            Self::None | Self::One(..) => &[],
            Self::Many(many) => &many.replacing_all,
        }
    }

    /// How many of the writes that are known to replace all lesser ones are less than `rank`. Most writes are the greatest
    /// so far, so the last one is compared first.
    fn known_below(&self, rank: Rank) -> usize {
        let known = self.replacing_all();
        match known.last() {
            Some(last) if *last >= rank => known.partition_point(|known| *known < rank),
            _ => known.len(),
        }
    }
}

impl Register {
    /// Every write, ascending, and whether it is known to replace all lesser ones.
    pub(crate) fn writes(&self) -> impl Iterator<Item = (&Rank, &RegisterWrite, bool)> {
        self.0.iter().map(|(rank, write)| (rank, write, self.0.replacing_all().binary_search(rank).is_ok()))
    }

    /// Restores a saved write, which must be greater than the ones restored before; false if it is not.
    pub(crate) fn put_back(&mut self, rank: Rank, write: RegisterWrite, replaces_all: bool) -> bool {
        if self.0.iter().next_back().is_some_and(|(last, _)| *last >= rank) {
            return false;
        }
        self.0.insert(rank, write);
        if let (RegisterWrites::Many(many), true) = (&mut self.0, replaces_all) {
            many.replacing_all.push(rank);
        }
        true
    }

    /// Adds a write of an event whose past was folded before.
    pub(crate) fn write(&mut self, rank: Rank, event: EventNo, value: Option<Value>, past: &dyn CausalOrder) {
        // A greater write that arrived earlier does not have this one in its past, so it does not replace it.
        let lesser = self.0.known_below(rank);
        let replaces_all = self.replaces_all_lesser(rank, past);
        self.0.insert(rank, RegisterWrite { event, value });
        if let RegisterWrites::Many(many) = &mut self.0 {
            many.replacing_all.truncate(lesser);
            many.replacing_all.extend(replaces_all.then_some(rank));
        }
    }

    /// Whether a write is known to replace all lesser ones, of which there is at least one. False if more than
    /// [`COMPARED_WRITES`] comparisons would be needed.
    fn replaces_all_lesser(&self, rank: Rank, past: &dyn CausalOrder) -> bool {
        let known = self.0.replacing_all().iter().rfind(|known| **known < rank);
        let mut lesser = self.0.below(Bound::Excluded(rank)).rev().map(|(lesser, _)| lesser).peekable();
        if lesser.peek().is_none() {
            return false;
        }
        for other in lesser.by_ref().take(COMPARED_WRITES) {
            if !replaces(rank.id, other.id, past) {
                return false;
            }
            if known == Some(other) {
                return true;
            }
        }
        lesser.next().is_none()
    }

    /// The values in `view` that no write in `view` replaces, the greatest first: that one shows.
    ///
    /// Ranks descend, so a write is visited after the writes that replace it. It is compared with the surviving writes
    /// alone, since the relation is transitive. The search ends at a write that replaces all lesser ones.
    pub(crate) fn surviving<'r>(
        &'r self,
        filter: &'r ViewFilter,
        past: &'r dyn CausalOrder,
    ) -> impl Iterator<Item = (ElementKey, &'r Value)> + 'r {
        let mut in_view = self.0.iter().rev().filter(|(_, write)| filter.shows(write.event));
        let mut frontier: Vec<ElementId> = Vec::new();
        let mut is_over = false;
        std::iter::from_fn(move || {
            while !is_over {
                let (rank, write) = in_view.next()?;
                is_over = self.0.replacing_all().binary_search(rank).is_ok();
                if frontier.iter().any(|later| replaces(*later, rank.id, past)) {
                    continue;
                }
                frontier.push(rank.id);
                if let Some(value) = &write.value {
                    return Some((ElementKey { event: write.event, index: rank.id.index }, value));
                }
            }
            None
        })
    }
}

fn replaces(later: ElementId, earlier: ElementId, past: &dyn CausalOrder) -> bool {
    if later.event == earlier.event { later.index > earlier.index } else { past.precedes(&earlier.event, &later.event) }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;
    use quorate_event::{Address, Integer};

    use super::*;
    use crate::model::document_view::DocumentView;
    use crate::model::events::EventTable;

    /// Events named by a byte, each with the set of events in its past; counts the calls of `precedes`.
    #[derive(Default)]
    struct MaskGraph {
        names: Vec<u8>,
        pasts: Vec<u32>,
        depths: Vec<u64>,
        asked: Cell<usize>,
    }

    impl MaskGraph {
        /// The parents of event n are the earlier events in its mask.
        fn new(events: &[(u8, u32)]) -> Self {
            let mut graph = Self::default();
            for (number, (name, mask)) in events.iter().enumerate() {
                let parents = (0..number).filter(|parent| mask >> parent & 1 == 1);
                let past = parents.clone().fold(0, |past, parent| past | graph.pasts[parent] | 1 << parent);
                graph.depths.push(parents.map(|parent| graph.depths[parent] + 1).max().unwrap_or(0));
                graph.names.push(*name);
                graph.pasts.push(past);
            }
            graph
        }

        fn number(&self, event: &EventId) -> usize {
            self.names.iter().position(|name| *name == event.as_bytes()[0]).unwrap()
        }

        fn id(&self, number: usize) -> EventId {
            EventId::new([self.names[number]; 32])
        }

        fn rank(&self, number: usize, index: u32) -> Rank {
            let event = self.id(number);
            Rank { depth: self.depth(&event), id: ElementId { event, index } }
        }

        /// The events in a causal order: of the events that are ready, `draw` picks the next.
        fn order(&self, draw: &[usize]) -> Vec<usize> {
            let (mut taken, mut order) = (0_u32, Vec::new());
            for draw in draw.iter().cycle().take(self.names.len()) {
                let is_ready = |number: &usize| taken >> number & 1 == 0 && self.pasts[*number] & !taken == 0;
                let ready: Vec<_> = (0..self.names.len()).filter(is_ready).collect();
                order.push(ready[draw % ready.len()]);
                taken |= 1 << order[order.len() - 1];
            }
            order
        }
    }

    impl CausalOrder for MaskGraph {
        fn precedes(&self, a: &EventId, b: &EventId) -> bool {
            self.asked.set(self.asked.get() + 1);
            self.pasts[self.number(b)] >> self.number(a) & 1 == 1
        }

        fn depth(&self, event: &EventId) -> u64 {
            self.depths[self.number(event)]
        }

        fn author(&self, _: &EventId) -> Option<Address> {
            None
        }
    }

    /// A register and the events that write to it, numbered in the order of arrival.
    struct WrittenRegister {
        register: Register,
        events: EventTable,
    }

    impl WrittenRegister {
        fn write(&mut self, graph: &MaskGraph, number: usize, index: u32, value: Option<Value>) {
            let id = graph.id(number);
            let event = self.events.number(&id).or_else(|| self.events.add(id, graph)).unwrap();
            self.register.write(graph.rank(number, index), event, value, graph);
        }

        /// The surviving writes in a view, by name.
        fn surviving(&self, graph: &MaskGraph, view: u32) -> Vec<(ElementId, Value)> {
            let filter = self.events.filter(&Mask(graph, view));
            let surviving = self.register.surviving(&filter, graph);
            surviving.map(|(key, value)| (self.events.id(key), value.clone())).collect()
        }
    }

    struct Mask<'g>(&'g MaskGraph, u32);

    impl DocumentView for Mask<'_> {
        fn shows(&self, event: &EventId) -> bool {
            let number = self.0.names.iter().position(|name| *name == event.as_bytes()[0]);
            number.is_some_and(|number| self.1 >> number & 1 == 1)
        }
    }

    fn value(number: usize) -> Option<Value> {
        Some(Value::Integer(Integer::new(number as i128).unwrap()))
    }

    proptest! {
        #[test]
        fn d1_d4_in_every_view_those_survive_that_nothing_in_it_replaces(
            names in Just((0..8_u8).collect::<Vec<_>>()).prop_shuffle(),
            masks in proptest::collection::vec(prop_oneof![any::<u32>(), (0..8_u32).prop_map(|n| 1 << n)], 1..8),
            draw in proptest::collection::vec(any::<usize>(), 1..8),
            deleted in any::<u32>(),
        ) {
            let graph = MaskGraph::new(&names.into_iter().zip(masks).collect::<Vec<_>>());
            let mut written = WrittenRegister { register: Register::default(), events: EventTable::default() };
            for number in graph.order(&draw) {
                for index in 0..2 {
                    let is_value = deleted >> (2 * number + index) & 1 == 0;
                    let value = is_value.then(|| value(number)).flatten();
                    written.write(&graph, number, index as u32, value);
                }
            }
            for view in 0..1 << graph.names.len() {
                let shown = |rank: &Rank| Mask(&graph, view).shows(&rank.id.event);
                let writes = &written.register.0;
                let replaced =
                    |id: ElementId| writes.iter().any(|(later, _)| shown(later) && replaces(later.id, id, &graph));
                let all = writes.iter().rev().filter(|(rank, _)| shown(rank) && !replaced(rank.id));
                let by_definition: Vec<_> =
                    all.filter_map(|(rank, write)| Some((rank.id, write.value.clone()?))).collect();
                prop_assert_eq!(written.surviving(&graph, view), by_definition);
            }
        }
    }

    #[test]
    fn a_key_written_often_is_read_in_few_steps() {
        let mut events: Vec<(u8, u32)> = (0..30).map(|name| (name, u32::MAX)).collect();
        events.push((30, 0b111));
        let graph = MaskGraph::new(&events);
        let mut written = WrittenRegister { register: Register::default(), events: EventTable::default() };
        for number in 0..29 {
            written.write(&graph, number, 0, value(number));
        }
        written.write(&graph, 29, 0, None);
        assert!(graph.asked.get() < 30, "one question for a write that follows all others");

        let read = |written: &WrittenRegister, view| {
            graph.asked.set(0);
            let survivors = written.surviving(&graph, view).len();
            (survivors, graph.asked.get())
        };
        assert_eq!(read(&written, u32::MAX), (0, 0));
        assert_eq!(read(&written, u32::MAX >> 20), (1, 0));
        written.write(&graph, 30, 0, value(30));
        let (survivors, asked) = read(&written, u32::MAX);
        assert_eq!(survivors, 1, "a deletion leaves the concurrent write, and only that");
        assert!(asked > 0, "what arrived late is looked for below the deletion");
    }
}
