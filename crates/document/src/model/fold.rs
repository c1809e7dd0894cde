//! Applying an edit: what it refers to, and what it changes.

use std::cell::OnceCell;

use quorate_event::{CharRef, Edit, ElementRef, EventId, Splice, Target, TextChange, Value, limits};

use crate::model::containers::{ContainerContent, ContainerKey, ContainerState, Containers};
use crate::model::events::{ElementKey, EventNo, Events};
use crate::model::ids::ElementId;
use crate::model::list::List;
use crate::model::outcome::{EditOutcome, IgnoredReason};
use crate::model::past::CausalOrder;
use crate::model::register::Rank;
use crate::model::sequence::Origins;
use crate::model::text::inserted;

/// An edit's place in the graph.
#[derive(Clone, Copy)]
pub(crate) struct EditContext<'p> {
    /// The edit.
    pub(crate) key: ElementKey,
    /// Its event.
    pub(crate) id: EventId,
    pub(crate) events: &'p Events,
    pub(crate) past: &'p dyn CausalOrder,
}

impl EditContext<'_> {
    fn rank(&self) -> Rank {
        let id = ElementId { event: self.id, index: self.key.index };
        Rank { depth: self.events.depth(self.key.event), id }
    }

    /// An event that may be referred to from here, if this document knows it.
    fn event(&self, event: &EventId) -> EventLookup {
        if self.past.precedes(event, &self.id) {
            Ok(self.events.number(event))
        } else {
            Err(IgnoredReason::OutsideItsPast)
        }
    }

    fn here(&self, index: u32) -> Result<ElementKey, IgnoredReason> {
        if index < self.key.index { Ok(ElementKey { index, ..self.key }) } else { Err(IgnoredReason::ForwardReference) }
    }

    /// What a reference names, if it may be referred to from here. What this document does not know has no name: then
    /// the reason is `unknown`.
    fn resolve(&self, reference: ElementRef, unknown: IgnoredReason) -> Result<ElementKey, IgnoredReason> {
        match reference {
            ElementRef::Here(index) => self.here(index),
            ElementRef::There(event, index) => {
                let event = self.event(&event)?.ok_or(unknown)?;
                Ok(ElementKey { event, index })
            }
        }
    }

    fn element(&self, reference: ElementRef) -> Result<ElementKey, IgnoredReason> {
        self.resolve(reference, IgnoredReason::UnknownElement)
    }

    fn origins(&self, left: Option<ElementRef>, right: Option<ElementRef>) -> Result<Origins, IgnoredReason> {
        let resolve = |origin: Option<ElementRef>| origin.map(|origin| self.element(origin)).transpose();
        Ok(Origins { left: resolve(left)?, right: resolve(right)? })
    }

    fn container(&self, target: Target) -> Result<ContainerKey, IgnoredReason> {
        match target {
            Target::Root => Ok(ContainerKey::Root),
            Target::Made(reference) => self.resolve(reference, IgnoredReason::UnknownContainer).map(ContainerKey::Made),
        }
    }
}

impl Containers {
    /// Applies an edit, and says what became of it.
    pub(crate) fn apply(&mut self, edit: &Edit, origin: &EditContext<'_>, outcomes: &mut Vec<EditOutcome>) {
        let result = match edit {
            Edit::Splice { target, splice } => return self.splice(*target, splice, origin, outcomes),
            Edit::Set { target, key, value } => self.write(*target, key, Some(value), origin),
            Edit::Delete { target, key } => self.write(*target, key, None, origin),
            Edit::Assign { target, value } => self.assign(*target, value, origin),
            Edit::Insert { target, left, right, values } => self.insert(*target, (*left, *right), values, origin),
            Edit::Remove { target, first, count } => self.remove(*target, *first, *count, origin),
            Edit::Add { target, amount } => self.add(*target, *amount, origin),
            Edit::Move { target, element, left, right } => self.move_to(*target, *element, (*left, *right), origin),
        };
        outcomes.push(outcome(result));
    }

    fn write(
        &mut self,
        target: Target,
        key: &str,
        value: Option<&Value>,
        origin: &EditContext<'_>,
    ) -> Result<(), IgnoredReason> {
        let made = self.get_mut(origin.container(target)?)?;
        let depth = made.depth.saturating_add(1);
        let ContainerContent::Object(keys) = &mut made.content else {
            return Err(IgnoredReason::WrongKind);
        };
        check_depth(value, depth)?;
        let register = match keys.get_mut(key) {
            Some(register) => register,
            None => keys.entry(key.to_owned()).or_default(),
        };
        register.write(origin.rank(), origin.key.event, value.cloned(), origin.past);
        if let Some(value) = value {
            self.make(origin.key, value, depth);
        }
        Ok(())
    }

    fn assign(&mut self, target: Target, value: &Value, origin: &EditContext<'_>) -> Result<(), IgnoredReason> {
        let (register, depth) = match origin.container(target)? {
            ContainerKey::Root => (&mut self.assigned, 1),
            container @ ContainerKey::Made(_) => match self.get_mut(container)? {
                ContainerState { depth, content: ContainerContent::Register(register) } => {
                    (register, depth.saturating_add(1))
                }
                _ => return Err(IgnoredReason::WrongKind),
            },
        };
        check_depth([value], depth)?;
        register.write(origin.rank(), origin.key.event, Some(value.clone()), origin.past);
        self.make(origin.key, value, depth);
        Ok(())
    }

    fn insert(
        &mut self,
        target: Target,
        (left, right): (Option<ElementRef>, Option<ElementRef>),
        values: &[Value],
        origin: &EditContext<'_>,
    ) -> Result<(), IgnoredReason> {
        if values.is_empty() {
            return Err(IgnoredReason::Empty);
        }
        let origins = origin.origins(left, right)?;
        let (depth, list) = self.list(origin.container(target)?)?;
        let depth = depth.saturating_add(1);
        check_depth(values, depth)?;
        list.insert((origin.key, origins), values, origin.events)?;
        for (index, value) in (origin.key.index..=u32::MAX).zip(values) {
            self.make(ElementKey { index, ..origin.key }, value, depth);
        }
        Ok(())
    }

    fn remove(
        &mut self,
        target: Target,
        first: ElementRef,
        count: u32,
        origin: &EditContext<'_>,
    ) -> Result<(), IgnoredReason> {
        let first = origin.element(first)?;
        let (_, list) = self.list(origin.container(target)?)?;
        list.remove(first, count, origin.key)
    }

    fn move_to(
        &mut self,
        target: Target,
        element: ElementRef,
        (left, right): (Option<ElementRef>, Option<ElementRef>),
        origin: &EditContext<'_>,
    ) -> Result<(), IgnoredReason> {
        let element = origin.element(element)?;
        let origins = origin.origins(left, right)?;
        let (_, list) = self.list(origin.container(target)?)?;
        list.move_to((origin.key, origins), element, origin.rank(), origin.events)
    }

    fn add(&mut self, target: Target, amount: i64, origin: &EditContext<'_>) -> Result<(), IgnoredReason> {
        match &mut self.get_mut(origin.container(target)?)?.content {
            ContainerContent::Counter(counter) => {
                counter.add(origin.key.event, amount);
                Ok(())
            }
            _ => Err(IgnoredReason::WrongKind),
        }
    }

    /// Applies the changes of a splice one by one: a bad one does not take the others with it.
    fn splice(&mut self, target: Target, splice: &Splice, origin: &EditContext<'_>, outcomes: &mut Vec<EditOutcome>) {
        let table = SpliceEvents::new(splice.events());
        let container = match self.seen(target, splice, &table, origin) {
            Some(seen) => Ok(seen),
            None => origin.container(target),
        };
        let container = container.and_then(|container| self.get_mut(container));
        let text = match container.map(|made| &mut made.content) {
            Ok(ContainerContent::Text(text)) => text,
            found => {
                let ignored = EditOutcome::Ignored(found.err().unwrap_or(IgnoredReason::WrongKind));
                outcomes.extend(splice.changes().iter().map(|_| ignored));
                return;
            }
        };
        let mut reached = origin.key;
        for (change, characters) in inserted(splice) {
            let here = EditContext { key: reached, ..*origin };
            let result = text.change(change, (reached, characters), origin.events, |named| table.name(named, &here));
            if let TextChange::Insert { chars, .. } = change {
                reached = reached.plus(*chars);
            }
            outcomes.push(outcome(result));
        }
    }

    /// The text that a splice changes, if its author surely saw the making of it: that is so if they saw a character of
    /// it, since whoever wrote that one had seen it too. The making is often far in the past, where the graph takes long
    /// to answer; the character is asked for anyway, and most often near.
    fn seen(
        &mut self,
        target: Target,
        splice: &Splice,
        table: &SpliceEvents<'_>,
        origin: &EditContext<'_>,
    ) -> Option<ContainerKey> {
        let Target::Made(ElementRef::There(event, index)) = target else {
            return None;
        };
        let container = ContainerKey::Made(ElementKey { event: origin.events.number(&event)?, index });
        let ContainerContent::Text(text) = &mut self.get_mut(container).ok()?.content else {
            return None;
        };
        let named = match splice.changes().first()? {
            TextChange::Insert { left, right, .. } => left.or(*right)?,
            TextChange::Remove { first, .. } => *first,
        };
        let CharRef::There { .. } = named else {
            return None;
        };
        text.find_again(table.name(named, origin).ok()?).ok()?;
        Some(container)
    }

    fn list(&mut self, container: ContainerKey) -> Result<(usize, &mut List), IgnoredReason> {
        match self.get_mut(container)? {
            ContainerState { depth, content: ContainerContent::List(list) } => Ok((*depth, list)),
            _ => Err(IgnoredReason::WrongKind),
        }
    }
}

/// A splice's table of events: each is looked up once, when it is first referred to.
struct SpliceEvents<'s> {
    events: &'s [EventId],
    /// What was found of the first ones: most splices refer to no more, and then nothing is allocated.
    few: [OnceCell<EventLookup>; FEW],
    more: Vec<OnceCell<EventLookup>>,
}

const FEW: usize = 4;

/// An event that may be referred to, if this document knows it.
type EventLookup = Result<Option<EventNo>, IgnoredReason>;

impl<'s> SpliceEvents<'s> {
    fn new(events: &'s [EventId]) -> Self {
        let more = vec![OnceCell::new(); events.len().saturating_sub(FEW)];
        Self { events, few: Default::default(), more }
    }

    fn event(&self, place: u16, origin: &EditContext<'_>) -> EventLookup {
        let place = usize::from(place);
        let id = self.events.get(place).ok_or(IgnoredReason::UnknownElement)?;
        let found = self.few.get(place).or_else(|| self.more.get(place.checked_sub(FEW)?));
        found.map_or_else(|| origin.event(id), |found| *found.get_or_init(|| origin.event(id)))
    }

    fn name(&self, reference: CharRef, origin: &EditContext<'_>) -> Result<ElementKey, IgnoredReason> {
        match reference {
            CharRef::Here(index) => origin.here(index),
            CharRef::There { event, index } => {
                let event = self.event(event, origin)?.ok_or(IgnoredReason::UnknownElement)?;
                Ok(ElementKey { event, index })
            }
        }
    }
}

fn outcome(result: Result<(), IgnoredReason>) -> EditOutcome {
    result.map_or_else(EditOutcome::Ignored, |()| EditOutcome::Applied)
}

/// Refuses a new container at a depth where none may be.
fn check_depth<'v>(values: impl IntoIterator<Item = &'v Value>, depth: usize) -> Result<(), IgnoredReason> {
    let makes = |value: &Value| matches!(value, Value::New(_));
    if depth > limits::DOCUMENT_DEPTH && values.into_iter().any(makes) {
        return Err(IgnoredReason::TooDeep);
    }
    Ok(())
}
