//! A causal graph with the whole past of every event.
#![allow(dead_code, reason = "each test file uses a part of it")]

mod drawn;
mod numbers;
pub(crate) mod signed;

use std::collections::{BTreeMap, BTreeSet};

use quorate_document::{CausalOrder, Document, DocumentView, Documents, EditOutcome};
use quorate_event::{Address, DocumentEdits, Edit, EventId, Payload, keccak256};

pub(crate) use numbers::Numbers;

/// An event, named by its number.
#[derive(Debug, Clone)]
pub(crate) struct HistoryEvent {
    pub(crate) id: EventId,
    pub(crate) author: u8,
    pub(crate) parents: Vec<usize>,
    pub(crate) past: Numbers,
    pub(crate) depth: u64,
    /// The index of its first edit: the indices before it belong to another document.
    pub(crate) first_index: u32,
    pub(crate) edits: Vec<Edit>,
}

/// Events in an order in which each follows its past.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventHistory {
    pub(crate) events: Vec<HistoryEvent>,
    numbers: BTreeMap<EventId, usize>,
    salt: u64,
}

/// The events of a set.
pub(crate) struct Only(pub(crate) BTreeSet<EventId>);

impl DocumentView for Only {
    fn shows(&self, event: &EventId) -> bool {
        self.0.contains(event)
    }
}

impl CausalOrder for EventHistory {
    fn precedes(&self, a: &EventId, b: &EventId) -> bool {
        match (self.number(a), self.number(b)) {
            (Some(a), Some(b)) => self.events[b].past.contains(a),
            _ => false,
        }
    }

    fn depth(&self, event: &EventId) -> u64 {
        self.number(event).map_or(0, |number| self.events[number].depth)
    }

    fn author(&self, event: &EventId) -> Option<Address> {
        self.number(event).map(|number| Address::new([self.events[number].author; 20]))
    }
}

impl EventHistory {
    /// A history whose event ids, and their order, differ from those of another salt.
    pub(crate) fn salted(salt: u64) -> Self {
        Self { salt, ..Self::default() }
    }

    /// The id that event `number` has, or will have, without salt.
    pub(crate) fn id(number: usize) -> EventId {
        Self::default().name(number)
    }

    /// The id that event `number` has, or will have.
    pub(crate) fn name(&self, number: usize) -> EventId {
        let salt = if self.salt == 0 { Vec::new() } else { self.salt.to_be_bytes().to_vec() };
        EventId::new(keccak256(&[&number.to_be_bytes(), &salt]))
    }

    /// The number of the event with this id.
    pub(crate) fn number(&self, id: &EventId) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    /// The past of an event on `parents`, these included.
    pub(crate) fn past_of(&self, parents: &[usize]) -> BTreeSet<usize> {
        self.below(parents).iter().collect()
    }

    fn below(&self, parents: &[usize]) -> Numbers {
        let mut past = Numbers::default();
        for parent in parents {
            past.insert_all(&self.events[*parent].past);
            past.insert(*parent);
        }
        past
    }

    /// A new event of `author` on `parents`; its number.
    pub(crate) fn write(&mut self, author: u8, parents: &[usize], edits: Vec<Edit>) -> usize {
        let number = self.events.len();
        let depths = parents.iter().map(|parent| self.events[*parent].depth);
        let event = HistoryEvent {
            id: self.name(number),
            author,
            parents: parents.to_vec(),
            past: self.below(parents),
            depth: depths.max().unwrap_or(0) + 1,
            first_index: 0,
            edits,
        };
        self.numbers.insert(event.id, number);
        self.events.push(event);
        number
    }

    /// A new event on `parents`, with the edits that `wish` makes for the view of its author.
    pub(crate) fn wish(
        &mut self,
        author: u8,
        parents: &[usize],
        wish: impl FnOnce(&Document, &Only, &Self) -> Vec<Edit>,
    ) -> usize {
        let view = self.view(&self.past_of(parents));
        let edits = wish(&self.document(), &view, self);
        self.write(author, parents, edits)
    }

    pub(crate) fn view(&self, numbers: &BTreeSet<usize>) -> Only {
        Only(numbers.iter().map(|number| self.events[*number].id).collect())
    }

    /// The numbers of all events.
    pub(crate) fn all(&self) -> BTreeSet<usize> {
        (0..self.events.len()).collect()
    }

    /// All events, folded in the order in which they were written.
    pub(crate) fn document(&self) -> Document {
        self.folded(&(0..self.events.len()).collect::<Vec<_>>()).0
    }

    /// Events folded in this order, with the outcomes by event number.
    pub(crate) fn folded(&self, order: &[usize]) -> (Document, Vec<(usize, Vec<EditOutcome>)>) {
        let mut document = Document::default();
        let mut outcomes: Vec<_> = order.iter().map(|number| (*number, self.fold(&mut document, *number))).collect();
        outcomes.sort_by_key(|(number, _)| *number);
        (document, outcomes)
    }

    /// The outcomes of event `number` in a document that holds its past.
    pub(crate) fn fold(&self, document: &mut Document, number: usize) -> Vec<EditOutcome> {
        let event = &self.events[number];
        document.fold(event.id, event.first_index, &event.edits, self)
    }

    /// A causal order: of the events whose past was taken, the one that `draw` picks goes next.
    pub(crate) fn order(&self, mut draw: impl FnMut(usize) -> usize) -> Vec<usize> {
        let parents: Vec<BTreeSet<_>> =
            self.events.iter().map(|event| event.parents.iter().copied().collect()).collect();
        let mut children = vec![Vec::new(); parents.len()];
        for (number, parents) in parents.iter().enumerate() {
            parents.iter().for_each(|parent| children[*parent].push(number));
        }
        let mut lacks: Vec<_> = parents.iter().map(BTreeSet::len).collect();
        let mut ready: Vec<_> = (0..lacks.len()).filter(|number| lacks[*number] == 0).collect();
        let mut order = Vec::new();
        while !ready.is_empty() {
            let next = ready.remove(draw(ready.len()));
            order.push(next);
            for child in &children[next] {
                lacks[*child] -= 1;
                if lacks[*child] == 0 {
                    ready.insert(ready.partition_point(|other| other < child), *child);
                }
            }
        }
        order
    }
}

/// Folds a payload as the next event of `author` on everything there is; its id.
pub(crate) fn say(history: &mut EventHistory, documents: &mut Documents, payload: &Payload) -> EventId {
    let parents: Vec<_> = history.events.len().checked_sub(1).into_iter().collect();
    let number = history.write(1, &parents, Vec::new());
    let id = EventHistory::id(number);
    for folded in documents.fold_event(id, payload, history) {
        let applied = |outcome: &EditOutcome| matches!(outcome, EditOutcome::Applied);
        assert!(folded.outcomes.iter().all(applied), "{folded:?}");
    }
    id
}

/// A payload of one document.
pub(crate) fn payload(document: &str, edits: Vec<Edit>) -> Payload {
    let document = document.to_owned();
    Payload::Edits(vec![DocumentEdits { document, edits }])
}
