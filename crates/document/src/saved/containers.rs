//! Containers: the root, then each container after the one that contains it.

use std::collections::BTreeMap;

use quorate_event::cbor::{CborReader, CborWriter};
use quorate_event::{Canonical, Container, Value, limits};

use crate::model::containers::{ContainerContent, ContainerState, Containers, Object};
use crate::model::counter::Counter;
use crate::model::events::{ElementKey, EventNo, EventTable};
use crate::model::register::{Rank, Register, RegisterWrite};
use crate::saved::error::OpenError;
use crate::saved::packed::is_event;

impl Containers {
    pub(super) fn save(&self, to: &mut CborWriter) {
        self.assigned.save(to);
        self.root.content.save(to);
        self.made.values().for_each(|made| made.content.save(to));
    }

    pub(super) fn open(from: &mut Opening<'_>) -> Result<Self, OpenError> {
        let assigned = from.register(1)?;
        let root = ContainerState::default();
        let root = ContainerState { content: from.content(Container::Object, root.depth)?, ..root };
        let mut made = BTreeMap::new();
        while let Some((key, (kind, depth))) = from.awaited.pop_first() {
            from.reached = key;
            made.insert(key, ContainerState { depth, content: from.content(kind, depth)? });
        }
        Ok(Self { assigned, root, made })
    }
}

impl ContainerContent {
    fn save(&self, to: &mut CborWriter) {
        match self {
            Self::Object(keys) => {
                to.uint(keys.len() as u64);
                keys.iter().for_each(|(key, register)| register.save(to.text(key)));
            }
            Self::List(list) => list.save(to),
            Self::Text(text) => text.save(to),
            Self::Register(register) => register.save(to),
            Self::Counter(counter) => counter.save(to),
        }
    }
}

/// The lowest bit of a write's head: the write has a value, so it is not a deletion.
const HAS_VALUE: u64 = 1;
/// The second bit: the write is known to replace all lesser ones.
const REPLACES_ALL: u64 = 2;

impl Register {
    fn save(&self, to: &mut CborWriter) {
        to.uint(self.writes().count() as u64);
        for (rank, write, replaces_all) in self.writes() {
            let replaces_all = if replaces_all { REPLACES_ALL } else { 0 };
            let has_value = if write.value.is_some() { HAS_VALUE } else { 0 };
            to.uint(u64::from(write.event.0) << 2 | replaces_all | has_value).uint(rank.id.index.into());
            if let Some(value) = &write.value {
                value.encode(to);
            }
        }
    }
}

impl Counter {
    fn save(&self, to: &mut CborWriter) {
        to.uint(self.amounts.len() as u64);
        for (event, amount) in &self.amounts {
            to.uint(event.0.into()).uint(amount.cast_unsigned());
        }
    }
}

/// A saved document that is being read, and the containers that were made so far and whose content was not read yet.
pub(super) struct Opening<'b> {
    pub(super) from: CborReader<'b>,
    pub(super) events: &'b EventTable,
    /// The kind and the depth of each, by the edit that made it.
    awaited: BTreeMap<ElementKey, (Container, usize)>,
    /// The container that is being read: containers that are made in it have greater keys.
    reached: ElementKey,
}

impl<'b> Opening<'b> {
    pub(super) const fn new(from: CborReader<'b>, events: &'b EventTable) -> Self {
        Self { from, events, awaited: BTreeMap::new(), reached: ElementKey::START }
    }

    /// Checks that no bytes are left.
    pub(super) fn finish(&self) -> Result<(), OpenError> {
        if self.from.is_at_end() { Ok(()) } else { Err(OpenError::Malformed { what: "bytes after the end" }) }
    }

    /// Records the container that `value` makes at `depth`, if it makes one. Each is made once, after the one around it.
    pub(super) fn make(&mut self, key: ElementKey, value: &Value, depth: usize) -> Result<(), OpenError> {
        let Value::New(kind) = value else {
            return Ok(());
        };
        let fits = depth <= limits::DOCUMENT_DEPTH && key > self.reached;
        if fits && self.awaited.insert(key, (*kind, depth)).is_none() {
            return Ok(());
        }
        Err(OpenError::Malformed { what: "a container" })
    }

    fn content(&mut self, kind: Container, depth: usize) -> Result<ContainerContent, OpenError> {
        let below = depth.saturating_add(1);
        Ok(match kind {
            Container::Object => ContainerContent::Object(self.object(below)?),
            Container::List => ContainerContent::List(Box::new(self.list(below)?)),
            Container::Text => ContainerContent::Text(Box::new(self.text()?)),
            Container::Register => ContainerContent::Register(self.register(below)?),
            Container::Counter => ContainerContent::Counter(self.counter()?),
        })
    }

    fn object(&mut self, depth: usize) -> Result<Object, OpenError> {
        let mut keys = Object::new();
        for _ in 0..self.from.uint("keys")? {
            let key = self.from.text("key")?;
            if keys.last_key_value().is_some_and(|(last, _)| last.as_str() >= key) {
                return Err(OpenError::Malformed { what: "a key" });
            }
            keys.insert(key.to_owned(), self.register(depth)?);
        }
        Ok(keys)
    }

    /// A register whose values make containers at `depth`.
    fn register(&mut self, depth: usize) -> Result<Register, OpenError> {
        let mut register = Register::default();
        for _ in 0..self.from.uint("writes")? {
            let head = self.from.uint("write")?;
            let key = ElementKey { event: self.event(head >> 2)?, index: self.from.u32("write")? };
            let rank = Rank { depth: self.events.depth(key.event), id: self.events.id(key) };
            let value = if head & HAS_VALUE > 0 { Some(Value::decode(&mut self.from)?) } else { None };
            value.iter().try_for_each(|value| self.make(key, value, depth))?;
            if !register.put_back(rank, RegisterWrite { event: key.event, value }, head & REPLACES_ALL > 0) {
                return Err(OpenError::Malformed { what: "a write" });
            }
        }
        Ok(register)
    }

    fn counter(&mut self) -> Result<Counter, OpenError> {
        let mut counter = Counter::default();
        for _ in 0..self.from.uint("amounts")? {
            let number = self.from.uint("event")?;
            let amount = self.from.uint("amount")?;
            counter.add(self.event(number)?, amount.cast_signed());
        }
        Ok(counter)
    }

    pub(super) fn event(&self, number: u64) -> Result<EventNo, OpenError> {
        let number = u32::try_from(number).ok().map(EventNo);
        number.filter(|number| is_event(*number, self.events)).ok_or(OpenError::Malformed { what: "an event" })
    }
}
