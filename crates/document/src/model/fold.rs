//! Applying an edit: resolving its references, and changing the containers.

use std::cell::OnceCell;

use quorate_event::{CharRef, Edit, ElementRef, EventId, Splice, Target, TextChange, Value, limits};

use crate::model::causal_order::CausalOrder;
use crate::model::containers::{ContainerContent, ContainerKey, ContainerState, Containers};
use crate::model::events::{ElementKey, EventNo, EventTable};
use crate::model::ids::{ElementId, OriginRefs};
use crate::model::list::List;
use crate::model::outcome::{EditOutcome, IgnoredReason};
use crate::model::register::Rank;
use crate::model::sequence::Origins;
use crate::model::text::inserted;

/// An edit, its event, and what its references are resolved against.
#[derive(Clone, Copy)]
pub(crate) struct EditContext<'p> {
    /// The id of the edit within this process.
    pub(crate) key: ElementKey,
    /// Its event.
    pub(crate) id: EventId,
    pub(crate) events: &'p EventTable,
    pub(crate) past: &'p dyn CausalOrder,
}

impl EditContext<'_> {
    fn rank(&self) -> Rank {
        let id = ElementId { event: self.id, index: self.key.index };
        Rank { depth: self.events.depth(self.key.event), id }
    }

    /// The number of an event that the edit refers to, which must be in its past; `None` if this document has no edits of it.
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

    /// The key of an element or container that the edit refers to. An event without edits of this document has no keys:
    /// then the reason is `unknown`.
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

    fn origins(&self, origins: OriginRefs) -> Result<Origins, IgnoredReason> {
        let resolve = |origin: Option<ElementRef>| origin.map(|origin| self.element(origin)).transpose();
        Ok(Origins { left: resolve(origins.left)?, right: resolve(origins.right)? })
    }

    fn container(&self, target: Target) -> Result<ContainerKey, IgnoredReason> {
        match target {
            Target::Root => Ok(ContainerKey::Root),
            Target::Made(reference) => self.resolve(reference, IgnoredReason::UnknownContainer).map(ContainerKey::Made),
        }
    }
}

impl Containers {
    /// Applies an edit, and appends its outcomes.
    pub(crate) fn apply(&mut self, edit: &Edit, context: &EditContext<'_>, outcomes: &mut Vec<EditOutcome>) {
        let result = match edit {
            Edit::Splice { target, splice } => return self.splice(*target, splice, context, outcomes),
            Edit::Set { target, key, value } => self.write(*target, key, Some(value), context),
            Edit::Delete { target, key } => self.write(*target, key, None, context),
            Edit::Assign { target, value } => self.assign(*target, value, context),
            Edit::Insert { target, left, right, values } => {
                self.insert(*target, OriginRefs { left: *left, right: *right }, values, context)
            }
            Edit::Remove { target, first, count } => self.remove(*target, *first, *count, context),
            Edit::Add { target, amount } => self.add(*target, *amount, context),
            Edit::Move { target, element, left, right } => {
                self.move_to(*target, *element, OriginRefs { left: *left, right: *right }, context)
            }
        };
        outcomes.push(outcome(result));
    }

    fn write(
        &mut self,
        target: Target,
        key: &str,
        value: Option<&Value>,
        context: &EditContext<'_>,
    ) -> Result<(), IgnoredReason> {
        let made = self.get_mut(context.container(target)?)?;
        let depth = made.depth.saturating_add(1);
        let ContainerContent::Object(keys) = &mut made.content else {
            return Err(IgnoredReason::WrongKind);
        };
        check_depth(value, depth)?;
        let register = match keys.get_mut(key) {
            Some(register) => register,
            None => keys.entry(key.to_owned()).or_default(),
        };
        register.write(context.rank(), context.key.event, value.cloned(), context.past);
        if let Some(value) = value {
            self.make(context.key, value, depth);
        }
        Ok(())
    }

    fn assign(&mut self, target: Target, value: &Value, context: &EditContext<'_>) -> Result<(), IgnoredReason> {
        let (register, depth) = match context.container(target)? {
            ContainerKey::Root => (&mut self.assigned, 1),
            container @ ContainerKey::Made(_) => match self.get_mut(container)? {
                ContainerState { depth, content: ContainerContent::Register(register) } => {
                    (register, depth.saturating_add(1))
                }
                _ => return Err(IgnoredReason::WrongKind),
            },
        };
        check_depth([value], depth)?;
        register.write(context.rank(), context.key.event, Some(value.clone()), context.past);
        self.make(context.key, value, depth);
        Ok(())
    }

    fn insert(
        &mut self,
        target: Target,
        origins: OriginRefs,
        values: &[Value],
        context: &EditContext<'_>,
    ) -> Result<(), IgnoredReason> {
        if values.is_empty() {
            return Err(IgnoredReason::Empty);
        }
        let origins = context.origins(origins)?;
        let (depth, list) = self.list(context.container(target)?)?;
        let depth = depth.saturating_add(1);
        check_depth(values, depth)?;
        list.insert((context.key, origins), values, context.events)?;
        for (index, value) in (context.key.index..=u32::MAX).zip(values) {
            self.make(ElementKey { index, ..context.key }, value, depth);
        }
        Ok(())
    }

    fn remove(
        &mut self,
        target: Target,
        first: ElementRef,
        count: u32,
        context: &EditContext<'_>,
    ) -> Result<(), IgnoredReason> {
        let first = context.element(first)?;
        let (_, list) = self.list(context.container(target)?)?;
        list.remove(first, count, context.key)
    }

    fn move_to(
        &mut self,
        target: Target,
        element: ElementRef,
        origins: OriginRefs,
        context: &EditContext<'_>,
    ) -> Result<(), IgnoredReason> {
        let element = context.element(element)?;
        let origins = context.origins(origins)?;
        let (_, list) = self.list(context.container(target)?)?;
        list.move_to((context.key, origins), element, context.rank(), context.events)
    }

    fn add(&mut self, target: Target, amount: i64, context: &EditContext<'_>) -> Result<(), IgnoredReason> {
        match &mut self.get_mut(context.container(target)?)?.content {
            ContainerContent::Counter(counter) => {
                counter.add(context.key.event, amount);
                Ok(())
            }
            _ => Err(IgnoredReason::WrongKind),
        }
    }

    /// Applies the changes of a splice one by one: a change that is ignored does not affect the others.
    fn splice(&mut self, target: Target, splice: &Splice, context: &EditContext<'_>, outcomes: &mut Vec<EditOutcome>) {
        let table = SpliceEvents::new(splice.events());
        let container = match self.seen(target, splice, &table, context) {
            Some(seen) => Ok(seen),
            None => context.container(target),
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
        let mut reached = context.key;
        for (change, characters) in inserted(splice) {
            let here = EditContext { key: reached, ..*context };
            let result = text.change(change, (reached, characters), context.events, |named| table.name(named, &here));
            if let TextChange::Insert { chars, .. } = change {
                reached = reached.plus(*chars);
            }
            outcomes.push(outcome(result));
        }
    }

    /// The text that a splice changes, if a character that the splice refers to proves that the text is in its past: the
    /// author of the character had the text in their past. The edit that made the text is often far in the past, where
    /// `precedes` is slow; the character must be looked up anyway, and is most often near.
    fn seen(
        &mut self,
        target: Target,
        splice: &Splice,
        table: &SpliceEvents<'_>,
        context: &EditContext<'_>,
    ) -> Option<ContainerKey> {
        let Target::Made(ElementRef::There(event, index)) = target else {
            return None;
        };
        let container = ContainerKey::Made(ElementKey { event: context.events.number(&event)?, index });
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
        text.find_again(table.name(named, context).ok()?).ok()?;
        Some(container)
    }

    fn list(&mut self, container: ContainerKey) -> Result<(usize, &mut List), IgnoredReason> {
        match self.get_mut(container)? {
            ContainerState { depth, content: ContainerContent::List(list) } => Ok((*depth, list)),
            _ => Err(IgnoredReason::WrongKind),
        }
    }
}

/// The events that a splice refers to: each is looked up once, at its first reference.
struct SpliceEvents<'s> {
    events: &'s [EventId],
    /// The first few events, without an allocation: most splices refer to no more.
    few: [OnceCell<EventLookup>; FEW],
    more: Vec<OnceCell<EventLookup>>,
}

const FEW: usize = 4;

/// The number of an event in the past, if this document has edits of it; or why the reference is invalid.
type EventLookup = Result<Option<EventNo>, IgnoredReason>;

impl<'s> SpliceEvents<'s> {
    fn new(events: &'s [EventId]) -> Self {
        let more = vec![OnceCell::new(); events.len().saturating_sub(FEW)];
        Self { events, few: Default::default(), more }
    }

    fn event(&self, place: u16, context: &EditContext<'_>) -> EventLookup {
        let place = usize::from(place);
        let id = self.events.get(place).ok_or(IgnoredReason::UnknownElement)?;
        let found = self.few.get(place).or_else(|| self.more.get(place.checked_sub(FEW)?));
        found.map_or_else(|| context.event(id), |found| *found.get_or_init(|| context.event(id)))
    }

    fn name(&self, reference: CharRef, context: &EditContext<'_>) -> Result<ElementKey, IgnoredReason> {
        match reference {
            CharRef::Here(index) => context.here(index),
            CharRef::There { event, index } => {
                let event = self.event(event, context)?.ok_or(IgnoredReason::UnknownElement)?;
                Ok(ElementKey { event, index })
            }
        }
    }
}

fn outcome(result: Result<(), IgnoredReason>) -> EditOutcome {
    result.map_or_else(EditOutcome::Ignored, |()| EditOutcome::Applied)
}

/// Refuses new containers below the greatest depth.
fn check_depth<'v>(values: impl IntoIterator<Item = &'v Value>, depth: usize) -> Result<(), IgnoredReason> {
    let makes = |value: &Value| matches!(value, Value::New(_));
    if depth > limits::DOCUMENT_DEPTH && values.into_iter().any(makes) {
        return Err(IgnoredReason::TooDeep);
    }
    Ok(())
}
