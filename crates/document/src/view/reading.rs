//! What a document shows in a view.

use quorate_event::{Address, Digest, Value};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::json::canonical;
use crate::json::pointer::{self, PointerError};
use crate::json::scalar;
use crate::model::containers::{Content, Made, Object, Whole};
use crate::model::document::Document;
use crate::model::events::{Events, Key, Lens};
use crate::model::ids::{ContainerId, ElementId};
use crate::model::past::{Past, View};
use crate::model::register::Register;
pub(crate) use crate::view::sequences::{ListView, TextView};

/// One of the values that were written to one place concurrently.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The edit that wrote it.
    pub id: ElementId,
    /// Who wrote it, if the graph knows.
    pub author: Option<Address>,
    /// The value.
    pub value: Json,
}

impl Document {
    /// The value that shows in `view`.
    pub fn value(&self, view: &impl View, past: &impl Past) -> Json {
        let lens = self.lens(view);
        let reading = Reading::new(self, &lens, past);
        reading.json(reading.root())
    }

    /// The value that shows in `view`, as any type that can be read from JSON.
    ///
    /// # Errors
    /// When the value is of another shape.
    pub fn read<T: DeserializeOwned>(&self, view: &impl View, past: &impl Past) -> Result<T, serde_json::Error> {
        serde_json::from_value(self.value(view, past))
    }

    /// keccak256 of the canonical text of the value that shows in `view`.
    pub fn digest(&self, view: &impl View, past: &impl Past) -> Digest {
        canonical::digest_of_text(&self.canonical(view, past))
    }

    /// The canonical text of the value that shows in `view`.
    pub(crate) fn canonical(&self, view: &impl View, past: &impl Past) -> String {
        let lens = self.lens(view);
        let reading = Reading::new(self, &lens, past);
        reading.canonical(reading.root())
    }

    /// All values of the place at `pointer` that no write in `view` replaces, the one that shows first. More than one
    /// means that they were written concurrently; none means that nothing shows there.
    ///
    /// # Errors
    /// When `pointer` is not a JSON pointer (RFC 6901).
    pub fn conflicts(&self, pointer: &str, view: &impl View, past: &impl Past) -> Result<Vec<Written>, PointerError> {
        let tokens = pointer::tokens(pointer)?;
        let lens = self.lens(view);
        Ok(Reading::new(self, &lens, past).writes_at(&tokens))
    }

    /// The pointers of all places that hold more than one concurrent value in `view`, outer ones first.
    pub fn conflicted(&self, view: &impl View, past: &impl Past) -> Vec<String> {
        let lens = self.lens(view);
        let reading = Reading::new(self, &lens, past);
        let mut found = Vec::new();
        if self.containers.assigned.surviving(&lens, past).nth(1).is_some() {
            found.push(String::new());
        }
        reading.collect_conflicted(reading.root(), &mut Vec::new(), &mut found);
        found
    }
}

/// A document, looked at through a view.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'d> {
    document: &'d Document,
    pub(crate) lens: &'d Lens,
    past: &'d dyn Past,
}

/// A value that shows.
#[derive(Clone, Copy)]
pub(crate) enum Shown<'d> {
    Scalar(&'d Value),
    Object(ContainerId, &'d Object),
    List(ContainerId, ListView<'d>),
    Text(ContainerId, TextView<'d>),
    /// A register and what shows in it.
    Register(ContainerId, &'d Register),
    /// A counter's sum.
    Counter(ContainerId, i128),
}

// Containers nest at most DOCUMENT_DEPTH deep, since the fold makes no deeper one: so may the recursion here.
impl<'d> Reading<'d> {
    pub(crate) fn new(document: &'d Document, lens: &'d Lens, past: &'d dyn Past) -> Self {
        Self { document, lens, past }
    }

    pub(crate) fn events(self) -> &'d Events {
        &self.document.events
    }

    /// The greatest of the values assigned, or the object that was there from the start.
    pub(crate) fn root(self) -> Shown<'d> {
        let containers = &self.document.containers;
        self.first(&containers.assigned).unwrap_or_else(|| self.container(Whole::Root, &containers.root))
    }

    pub(crate) fn key(self, object: &'d Object, key: &str) -> Option<Shown<'d>> {
        object.get(key).and_then(|register| self.first(register))
    }

    pub(crate) fn keys(self, object: &'d Object) -> impl Iterator<Item = (&'d str, Shown<'d>)> {
        object.iter().filter_map(move |(key, register)| self.first(register).map(|shown| (key.as_str(), shown)))
    }

    /// What `value` shows, written by the edit `key`.
    pub(crate) fn written(self, key: Key, value: &'d Value) -> Shown<'d> {
        match (value, self.document.containers.made(key)) {
            (Value::New(_), Some(made)) => self.container(Whole::Made(key), made),
            _ => Shown::Scalar(value),
        }
    }

    /// What shows in a register.
    pub(crate) fn first(self, register: &'d Register) -> Option<Shown<'d>> {
        let mut surviving = register.surviving(self.lens, self.past);
        surviving.next().map(|(key, value)| self.written(key, value))
    }

    fn container(self, container: Whole, made: &'d Made) -> Shown<'d> {
        let id = match container {
            Whole::Root => ContainerId::Root,
            Whole::Made(key) => ContainerId::Made(self.events().id(key)),
        };
        match &made.content {
            Content::Object(object) => Shown::Object(id, object),
            Content::List(list) => Shown::List(id, ListView::new(list, self)),
            Content::Text(text) => Shown::Text(id, TextView::new(text, self.lens, self.events())),
            Content::Register(register) => Shown::Register(id, register),
            Content::Counter(counter) => Shown::Counter(id, counter.sum(self.lens)),
        }
    }

    pub(crate) fn json(self, shown: Shown<'d>) -> Json {
        match shown {
            Shown::Scalar(value) => scalar::to_json(value).unwrap_or_default(),
            Shown::Object(_, object) => {
                let members = self.keys(object);
                let members: Map<String, Json> =
                    members.map(|(key, shown)| (key.to_owned(), self.json(shown))).collect();
                Json::Object(members)
            }
            Shown::List(_, list) => list.items().map(|(_, item)| self.json(item)).collect(),
            Shown::Text(_, text) => Json::String(text.to_string()),
            Shown::Register(_, register) => self.first(register).map_or(Json::Null, |shown| self.json(shown)),
            Shown::Counter(_, sum) => scalar::sum_json(sum),
        }
    }

    /// The canonical text of what shows, written without building the value.
    pub(crate) fn canonical(self, shown: Shown<'d>) -> String {
        let mut text = String::new();
        self.write_canonical(shown, &mut text);
        text
    }

    fn write_canonical(self, shown: Shown<'d>, text: &mut String) {
        match shown {
            Shown::Scalar(value) => canonical::write_scalar(value, text),
            Shown::Object(_, object) => self.write_members(object, text),
            Shown::List(_, list) => {
                let mut open = '[';
                for (_, item) in list.items() {
                    text.push(std::mem::replace(&mut open, ','));
                    self.write_canonical(item, text);
                }
                text.push_str(if open == '[' { "[]" } else { "]" });
            }
            Shown::Text(_, characters) => canonical::write_string(&characters.to_string(), text),
            Shown::Register(_, register) => match self.first(register) {
                Some(shown) => self.write_canonical(shown, text),
                None => text.push_str("null"),
            },
            Shown::Counter(_, sum) => text.push_str(&canonical::canonical_json(&scalar::sum_json(sum))),
        }
    }

    fn write_members(self, object: &'d Object, text: &mut String) {
        let mut open = '{';
        let mut write = |(key, member): (&str, Shown<'d>)| {
            text.push(std::mem::replace(&mut open, ','));
            canonical::write_string(key, text);
            text.push(':');
            self.write_canonical(member, text);
        };
        if object.keys().any(|key| canonical::is_above_utf16_units(key)) {
            let mut members: Vec<_> = self.keys(object).collect();
            members.sort_by(|(a, _), (b, _)| canonical::utf16_order(a, b));
            members.into_iter().for_each(&mut write);
        } else {
            self.keys(object).for_each(&mut write);
        }
        text.push_str(if open == '{' { "{}" } else { "}" });
    }

    /// What shows at the end of a path.
    pub(crate) fn at(self, tokens: &[String]) -> Option<Shown<'d>> {
        tokens.iter().try_fold(self.root(), |shown, token| self.step(shown, token))
    }

    /// What a register shows in the end, for whoever looks through it.
    pub(crate) fn through(self, shown: Shown<'d>) -> Option<Shown<'d>> {
        let mut shown = shown;
        while let Shown::Register(_, register) = shown {
            shown = self.first(register)?;
        }
        Some(shown)
    }

    fn step(self, shown: Shown<'d>, token: &str) -> Option<Shown<'d>> {
        match self.through(shown)? {
            Shown::Object(_, object) => self.key(object, token),
            Shown::List(_, list) => {
                let item = list.item(u32::try_from(pointer::index(token)?).ok()?);
                item.map(|(_, shown)| shown)
            }
            _ => None,
        }
    }

    fn writes_at(self, tokens: &[String]) -> Vec<Written> {
        let Some((last, parents)) = tokens.split_last() else {
            return self.writes(&self.document.containers.assigned);
        };
        let parent = self.at(parents).and_then(|shown| self.through(shown));
        match parent {
            Some(Shown::Object(_, object)) => {
                let register = object.get(last);
                register.map_or_else(Vec::new, |register| self.writes(register))
            }
            Some(Shown::List(_, list)) => {
                let item = pointer::index(last).and_then(|index| list.item(u32::try_from(index).ok()?));
                match item {
                    Some((_, Shown::Register(_, register))) => self.writes(register),
                    item => item.into_iter().map(|(id, shown)| self.report(id, shown)).collect(),
                }
            }
            _ => Vec::new(),
        }
    }

    /// What survives in a register; where that is one register container, what survives in that.
    fn writes(self, register: &'d Register) -> Vec<Written> {
        let surviving: Vec<_> = register.surviving(self.lens, self.past).collect();
        if let [(key, value)] = surviving.as_slice()
            && let Shown::Register(_, inner) = self.written(*key, value)
        {
            return self.writes(inner);
        }
        surviving.into_iter().map(|(key, value)| self.report(self.events().id(key), self.written(key, value))).collect()
    }

    fn report(self, id: ElementId, shown: Shown<'d>) -> Written {
        Written { id, author: self.past.author(&id.event), value: self.json(shown) }
    }

    fn collect_conflicted(self, shown: Shown<'d>, path: &mut Vec<String>, found: &mut Vec<String>) {
        match shown {
            Shown::Scalar(_) | Shown::Text(..) | Shown::Counter(..) => {}
            Shown::Register(_, register) => self.collect_contended(register, path, found),
            Shown::Object(_, object) => {
                for (key, register) in object {
                    path.push(key.clone());
                    self.collect_contended(register, path, found);
                    path.pop();
                }
            }
            Shown::List(_, list) => {
                for (index, (_, item)) in list.items().enumerate() {
                    path.push(index.to_string());
                    self.collect_conflicted(item, path, found);
                    path.pop();
                }
            }
        }
    }

    fn collect_contended(self, register: &'d Register, path: &mut Vec<String>, found: &mut Vec<String>) {
        if register.surviving(self.lens, self.past).nth(1).is_some() {
            found.push(pointer::pointer(path));
        }
        if let Some(shown) = self.first(register) {
            self.collect_conflicted(shown, path, found);
        }
    }
}
