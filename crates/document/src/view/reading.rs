//! The value of a document in a view.

use quorate_event::{Digest, Value};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::json::canonical;
use crate::json::pointer;
use crate::json::scalar;
use crate::model::causal_order::CausalOrder;
use crate::model::containers::{ContainerContent, ContainerKey, ContainerState, Object};
use crate::model::document::Document;
use crate::model::document_view::DocumentView;
use crate::model::events::{ElementKey, EventTable, ViewFilter};
use crate::model::ids::ContainerId;
use crate::model::register::Register;
use crate::view::sequences::{ListView, TextView};

impl Document {
    /// The value that shows in `view`.
    pub fn value(&self, view: &impl DocumentView, past: &impl CausalOrder) -> Json {
        let filter = self.view_filter(view);
        let reading = ViewReader::new(self, &filter, past);
        reading.json(reading.root())
    }

    /// The value that shows in `view`, as any type that deserializes from JSON.
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
}

/// A document, read through a view.
#[derive(Clone, Copy)]
pub(crate) struct ViewReader<'d> {
    pub(crate) document: &'d Document,
    pub(crate) filter: &'d ViewFilter,
    pub(crate) past: &'d dyn CausalOrder,
}

/// A value that shows.
#[derive(Clone, Copy)]
pub(crate) enum ViewValue<'d> {
    Scalar(&'d Value),
    Object(ContainerId, &'d Object),
    List(ContainerId, ListView<'d>),
    Text(ContainerId, TextView<'d>),
    /// A register, whose value is read with [`ViewReader::first`].
    Register(ContainerId, &'d Register),
    /// A counter's sum.
    Counter(ContainerId, i128),
}

// The fold makes no container deeper than DOCUMENT_DEPTH, which bounds the recursion here.
impl<'d> ViewReader<'d> {
    pub(crate) fn new(document: &'d Document, filter: &'d ViewFilter, past: &'d dyn CausalOrder) -> Self {
        Self { document, filter, past }
    }

    pub(crate) fn events(self) -> &'d EventTable {
        &self.document.events
    }

    /// The greatest of the assigned values, or the object that every document starts with.
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

    /// The value that the edit `key` wrote, as it shows.
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

    /// The value that shows in a register.
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

    /// The canonical text of a value, written without building the value.
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

    /// The value at the end of a path.
    pub(crate) fn at(self, tokens: &[String]) -> Option<ViewValue<'d>> {
        tokens.iter().try_fold(self.root(), |shown, token| self.step(shown, token))
    }

    /// The value of a register; any other value itself.
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
}
