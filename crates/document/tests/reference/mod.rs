//! The document's meaning once more, without a care for speed: from a set of events to a value, in one go.

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::{Container, Edit, ElementRef, EventId, Target, Value, limits};
use serde_json::Value as Json;

use crate::history::History;

type Id = (EventId, u32);

struct Write<'h> {
    event: usize,
    id: Id,
    value: Option<&'h Value>,
}

struct Element<'h> {
    parent: Option<Id>,
    left: bool,
    value: &'h Value,
    removed: bool,
}

/// Everything that the events of a set say, in tables. The root object is the container without a name.
#[derive(Default)]
struct Tables<'h> {
    assigned: Vec<Write<'h>>,
    made: BTreeMap<Option<Id>, (Container, usize)>,
    keys: BTreeMap<(Option<Id>, &'h str), Vec<Write<'h>>>,
    elements: BTreeMap<(Option<Id>, Id), Element<'h>>,
}

/// The value that a causally closed set of events shows.
pub(crate) fn value(history: &History, events: &BTreeSet<usize>) -> Json {
    let mut tables = Tables::default();
    tables.made.insert(None, (Container::Object, 1));
    for event in events {
        let mut index = 0;
        for edit in &history.events[*event].edits {
            // An edit that cannot apply leaves the tables as they were.
            let _ = tables.enter(history, *event, index, edit);
            index += edit.width();
        }
    }
    match tables.winner(history, &tables.assigned) {
        Some(write) => tables.show(history, write.id, write.value.unwrap()),
        None => tables.container(history, None),
    }
}

impl<'h> Tables<'h> {
    fn enter(&mut self, history: &'h History, event: usize, index: u32, edit: &'h Edit) -> Option<()> {
        let id = (history.events[event].id, index);
        let container = |target| container(history, event, index, target);
        match edit {
            Edit::Assign { value } => {
                self.assigned.push(Write { event, id, value: Some(value) });
                self.make(id, value, 1)
            }
            Edit::Set { target, key, value } => {
                let object = container(target)?;
                let depth = self.expect(object, Container::Object, [value])?;
                let value = Some(value);
                self.keys.entry((object, key)).or_default().push(Write { event, id, value });
                self.make(id, value?, depth)
            }
            Edit::Delete { target, key } => {
                let object = container(target)?;
                self.expect(object, Container::Object, [])?;
                self.keys.entry((object, key)).or_default().push(Write { event, id, value: None });
                Some(())
            }
            Edit::Insert { target, left, right, values } => {
                let resolve = |origin: &Option<ElementRef>| match origin {
                    Some(origin) => resolve(history, event, index, origin).map(Some),
                    None => Some(None),
                };
                let (left, right) = (resolve(left)?, resolve(right)?);
                let list = container(target)?;
                self.insert(list, id, (left, right), values)
            }
            Edit::Remove { target, element } => {
                let element = resolve(history, event, index, element)?;
                let list = container(target)?;
                self.expect(list, Container::List, [])?;
                self.elements.get_mut(&(list, element))?.removed = true;
                Some(())
            }
        }
    }

    fn insert(
        &mut self,
        list: Option<Id>,
        first: Id,
        (left, right): (Option<Id>, Option<Id>),
        values: &'h [Value],
    ) -> Option<()> {
        let depth = self.expect(list, Container::List, values)?;
        for origin in left.iter().chain(&right) {
            self.elements.get(&(list, *origin))?;
        }
        let below = right.is_some_and(|right| self.is_below(list, right, left));
        let (mut parent, mut on_left) = if below { (right, true) } else { (left, false) };
        for (offset, value) in (0..).zip(values) {
            let id = (first.0, first.1 + offset);
            let element = Element { parent, left: on_left, value, removed: false };
            self.elements.insert((list, id), element);
            self.make(id, value, depth);
            (parent, on_left) = (Some(id), false);
        }
        Some(())
    }

    fn make(&mut self, id: Id, value: &Value, depth: usize) -> Option<()> {
        if let Value::New(kind) = value {
            self.made.insert(Some(id), (*kind, depth));
        }
        Some(())
    }

    fn expect<'v>(
        &self,
        id: Option<Id>,
        kind: Container,
        values: impl IntoIterator<Item = &'v Value>,
    ) -> Option<usize> {
        let (found, depth) = *self.made.get(&id)?;
        let makes = values.into_iter().any(|value| matches!(value, Value::New(_)));
        (found == kind && (depth < limits::DOCUMENT_DEPTH || !makes)).then_some(depth + 1)
    }

    fn is_below(&self, list: Option<Id>, node: Id, ancestor: Option<Id>) -> bool {
        let parent = self.elements[&(list, node)].parent;
        parent == ancestor || parent.is_some_and(|parent| self.is_below(list, parent, ancestor))
    }

    fn winner<'t>(&self, history: &History, writes: &'t [Write<'h>]) -> Option<&'t Write<'h>> {
        let replaces = |later: &Write<'_>, write: &Write<'_>| {
            history.events[later.event].past.contains(&write.event)
                || (later.event == write.event && later.id.1 > write.id.1)
        };
        let survives = |write: &&Write<'_>| !writes.iter().any(|later| replaces(later, write));
        let shows = writes.iter().filter(survives).filter(|write| write.value.is_some());
        shows.max_by_key(|write| (history.events[write.event].depth, write.id))
    }

    fn show(&self, history: &History, id: Id, value: &Value) -> Json {
        match value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::from(*value),
            Value::Integer(integer) => serde_json::from_str(&integer.value().to_string()).unwrap(),
            Value::Float(float) => Json::from(float.value()),
            Value::String(text) => Json::from(text.as_str()),
            Value::New(_) => self.container(history, Some(id)),
        }
    }

    fn container(&self, history: &History, id: Option<Id>) -> Json {
        if self.made[&id].0 == Container::List {
            let mut items = Vec::new();
            self.below(history, id, None, &mut items);
            return Json::Array(items);
        }
        let keys = self.keys.iter().filter(|((object, _), _)| *object == id);
        let shown = keys.filter_map(|((_, key), writes)| {
            let write = self.winner(history, writes)?;
            Some(((*key).to_owned(), self.show(history, write.id, write.value?)))
        });
        Json::Object(shown.collect())
    }

    /// What lies below a node, and the node, in order.
    fn below(&self, history: &History, list: Option<Id>, node: Option<Id>, items: &mut Vec<Json>) {
        let children = |left: bool| {
            let in_list = self.elements.iter().filter(move |((of, _), _)| *of == list);
            in_list.filter(move |(_, element)| element.parent == node && element.left == left)
        };
        children(true).for_each(|((_, id), _)| self.below(history, list, Some(*id), items));
        if let Some(id) = node {
            let element = &self.elements[&(list, id)];
            if !element.removed {
                items.push(self.show(history, id, element.value));
            }
        }
        children(false).for_each(|((_, id), _)| self.below(history, list, Some(*id), items));
    }
}

/// What a reference in the edit at `index` of `event` names, if it may.
fn resolve(history: &History, event: usize, index: u32, reference: &ElementRef) -> Option<Id> {
    match reference {
        ElementRef::Here(other) => (*other < index).then_some((history.events[event].id, *other)),
        ElementRef::There(other, at) => {
            let mut past = history.events[event].past.iter();
            let known = past.any(|number| history.events[*number].id == *other);
            known.then_some((*other, *at))
        }
    }
}

fn container(history: &History, event: usize, index: u32, target: &Target) -> Option<Option<Id>> {
    match target {
        Target::Root => Some(None),
        Target::Made(reference) => resolve(history, event, index, reference).map(Some),
    }
}
