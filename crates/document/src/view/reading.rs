//! What a document shows in a view.

use quorate_event::{Address, Digest, Value};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::json::canonical;
use crate::json::pointer::{self, PointerError};
use crate::json::scalar;
use crate::model::containers::{ContainerContent, ContainerKey, ContainerState, Object};
use crate::model::document::Document;
use crate::model::events::{ElementKey, Events, ViewFilter};
use crate::model::ids::{ContainerId, ElementId};
use crate::model::past::{CausalOrder, DocumentView};
use crate::model::register::Register;
use crate::view::sequences::{ListView, TextView};

/// One of the values that were written to one place concurrently.
#[derive(Debug, Clone, PartialEq)]
pub struct ConcurrentValue {
    /// The edit that wrote it.
    pub id: ElementId,
    /// Who wrote it, if the graph knows.
    pub author: Option<Address>,
    /// The value.
    pub value: Json,
}

impl Document {
    /// The value that shows in `view`.
    pub fn value(&self, view: &impl DocumentView, past: &impl CausalOrder) -> Json {
        let filter = self.view_filter(view);
        let reading = ViewReader::new(self, &filter, past);
        reading.json(reading.root())
    }

    /// The value that shows in `view`, as any type that can be read from JSON.
    ///
    /// # Errors
    /// When the value is of another shape.
    pub fn read<T: DeserializeOwned>(
        &self,
        view: &impl DocumentView,
        past: &impl CausalOrder,
    ) -> Result<T, serde_json::Error> {
        serde_json::from_value(self.value(view, past))
    }

    /// keccak256 of the canonical text of the value that shows in `view`.
    pub fn digest(&self, view: &impl DocumentView, past: &impl CausalOrder) -> Digest {
        canonical::digest_of_text(&self.canonical(view, past))
    }

    /// The canonical text of the value that shows in `view`.
    pub(crate) fn canonical(&self, view: &impl DocumentView, past: &impl CausalOrder) -> String {
        let filter = self.view_filter(view);
        let reading = ViewReader::new(self, &filter, past);
        reading.canonical(reading.root())
    }

    /// All values of the place at `pointer` that no write in `view` replaces, the one that shows first. More than one
    /// means that they were written concurrently; none means that nothing shows there.
    ///
    /// # Errors
    /// When `pointer` is not a JSON pointer (RFC 6901).
    pub fn conflicts(
        &self,
        pointer: &str,
        view: &impl DocumentView,
        past: &impl CausalOrder,
    ) -> Result<Vec<ConcurrentValue>, PointerError> {
        let tokens = pointer::tokens(pointer)?;
        let filter = self.view_filter(view);
        Ok(ViewReader::new(self, &filter, past).writes_at(&tokens))
    }

    /// The pointers of all places that hold more than one concurrent value in `view`, outer ones first.
    pub fn conflicted(&self, view: &impl DocumentView, past: &impl CausalOrder) -> Vec<String> {
        let filter = self.view_filter(view);
        let reading = ViewReader::new(self, &filter, past);
        let mut found = Vec::new();
        if self.containers.assigned.surviving(&filter, past).nth(1).is_some() {
            found.push(String::new());
        }
        reading.collect_conflicted(reading.root(), &mut Vec::new(), &mut found);
        found
    }
}

/// A document, looked at through a view.
#[derive(Clone, Copy)]
pub(crate) struct ViewReader<'d> {
    document: &'d Document,
    pub(crate) filter: &'d ViewFilter,
    past: &'d dyn CausalOrder,
}

/// A value that shows.
#[derive(Clone, Copy)]
pub(crate) enum ViewValue<'d> {
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
impl<'d> ViewReader<'d> {
    pub(crate) fn new(document: &'d Document, filter: &'d ViewFilter, past: &'d dyn CausalOrder) -> Self {
        Self { document, filter, past }
    }

    pub(crate) fn events(self) -> &'d Events {
        &self.document.events
    }

    /// The greatest of the values assigned, or the object that was there from the start.
    pub(crate) fn root(self) -> ViewValue<'d> {
        let containers = &self.document.containers;
        self.first(&containers.assigned).unwrap_or_else(|| self.container(ContainerKey::Root, &containers.root))
    }

    pub(crate) fn key(self, object: &'d Object, key: &str) -> Option<ViewValue<'d>> {
        object.get(key).and_then(|register| self.first(register))
    }

    pub(crate) fn keys(self, object: &'d Object) -> impl Iterator<Item = (&'d str, ViewValue<'d>)> {
        object.iter().filter_map(move |(key, register)| self.first(register).map(|shown| (key.as_str(), shown)))
    }

    /// What `value` shows, written by the edit `key`.
    pub(crate) fn written(self, key: ElementKey, value: &'d Value) -> ViewValue<'d> {
        match (value, self.document.containers.made(key)) {
            (Value::New(_), Some(made)) => self.container(ContainerKey::Made(key), made),
            _ => ViewValue::Scalar(value),
        }
    }

    /// The item of a list at a position.
    pub(crate) fn item(self, list: ListView<'d>, at: u32) -> Option<ViewValue<'d>> {
        list.item(at).map(|(key, value)| self.written(key, value))
    }

    /// The items of a list that show, in order.
    pub(crate) fn items(self, list: ListView<'d>) -> impl Iterator<Item = ViewValue<'d>> {
        list.items().into_iter().map(move |(key, value)| self.written(key, value))
    }

    /// What shows in a register.
    pub(crate) fn first(self, register: &'d Register) -> Option<ViewValue<'d>> {
        let mut surviving = register.surviving(self.filter, self.past);
        surviving.next().map(|(key, value)| self.written(key, value))
    }

    fn container(self, container: ContainerKey, made: &'d ContainerState) -> ViewValue<'d> {
        let id = match container {
            ContainerKey::Root => ContainerId::Root,
            ContainerKey::Made(key) => ContainerId::Made(self.events().id(key)),
        };
        match &made.content {
            ContainerContent::Object(object) => ViewValue::Object(id, object),
            ContainerContent::List(list) => ViewValue::List(id, ListView::new(list, self.filter, self.events())),
            ContainerContent::Text(text) => ViewValue::Text(id, TextView::new(text, self.filter, self.events())),
            ContainerContent::Register(register) => ViewValue::Register(id, register),
            ContainerContent::Counter(counter) => ViewValue::Counter(id, counter.sum(self.filter)),
        }
    }

    pub(crate) fn json(self, shown: ViewValue<'d>) -> Json {
        match shown {
            ViewValue::Scalar(value) => scalar::to_json(value).unwrap_or_default(),
            ViewValue::Object(_, object) => {
                let members = self.keys(object);
                let members: Map<String, Json> =
                    members.map(|(key, shown)| (key.to_owned(), self.json(shown))).collect();
                Json::Object(members)
            }
            ViewValue::List(_, list) => self.items(list).map(|item| self.json(item)).collect(),
            ViewValue::Text(_, text) => Json::String(text.to_string()),
            ViewValue::Register(_, register) => self.first(register).map_or(Json::Null, |shown| self.json(shown)),
            ViewValue::Counter(_, sum) => scalar::sum_json(sum),
        }
    }

    /// The canonical text of what shows, written without building the value.
    pub(crate) fn canonical(self, shown: ViewValue<'d>) -> String {
        let mut text = String::new();
        self.write_canonical(shown, &mut text);
        text
    }

    fn write_canonical(self, shown: ViewValue<'d>, text: &mut String) {
        match shown {
            ViewValue::Scalar(value) => canonical::write_scalar(value, text),
            ViewValue::Object(_, object) => self.write_members(object, text),
            ViewValue::List(_, list) => {
                let mut open = '[';
                for item in self.items(list) {
                    text.push(std::mem::replace(&mut open, ','));
                    self.write_canonical(item, text);
                }
                text.push_str(if open == '[' { "[]" } else { "]" });
            }
            ViewValue::Text(_, characters) => canonical::write_string(&characters.to_string(), text),
            ViewValue::Register(_, register) => match self.first(register) {
                Some(shown) => self.write_canonical(shown, text),
                None => text.push_str("null"),
            },
            ViewValue::Counter(_, sum) => text.push_str(&canonical::canonical_json(&scalar::sum_json(sum))),
        }
    }

    fn write_members(self, object: &'d Object, text: &mut String) {
        let mut open = '{';
        let mut write = |(key, member): (&str, ViewValue<'d>)| {
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
    pub(crate) fn at(self, tokens: &[String]) -> Option<ViewValue<'d>> {
        tokens.iter().try_fold(self.root(), |shown, token| self.step(shown, token))
    }

    /// What a register shows in the end, for whoever looks through it.
    pub(crate) fn through(self, shown: ViewValue<'d>) -> Option<ViewValue<'d>> {
        let mut shown = shown;
        while let ViewValue::Register(_, register) = shown {
            shown = self.first(register)?;
        }
        Some(shown)
    }

    fn step(self, shown: ViewValue<'d>, token: &str) -> Option<ViewValue<'d>> {
        match self.through(shown)? {
            ViewValue::Object(_, object) => self.key(object, token),
            ViewValue::List(_, list) => self.item(list, u32::try_from(pointer::index(token)?).ok()?),
            _ => None,
        }
    }

    fn writes_at(self, tokens: &[String]) -> Vec<ConcurrentValue> {
        let Some((last, parents)) = tokens.split_last() else {
            return self.writes(&self.document.containers.assigned);
        };
        let parent = self.at(parents).and_then(|shown| self.through(shown));
        match parent {
            Some(ViewValue::Object(_, object)) => {
                let register = object.get(last);
                register.map_or_else(Vec::new, |register| self.writes(register))
            }
            Some(ViewValue::List(_, list)) => {
                let item = pointer::index(last).and_then(|index| list.item(u32::try_from(index).ok()?));
                let item = item.map(|(key, value)| (self.events().id(key), self.written(key, value)));
                match item {
                    Some((_, ViewValue::Register(_, register))) => self.writes(register),
                    item => item.into_iter().map(|(id, shown)| self.report(id, shown)).collect(),
                }
            }
            _ => Vec::new(),
        }
    }

    /// What survives in a register; where that is one register container, what survives in that.
    fn writes(self, register: &'d Register) -> Vec<ConcurrentValue> {
        let surviving: Vec<_> = register.surviving(self.filter, self.past).collect();
        if let [(key, value)] = surviving.as_slice()
            && let ViewValue::Register(_, inner) = self.written(*key, value)
        {
            return self.writes(inner);
        }
        surviving.into_iter().map(|(key, value)| self.report(self.events().id(key), self.written(key, value))).collect()
    }

    fn report(self, id: ElementId, shown: ViewValue<'d>) -> ConcurrentValue {
        ConcurrentValue { id, author: self.past.author(&id.event), value: self.json(shown) }
    }

    fn collect_conflicted(self, shown: ViewValue<'d>, path: &mut Vec<String>, found: &mut Vec<String>) {
        match shown {
            ViewValue::Scalar(_) | ViewValue::Text(..) | ViewValue::Counter(..) => {}
            ViewValue::Register(_, register) => self.collect_contended(register, path, found),
            ViewValue::Object(_, object) => {
                for (key, register) in object {
                    path.push(key.clone());
                    self.collect_contended(register, path, found);
                    path.pop();
                }
            }
            ViewValue::List(_, list) => {
                for (index, item) in self.items(list).enumerate() {
                    path.push(index.to_string());
                    self.collect_conflicted(item, path, found);
                    path.pop();
                }
            }
        }
    }

    fn collect_contended(self, register: &'d Register, path: &mut Vec<String>, found: &mut Vec<String>) {
        if register.surviving(self.filter, self.past).nth(1).is_some() {
            found.push(pointer::pointer(path));
        }
        if let Some(shown) = self.first(register) {
            self.collect_conflicted(shown, path, found);
        }
    }
}
