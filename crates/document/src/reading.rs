//! What a document shows in a view.

use quorate_event::{Address, Digest, Value};
use serde_json::{Map, Value as Json};

use crate::canonical;
use crate::document::{Content, Document, Made, Object};
use crate::list::List;
use crate::name::{ContainerId, ElementId};
use crate::past::{Past, View};
use crate::pointer::{self, PointerError};
use crate::register::Register;
use crate::scalar;

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
        let reading = Reading::new(self, view, past);
        reading.json(reading.root())
    }

    /// keccak256 of the canonical text of the value that shows in `view`.
    pub fn digest(&self, view: &impl View, past: &impl Past) -> Digest {
        canonical::digest_of_text(&self.canonical(view, past))
    }

    /// The canonical text of the value that shows in `view`.
    pub(crate) fn canonical(&self, view: &impl View, past: &impl Past) -> String {
        let reading = Reading::new(self, view, past);
        reading.canonical(reading.root())
    }

    /// All values of the place at `pointer` that no write in `view` replaces, the one that shows first. More than one
    /// means that they were written concurrently; none means that nothing shows there.
    ///
    /// # Errors
    /// When `pointer` is not a JSON pointer (RFC 6901).
    pub fn conflicts(&self, pointer: &str, view: &impl View, past: &impl Past) -> Result<Vec<Written>, PointerError> {
        let tokens = pointer::tokens(pointer)?;
        Ok(Reading::new(self, view, past).writes_at(&tokens))
    }

    /// The pointers of all places that hold more than one concurrent value in `view`, outer ones first.
    pub fn conflicted(&self, view: &impl View, past: &impl Past) -> Vec<String> {
        let reading = Reading::new(self, view, past);
        let mut found = Vec::new();
        if self.assigned.surviving(view, past).nth(1).is_some() {
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
    pub(crate) view: &'d dyn View,
    past: &'d dyn Past,
}

/// A value that shows.
#[derive(Clone, Copy)]
pub(crate) enum Shown<'d> {
    Scalar(&'d Value),
    Object(ContainerId, &'d Object),
    List(ContainerId, &'d List),
}

// Containers nest at most DOCUMENT_DEPTH deep, since the fold makes no deeper one: so may the recursion here.
impl<'d> Reading<'d> {
    pub(crate) fn new(document: &'d Document, view: &'d dyn View, past: &'d dyn Past) -> Self {
        Self { document, view, past }
    }

    /// The greatest of the values assigned, or the object that was there from the start.
    pub(crate) fn root(self) -> Shown<'d> {
        self.first(&self.document.assigned).unwrap_or_else(|| Shown::of(ContainerId::Root, &self.document.root))
    }

    pub(crate) fn key(self, object: &'d Object, key: &str) -> Option<Shown<'d>> {
        object.get(key).and_then(|register| self.first(register))
    }

    pub(crate) fn keys(self, object: &'d Object) -> impl Iterator<Item = (&'d str, Shown<'d>)> {
        object.iter().filter_map(move |(key, register)| self.first(register).map(|shown| (key.as_str(), shown)))
    }

    pub(crate) fn items(self, list: &'d List) -> impl Iterator<Item = (ElementId, Shown<'d>)> {
        list.shown(self.view).map(move |(id, value)| (id, self.written(id, value)))
    }

    /// What `value` shows, written by `id`.
    pub(crate) fn written(self, id: ElementId, value: &'d Value) -> Shown<'d> {
        match (value, self.document.made.get(&id)) {
            (Value::New(_), Some(made)) => Shown::of(ContainerId::Made(id), made),
            _ => Shown::Scalar(value),
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
            Shown::List(_, list) => self.items(list).map(|(_, item)| self.json(item)).collect(),
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
            Shown::Object(_, object) => {
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
            Shown::List(_, list) => {
                let mut open = '[';
                for (_, item) in self.items(list) {
                    text.push(std::mem::replace(&mut open, ','));
                    self.write_canonical(item, text);
                }
                text.push_str(if open == '[' { "[]" } else { "]" });
            }
        }
    }

    /// What shows at the end of a path.
    pub(crate) fn at(self, tokens: &[String]) -> Option<Shown<'d>> {
        tokens.iter().try_fold(self.root(), |shown, token| self.step(shown, token))
    }

    fn step(self, shown: Shown<'d>, token: &str) -> Option<Shown<'d>> {
        match shown {
            Shown::Scalar(_) => None,
            Shown::Object(_, object) => self.key(object, token),
            Shown::List(_, list) => {
                let item = self.items(list).nth(pointer::index(token)?);
                item.map(|(_, shown)| shown)
            }
        }
    }

    fn first(self, register: &'d Register) -> Option<Shown<'d>> {
        let mut surviving = register.surviving(self.view, self.past);
        surviving.next().map(|(id, value)| self.written(id, value))
    }

    fn writes_at(self, tokens: &[String]) -> Vec<Written> {
        let Some((last, parents)) = tokens.split_last() else {
            return self.writes(&self.document.assigned);
        };
        match self.at(parents) {
            Some(Shown::Object(_, object)) => {
                let register = object.get(last);
                register.map_or_else(Vec::new, |register| self.writes(register))
            }
            Some(Shown::List(_, list)) => {
                let item = pointer::index(last).and_then(|index| self.items(list).nth(index));
                let item = item.map(|(id, shown)| self.report(id, shown));
                item.into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn writes(self, register: &'d Register) -> Vec<Written> {
        register.surviving(self.view, self.past).map(|(id, value)| self.report(id, self.written(id, value))).collect()
    }

    fn report(self, id: ElementId, shown: Shown<'d>) -> Written {
        Written { id, author: self.past.author(&id.event), value: self.json(shown) }
    }

    fn collect_conflicted(self, shown: Shown<'d>, path: &mut Vec<String>, found: &mut Vec<String>) {
        match shown {
            Shown::Scalar(_) => {}
            Shown::Object(_, object) => {
                for (key, register) in object {
                    path.push(key.clone());
                    if register.surviving(self.view, self.past).nth(1).is_some() {
                        found.push(pointer::pointer(path));
                    }
                    if let Some(shown) = self.first(register) {
                        self.collect_conflicted(shown, path, found);
                    }
                    path.pop();
                }
            }
            Shown::List(_, list) => {
                for (index, (_, item)) in self.items(list).enumerate() {
                    path.push(index.to_string());
                    self.collect_conflicted(item, path, found);
                    path.pop();
                }
            }
        }
    }
}

impl<'d> Shown<'d> {
    fn of(id: ContainerId, made: &'d Made) -> Self {
        match &made.content {
            Content::Object(object) => Self::Object(id, object),
            Content::List(list) => Self::List(id, list),
        }
    }
}
