//! From tables and a view to a value.

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::{Container, Value};
use serde_json::Value as Json;

use super::{ContainerName, Holds, Id, TableRegister, TableWrite, Tables};

/// Tables, and the numbers of the events that count.
#[derive(Clone, Copy)]
pub(crate) struct TablesInView<'t, 'h> {
    pub(crate) tables: &'t Tables<'h>,
    pub(crate) view: &'t BTreeSet<usize>,
}

/// A place of a list or a text whose event counts, and the element that shows there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SequencePlace {
    pub(crate) id: Id,
    pub(crate) element: Option<Id>,
}

/// A step of the walk through a tree.
enum WalkStep {
    /// A place with its descendants; `None` is the root.
    Below(Option<usize>),
    /// The place itself.
    Place(usize),
}

impl<'h> Tables<'h> {
    /// The tables as a view shows them.
    pub(crate) fn seen<'t>(&'t self, view: &'t BTreeSet<usize>) -> TablesInView<'t, 'h> {
        TablesInView { tables: self, view }
    }

    /// The places of a list or a text: of each, first its left children, then itself, then its right children; siblings by id.
    fn in_order(&self, sequence: Id) -> Vec<usize> {
        let mut children: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for number in self.numbers_of(sequence) {
            let node = &self.nodes[number];
            children.entry((node.parent, node.left)).or_default().push(number);
        }
        let below = |place, left| {
            let children = children.get(&(place, left)).map_or(&[][..], Vec::as_slice);
            children.iter().map(|child| WalkStep::Below(Some(*child))).rev()
        };
        let mut places = Vec::new();
        // The next step is the last.
        let mut steps = vec![WalkStep::Below(None)];
        while let Some(step) = steps.pop() {
            match step {
                WalkStep::Place(place) => places.push(place),
                WalkStep::Below(place) => {
                    steps.extend(below(place, false));
                    steps.extend(place.map(WalkStep::Place));
                    steps.extend(below(place, true));
                }
            }
        }
        places
    }
}

impl<'h> TablesInView<'_, 'h> {
    pub(crate) fn value(self) -> Json {
        match self.survivors(TableRegister::Root).first() {
            Some(write) => self.written(write),
            None => self.container(None),
        }
    }

    /// The pointers to all locations with more than one surviving value.
    pub(crate) fn conflicted(self) -> BTreeSet<String> {
        let mut places = vec![(TableRegister::Root, String::new())];
        for (name, pointer) in self.containers() {
            let keys = self.keys(name).into_iter();
            places.extend(keys.map(|key| (TableRegister::Key(name, key), format!("{pointer}/{key}"))));
            places.extend(name.map(|id| (TableRegister::Made(id), pointer)));
        }
        places.retain(|(register, _)| self.survivors(*register).len() > 1);
        places.into_iter().map(|(_, pointer)| pointer).collect()
    }

    /// The containers that show, each with its pointer.
    pub(crate) fn containers(self) -> Vec<(ContainerName, String)> {
        let mut found = Vec::new();
        match self.survivors(TableRegister::Root).first() {
            Some(write) => self.collect(write.id, write.value, String::new(), &mut found),
            None => self.collect_in(None, String::new(), &mut found),
        }
        found
    }

    /// The places of a list or a text, in order.
    pub(crate) fn places(self, sequence: Id) -> Vec<SequencePlace> {
        let nodes = &self.tables.nodes;
        let counts = |place: &usize| self.view.contains(&nodes[*place].event);
        let id = |node: usize| nodes[node].id;
        let place = |place| SequencePlace { id: id(place), element: self.element_at(place).map(id) };
        self.tables.in_order(sequence).into_iter().filter(counts).map(place).collect()
    }

    /// The keys of an object that show.
    pub(crate) fn keys(self, object: ContainerName) -> Vec<&'h str> {
        let registers = self.tables.writes.keys().filter_map(|register| match register {
            TableRegister::Key(of, key) if *of == object => Some(*key),
            _ => None,
        });
        registers.filter(|key| !self.survivors(TableRegister::Key(object, key)).is_empty()).collect()
    }

    /// The values that nothing in the view replaces, the one that shows first.
    fn survivors(self, register: TableRegister<'_>) -> Vec<TableWrite<'h>> {
        let events = &self.tables.history.events;
        let writes = self.tables.writes.iter().find(|(at, _)| **at == register);
        let writes = writes.map_or(&[][..], |(_, writes)| writes);
        let counting: Vec<_> = writes.iter().filter(|write| self.view.contains(&write.event)).collect();
        let replaces = |later: &TableWrite<'_>, write: &TableWrite<'_>| {
            events[later.event].past.contains(write.event) || (later.event == write.event && later.id.1 > write.id.1)
        };
        let is_last = |write: &&&TableWrite<'_>| !counting.iter().any(|later| replaces(later, write));
        let mut left: Vec<_> = counting.iter().filter(is_last).map(|write| **write).collect();
        left.retain(|write| write.value.is_some());
        left.sort_by_key(|write| std::cmp::Reverse((events[write.event].depth, write.id)));
        left
    }

    fn written(self, write: &TableWrite<'_>) -> Json {
        self.json(write.id, write.value.unwrap())
    }

    fn json(self, id: Id, value: &Value) -> Json {
        match value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::from(*value),
            Value::Integer(integer) => serde_json::from_str(&integer.value().to_string()).unwrap(),
            Value::Float(float) => Json::from(float.value()),
            Value::String(text) => Json::from(text.as_ref()),
            Value::New(_) => self.container(Some(id)),
        }
    }

    fn container(self, name: ContainerName) -> Json {
        match (self.tables.kind(name).unwrap(), name) {
            (Container::List, Some(list)) => {
                let elements = self.places(list).into_iter().filter_map(|place| place.element);
                elements.map(|element| self.element(list, element)).collect()
            }
            (Container::Text, Some(text)) => {
                let characters = self.places(text).into_iter().filter_map(|place| place.element);
                Json::String(characters.map(|id| self.character(text, id)).collect())
            }
            (Container::Register, Some(register)) => {
                let survivors = self.survivors(TableRegister::Made(register));
                survivors.first().map_or(Json::Null, |write| self.written(write))
            }
            (Container::Counter, Some(counter)) => self.sum(counter),
            _ => {
                let write = |key: &str| self.survivors(TableRegister::Key(name, key))[0];
                let member = |key: &str| (key.to_owned(), self.written(&write(key)));
                Json::Object(self.keys(name).into_iter().map(member).collect())
            }
        }
    }

    fn element(self, list: Id, id: Id) -> Json {
        match self.tables.node(list, id).holds {
            Holds::Value(value) => self.json(id, value),
            _ => unreachable!("a list shows values"),
        }
    }

    fn character(self, text: Id, id: Id) -> char {
        match self.tables.node(text, id).holds {
            Holds::Char(character) => character,
            _ => unreachable!("a text shows characters"),
        }
    }

    fn sum(self, counter: Id) -> Json {
        let additions = self.tables.additions.iter();
        let counting = additions.filter(|it| it.counter == counter && self.view.contains(&it.event));
        let sum: i128 = counting.map(|it| i128::from(it.amount)).sum();
        let integers = -(1_i128 << 63)..1_i128 << 64;
        if integers.contains(&sum) {
            serde_json::from_str(&sum.to_string()).unwrap()
        } else {
            Json::String(sum.to_string())
        }
    }

    /// The element that shows at a place whose event counts.
    fn element_at(self, place: usize) -> Option<usize> {
        let nodes = &self.tables.nodes;
        let element = match nodes[place].holds {
            Holds::Moved(element) => element,
            _ => place,
        };
        let events = &self.tables.history.events;
        let moves = self.tables.moves.iter();
        let counting = moves.filter(|it| it.element == element && self.view.contains(&it.event));
        let last = counting.max_by_key(|it| (events[it.event].depth, nodes[it.place].id));
        let shows_at = last.map_or(element, |last| last.place);
        let inserted = self.view.contains(&nodes[element].event);
        let mut removals = self.tables.removals.iter();
        let removed = removals.any(|it| it.element == element && self.view.contains(&it.event));
        (inserted && !removed && shows_at == place).then_some(element)
    }

    fn collect(self, id: Id, value: Option<&Value>, pointer: String, found: &mut Vec<(ContainerName, String)>) {
        if let Some(Value::New(_)) = value {
            self.collect_in(Some(id), pointer, found);
        }
    }

    fn collect_in(self, name: ContainerName, pointer: String, found: &mut Vec<(ContainerName, String)>) {
        found.push((name, pointer.clone()));
        match (self.tables.kind(name).unwrap(), name) {
            (Container::Object, _) => {
                for key in self.keys(name) {
                    let write = self.survivors(TableRegister::Key(name, key))[0];
                    self.collect(write.id, write.value, format!("{pointer}/{key}"), found);
                }
            }
            (Container::Register, Some(register)) => {
                if let Some(write) = self.survivors(TableRegister::Made(register)).first() {
                    self.collect(write.id, write.value, pointer, found);
                }
            }
            (Container::List, Some(list)) => {
                let elements = self.places(list).into_iter().filter_map(|place| place.element);
                for (index, element) in elements.enumerate() {
                    if let Holds::Value(value) = self.tables.node(list, element).holds {
                        self.collect(element, Some(value), format!("{pointer}/{index}"), found);
                    }
                }
            }
            _ => {}
        }
    }
}
