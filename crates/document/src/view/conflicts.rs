//! Conflicts: the values that were written to one location concurrently.

use quorate_event::Address;
use serde_json::Value as Json;

use crate::json::pointer::{self, PointerError};
use crate::model::causal_order::CausalOrder;
use crate::model::document::Document;
use crate::model::document_view::DocumentView;
use crate::model::ids::ElementId;
use crate::model::register::Register;
use crate::view::reading::{ViewReader, ViewValue};

/// One of the values that were written to one place concurrently.
#[derive(Debug, Clone, PartialEq)]
pub struct ConcurrentValue {
    /// The id of the edit that wrote it.
    pub id: ElementId,
    /// The author, if the graph knows the event.
    pub author: Option<Address>,
    /// The value.
    pub value: Json,
}

impl Document {
    /// The values at `pointer` that no write in `view` replaces; the first one shows. Several values were written
    /// concurrently.
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

    /// The pointers to all values with concurrent alternatives in `view`, outer ones first.
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

impl<'d> ViewReader<'d> {
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

    /// The surviving values of a register; if the only one is a register container, the surviving values of that.
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
