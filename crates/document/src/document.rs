//! A document: every write to it, and the fold that takes an event's edits in.

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::{Container, Edit, ElementRef, EventId, Target, Value, limits};

use crate::change::{Change, Outcome, Reason};
use crate::list::{List, Origins, run};
use crate::name::{ContainerId, ElementId};
use crate::past::{Past, View};
use crate::register::{Rank, Register};

/// A JSON value folded from the edits addressed to its name. It holds every write, and is looked at through a [`View`].
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The writes of the root's value.
    pub(crate) assigned: Register,
    /// The object that shows while nothing is assigned.
    pub(crate) root: Made,
    pub(crate) made: BTreeMap<ElementId, Made>,
    folded: BTreeSet<EventId>,
    /// The events of which at least one edit applied, as they came: the earliest are in most views.
    applied: Vec<EventId>,
}

/// A container, and how deep it lies: 1 is the root.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) depth: usize,
    pub(crate) content: Content,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Object(Object),
    List(List),
}

/// The keys of an object ever written.
pub(crate) type Object = BTreeMap<String, Register>;

impl Default for Made {
    fn default() -> Self {
        Self { depth: 1, content: Content::Object(Object::new()) }
    }
}

/// An edit's place in the graph.
#[derive(Clone, Copy)]
struct Origin<'p> {
    id: ElementId,
    depth: u64,
    past: &'p dyn Past,
}

impl Origin<'_> {
    const fn rank(&self) -> Rank {
        Rank { depth: self.depth, id: self.id }
    }

    /// What a reference names, if it may be referred to from here.
    fn resolve(&self, reference: ElementRef) -> Result<ElementId, Reason> {
        match reference {
            ElementRef::Here(index) if index < self.id.index => Ok(ElementId { index, ..self.id }),
            ElementRef::Here(_) => Err(Reason::ForwardReference),
            ElementRef::There(event, index) if self.past.precedes(&event, &self.id.event) => {
                Ok(ElementId { event, index })
            }
            ElementRef::There(..) => Err(Reason::OutsideItsPast),
        }
    }

    fn resolve_optional(&self, origin: Option<ElementRef>) -> Result<Option<ElementId>, Reason> {
        origin.map(|origin| self.resolve(origin)).transpose()
    }

    fn container(&self, target: Target) -> Result<ContainerId, Reason> {
        match target {
            Target::Root => Ok(ContainerId::Root),
            Target::Made(reference) => self.resolve(reference).map(ContainerId::Made),
        }
    }
}

impl Document {
    /// Takes in the edits of `event` that are addressed to this document; the first has index `first_index`.
    ///
    /// Events come in any order in which each follows its past. There is one outcome for each edit. An event that was
    /// folded before changes nothing.
    pub fn fold(&mut self, event: EventId, first_index: u32, edits: &[Edit], past: &impl Past) -> Vec<Outcome> {
        if !self.folded.insert(event) {
            return vec![Outcome::Ignored(Reason::Repeated); edits.len()];
        }
        let depth = past.depth(&event);
        let mut next = Some(first_index);
        let outcomes: Vec<_> = edits
            .iter()
            .map(|edit| {
                let index = next.ok_or(Reason::NoIndexLeft)?;
                next = index.checked_add(edit.width());
                next.ok_or(Reason::NoIndexLeft)?;
                let id = ElementId { event, index };
                self.apply(edit, &Origin { id, depth, past })
            })
            .map(|result| result.map_or_else(Outcome::Ignored, Outcome::Applied))
            .collect();
        let applied = |outcome: &Outcome| matches!(outcome, Outcome::Applied(_));
        if outcomes.iter().any(applied) {
            self.applied.push(event);
        }
        outcomes
    }

    /// Whether any edit in `view` made this document. One that nobody wrote to has the value `{}` as well.
    pub fn known(&self, view: &impl View) -> bool {
        self.applied.iter().any(|event| view.shows(event))
    }

    /// The events that wrote to this document, as they came here.
    pub fn events(&self) -> impl Iterator<Item = &EventId> {
        self.applied.iter()
    }

    fn apply(&mut self, edit: &Edit, origin: &Origin<'_>) -> Result<Change, Reason> {
        match edit {
            Edit::Set { target, key, value } => {
                let object = self.write(*target, key, Some(value), origin)?;
                let key = key.clone();
                Ok(Change::Set { object, key })
            }
            Edit::Delete { target, key } => {
                let object = self.write(*target, key, None, origin)?;
                let key = key.clone();
                Ok(Change::Deleted { object, key })
            }
            Edit::Assign { value } => {
                self.assigned.write(origin.rank(), Some(value.clone()), origin.past);
                self.make(origin.id, value, 1);
                Ok(Change::Assigned)
            }
            Edit::Insert { target, left, right, values } => self.insert(*target, (*left, *right), values, origin),
            Edit::Remove { target, element } => {
                let element = origin.resolve(*element)?;
                let list = origin.container(*target)?;
                self.list(list)?.1.remove(element, origin.id.event)?;
                Ok(Change::Removed { list, element })
            }
        }
    }

    fn write(
        &mut self,
        target: Target,
        key: &str,
        value: Option<&Value>,
        origin: &Origin<'_>,
    ) -> Result<ContainerId, Reason> {
        let id = origin.container(target)?;
        let made = self.container(id)?;
        let depth = made.depth.saturating_add(1);
        let Content::Object(keys) = &mut made.content else {
            return Err(Reason::WrongKind);
        };
        check_depth(value, depth)?;
        keys.entry(key.to_owned()).or_default().write(origin.rank(), value.cloned(), origin.past);
        if let Some(value) = value {
            self.make(origin.id, value, depth);
        }
        Ok(id)
    }

    fn insert(
        &mut self,
        target: Target,
        (left, right): (Option<ElementRef>, Option<ElementRef>),
        values: &[Value],
        origin: &Origin<'_>,
    ) -> Result<Change, Reason> {
        let count = u32::try_from(values.len()).map_err(|_| Reason::NoIndexLeft)?;
        if count == 0 {
            return Err(Reason::Empty);
        }
        let origins = Origins { left: origin.resolve_optional(left)?, right: origin.resolve_optional(right)? };
        let id = origin.container(target)?;
        let (depth, list) = self.list(id)?;
        let depth = depth.saturating_add(1);
        check_depth(values, depth)?;
        list.insert(origin.id, origins, values)?;
        for (element, value) in run(origin.id).zip(values) {
            self.make(element, value, depth);
        }
        Ok(Change::Inserted { list: id, first: origin.id, count })
    }

    fn container(&mut self, id: ContainerId) -> Result<&mut Made, Reason> {
        match id {
            ContainerId::Root => Ok(&mut self.root),
            ContainerId::Made(id) => self.made.get_mut(&id).ok_or(Reason::UnknownContainer),
        }
    }

    fn list(&mut self, id: ContainerId) -> Result<(usize, &mut List), Reason> {
        let made = self.container(id)?;
        match &mut made.content {
            Content::List(list) => Ok((made.depth, list)),
            Content::Object(_) => Err(Reason::WrongKind),
        }
    }

    /// Makes the container that `value` asks for, if it does.
    fn make(&mut self, id: ElementId, value: &Value, depth: usize) {
        let content = match value {
            Value::New(Container::Object) => Content::Object(Object::new()),
            Value::New(Container::List) => Content::List(List::default()),
            _ => return,
        };
        self.made.insert(id, Made { depth, content });
    }
}

/// Refuses a new container at a depth where none may be.
fn check_depth<'v>(values: impl IntoIterator<Item = &'v Value>, depth: usize) -> Result<(), Reason> {
    let makes = |value: &Value| matches!(value, Value::New(_));
    if depth > limits::DOCUMENT_DEPTH && values.into_iter().any(makes) {
        return Err(Reason::TooDeep);
    }
    Ok(())
}
