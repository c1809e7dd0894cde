//! Lists: elements in Fugue's order, each with those who removed it.

use std::collections::BTreeMap;

use quorate_event::{EventId, Value};

use crate::change::Reason;
use crate::fugue::{Node, Tree};
use crate::name::ElementId;
use crate::past::View;

/// Every element ever inserted.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    tree: Tree,
    elements: BTreeMap<ElementId, Element>,
}

#[derive(Debug, Clone)]
struct Element {
    node: Node,
    value: Value,
    removed_by: Vec<EventId>,
}

/// An element whose insertion is in a view: its value, unless its removal is in that view too.
pub(crate) struct Inserted<'l> {
    pub(crate) id: ElementId,
    pub(crate) value: Option<&'l Value>,
}

/// The elements that an author saw around a run it inserts; nothing is the list's start or its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origins {
    pub(crate) left: Option<ElementId>,
    pub(crate) right: Option<ElementId>,
}

impl List {
    /// Inserts a run whose first element is `first`, the others at the indices after it.
    pub(crate) fn insert(&mut self, first: ElementId, origins: Origins, values: &[Value]) -> Result<(), Reason> {
        let left = self.node(origins.left)?;
        let right = self.node(origins.right)?;
        let (mut parent, mut side) = self.tree.between(left.unwrap_or(Tree::START), right);
        for (id, value) in run(first).zip(values) {
            let node = self.tree.attach(id, parent, side);
            let element = Element { node, value: value.clone(), removed_by: Vec::new() };
            self.elements.insert(id, element);
            (parent, side) = (node, crate::fugue::Side::Right);
        }
        Ok(())
    }

    /// Removes an element in every view that contains `by`.
    pub(crate) fn remove(&mut self, id: ElementId, by: EventId) -> Result<(), Reason> {
        let element = self.elements.get_mut(&id).ok_or(Reason::UnknownElement)?;
        if element.removed_by.last() != Some(&by) {
            element.removed_by.push(by);
        }
        Ok(())
    }

    /// The elements whose insertion is in `view`, in order, removed ones included.
    pub(crate) fn inserted<'l>(&'l self, view: &'l dyn View) -> impl Iterator<Item = Inserted<'l>> + 'l {
        let in_view = self.tree.in_order().filter(|id| view.shows(&id.event));
        in_view.map(move |id| {
            let element = self.elements.get(&id);
            let present = element.filter(|it| !it.removed_by.iter().any(|by| view.shows(by)));
            Inserted { id, value: present.map(|element| &element.value) }
        })
    }

    /// The elements that show in `view`, in order.
    pub(crate) fn shown<'l>(&'l self, view: &'l dyn View) -> impl Iterator<Item = (ElementId, &'l Value)> + 'l {
        self.inserted(view).filter_map(|element| element.value.map(|value| (element.id, value)))
    }

    fn node(&self, origin: Option<ElementId>) -> Result<Option<Node>, Reason> {
        let Some(id) = origin else {
            return Ok(None);
        };
        let element = self.elements.get(&id).ok_or(Reason::UnknownElement)?;
        Ok(Some(element.node))
    }
}

/// The names of a run that starts at `first`.
pub(crate) fn run(first: ElementId) -> impl Iterator<Item = ElementId> {
    (first.index..=u32::MAX).map(move |index| ElementId { index, ..first })
}
