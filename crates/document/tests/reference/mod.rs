//! A second implementation of documents, by definition and without regard to speed: from a set of events to tables, and from
//! tables and a view to a value. It shares only the names of reasons with the fold that it checks.
#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

mod beside;
mod enter;
mod show;

use std::collections::BTreeMap;

use quorate_document::IgnoredReason;
use quorate_event::{Container, EventId, Value};

use crate::history::EventHistory;

pub(crate) use beside::{agreed, folded, last_verdicts};
pub(crate) use show::{SequencePlace, TablesInView};

/// The id of an element or a container: its event and its index.
pub(crate) type Id = (EventId, u32);

/// A container; `None` is the object that every document starts with.
pub(crate) type ContainerName = Option<Id>;

/// The outcome of an edit, or of one change of a text.
pub(crate) type EditVerdict = Result<(), IgnoredReason>;

/// The edits of all events, whether a view shows them or not.
pub(crate) struct Tables<'h> {
    pub(crate) history: &'h EventHistory,
    /// By the event's number.
    pub(crate) verdicts: Vec<Vec<EditVerdict>>,
    /// The containers, each with its kind and its depth.
    pub(crate) made: BTreeMap<ContainerName, (Container, usize)>,
    writes: BTreeMap<TableRegister<'h>, Vec<TableWrite<'h>>>,
    /// The trees of all lists and texts.
    nodes: Vec<TableNode<'h>>,
    /// The number of each node, by list or text and id.
    numbers: BTreeMap<(Id, Id), usize>,
    removals: Vec<Removal>,
    moves: Vec<Move>,
    additions: Vec<Addition>,
}

/// A location of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum TableRegister<'h> {
    /// The document's value.
    Root,
    Key(ContainerName, &'h str),
    Made(Id),
}

/// A write; a deletion has no value.
#[derive(Clone, Copy)]
struct TableWrite<'h> {
    event: usize,
    id: Id,
    value: Option<&'h Value>,
}

/// A place of a list or a text.
struct TableNode<'h> {
    id: Id,
    event: usize,
    parent: Option<usize>,
    left: bool,
    /// The first of the elements that were inserted together with it.
    run: Id,
    holds: Holds<'h>,
}

#[derive(Clone, Copy)]
enum Holds<'h> {
    Value(&'h Value),
    Char(char),
    /// The element that was moved here.
    Moved(usize),
}

struct Removal {
    event: usize,
    element: usize,
}

struct Move {
    event: usize,
    element: usize,
    place: usize,
}

struct Addition {
    event: usize,
    counter: Id,
    amount: i64,
}

impl<'h> Tables<'h> {
    /// The tables of all events of a history.
    pub(crate) fn read(history: &'h EventHistory) -> Self {
        let mut tables = Self {
            history,
            verdicts: Vec::new(),
            made: BTreeMap::from([(None, (Container::Object, 1))]),
            writes: BTreeMap::new(),
            nodes: Vec::new(),
            numbers: BTreeMap::new(),
            removals: Vec::new(),
            moves: Vec::new(),
            additions: Vec::new(),
        };
        for event in 0..history.events.len() {
            let verdicts = tables.enter(event);
            tables.verdicts.push(verdicts);
        }
        tables
    }

    /// The kind of a container, if it exists.
    pub(crate) fn kind(&self, name: ContainerName) -> Option<Container> {
        self.made.get(&name).map(|(kind, _)| *kind)
    }

    /// All places of a list or a text, of all events.
    pub(crate) fn nodes_of(&self, sequence: Id) -> Vec<Id> {
        self.numbers_of(sequence).map(|number| self.nodes[number].id).collect()
    }

    /// The index of the last element that was inserted together with this one.
    pub(crate) fn run_end(&self, sequence: Id, id: Id) -> Option<u32> {
        let run = self.nodes[*self.numbers.get(&(sequence, id))?].run;
        let nodes = self.numbers_of(sequence).map(|number| &self.nodes[number]);
        nodes.filter(|node| node.run == run).map(|node| node.id.1).max()
    }

    /// The nodes of a list or a text, by id.
    fn numbers_of(&self, sequence: Id) -> impl Iterator<Item = usize> {
        self.numbers.iter().filter(move |((of, _), _)| *of == sequence).map(|(_, number)| *number)
    }

    fn node(&self, sequence: Id, id: Id) -> &TableNode<'h> {
        &self.nodes[self.numbers[&(sequence, id)]]
    }
}
