//! The document's meaning once more, without a care for speed: from a set of events to tables, from tables and a view to
//! a value, each in one go and by definition. It shares nothing with the fold that it judges but the names of reasons.
#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

mod beside;
mod enter;
mod show;

use std::collections::BTreeMap;

use quorate_document::IgnoredReason;
use quorate_event::{Container, EventId, Value};

use crate::history::History;

pub(crate) use beside::{agreed, folded, last_verdicts};
pub(crate) use show::{Place, Sight};

/// Whatever takes an index: the event and the index.
pub(crate) type Id = (EventId, u32);

/// A container; nothing is the object that is there from the start.
pub(crate) type Name = Option<Id>;

/// What became of an edit, or of one change of a text.
pub(crate) type Verdict = Result<(), IgnoredReason>;

/// Everything that some events say, whether a view shows it or not.
pub(crate) struct Tables<'h> {
    pub(crate) history: &'h History,
    /// By the event's number.
    pub(crate) verdicts: Vec<Vec<Verdict>>,
    /// The containers, each with its kind and its depth.
    pub(crate) made: BTreeMap<Name, (Container, usize)>,
    writes: BTreeMap<Register<'h>, Vec<Write<'h>>>,
    /// The trees of all lists and texts.
    nodes: Vec<Node<'h>>,
    /// By list or text and id: which node it is.
    numbers: BTreeMap<(Id, Id), usize>,
    removals: Vec<Removal>,
    moves: Vec<Move>,
    additions: Vec<Addition>,
}

/// A place for one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Register<'h> {
    /// The document's value.
    Root,
    Key(Name, &'h str),
    Made(Id),
}

/// The value of a write, or nothing if it is a deletion.
#[derive(Clone, Copy)]
struct Write<'h> {
    event: usize,
    id: Id,
    value: Option<&'h Value>,
}

/// A place of a list or a text.
struct Node<'h> {
    id: Id,
    event: usize,
    parent: Option<usize>,
    left: bool,
    /// The first of those that were inserted together with it.
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
    pub(crate) fn read(history: &'h History) -> Self {
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

    /// The kind of a container, if there is one of that name.
    pub(crate) fn kind(&self, name: Name) -> Option<Container> {
        self.made.get(&name).map(|(kind, _)| *kind)
    }

    /// All places of a list or a text that any event made.
    pub(crate) fn nodes_of(&self, sequence: Id) -> Vec<Id> {
        self.numbers_of(sequence).map(|number| self.nodes[number].id).collect()
    }

    /// The last of those that were inserted together with this one.
    pub(crate) fn run_end(&self, sequence: Id, id: Id) -> Option<u32> {
        let run = self.nodes[*self.numbers.get(&(sequence, id))?].run;
        let nodes = self.numbers_of(sequence).map(|number| &self.nodes[number]);
        nodes.filter(|node| node.run == run).map(|node| node.id.1).max()
    }

    /// The nodes of a list or a text, by id.
    fn numbers_of(&self, sequence: Id) -> impl Iterator<Item = usize> {
        self.numbers.iter().filter(move |((of, _), _)| *of == sequence).map(|(_, number)| *number)
    }

    fn node(&self, sequence: Id, id: Id) -> &Node<'h> {
        &self.nodes[self.numbers[&(sequence, id)]]
    }
}
