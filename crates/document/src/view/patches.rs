//! The difference between two views of a document, as patches that turn the one into the other.

use serde::Serialize;
use serde_json::Value as Json;

use crate::json::pointer;
use crate::json::scalar;
use crate::model::causal_order::CausalOrder;
use crate::model::containers::Object;
use crate::model::document::Document;
use crate::model::document_view::DocumentView;
use crate::view::positions::PositionRange;
use crate::view::reading::{ViewReader, ViewValue};
use crate::view::sequences::{ComparedText, ListView, TextView};

/// A change of the value that shows. Patches apply one after the other: positions and paths are those after the earlier
/// patches.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum ViewPatch {
    /// A value shows where another one or none did.
    Set {
        /// A JSON pointer.
        path: String,
        /// The value.
        value: Json,
    },
    /// A key no longer shows.
    Delete {
        /// A JSON pointer.
        path: String,
    },
    /// Characters or items were inserted.
    Insert {
        /// The text or the list.
        path: String,
        /// Before which character (a Unicode scalar value) or item.
        at: u32,
        /// The inserted characters or items.
        #[serde(flatten)]
        content: InsertedContent,
    },
    /// Characters or items were removed.
    Remove {
        /// The text or the list.
        path: String,
        /// The first of them.
        at: u32,
        /// How many.
        count: u32,
    },
}

/// What was inserted into a text or a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InsertedContent {
    /// Characters.
    Text(String),
    /// Items.
    Values(Vec<Json>),
}

impl Document {
    /// The patches that turn the value in `before` into the value in `after`.
    pub fn changes(
        &self,
        before: &impl DocumentView,
        after: &impl DocumentView,
        past: &impl CausalOrder,
    ) -> Vec<ViewPatch> {
        let (was, is) = (self.view_filter(before), self.view_filter(after));
        let (was, is) = (ViewReader::new(self, &was, past), ViewReader::new(self, &is, past));
        let mut comparison = ViewComparison { was, is, path: Vec::new(), patches: Vec::new() };
        comparison.compare(was.root(), is.root());
        comparison.patches
    }
}

struct ViewComparison<'d> {
    was: ViewReader<'d>,
    is: ViewReader<'d>,
    path: Vec<String>,
    patches: Vec<ViewPatch>,
}

// Containers nest at most DOCUMENT_DEPTH deep, so the recursion is bounded.
impl<'d> ViewComparison<'d> {
    fn compare(&mut self, was: ViewValue<'d>, is: ViewValue<'d>) {
        match (was, is) {
            (ViewValue::Object(one, object), ViewValue::Object(other, _)) if one == other => {
                self.compare_objects(object)
            }
            (ViewValue::List(one, was), ViewValue::List(other, is)) if one == other => self.compare_lists(was, is),
            (ViewValue::Text(one, was), ViewValue::Text(other, is)) if one == other => self.compare_texts(was, is),
            (ViewValue::Register(one, register), ViewValue::Register(other, _)) if one == other => {
                match (self.was.first(register), self.is.first(register)) {
                    (Some(was), Some(is)) => self.compare(was, is),
                    (None, None) => {}
                    _ => self.set(is),
                }
            }
            (ViewValue::Counter(_, was), ViewValue::Counter(_, is)) if was == is => {}
            (ViewValue::Scalar(was), ViewValue::Scalar(is)) if was == is => {}
            _ => self.set(is),
        }
    }

    fn compare_objects(&mut self, object: &'d Object) {
        for (key, register) in object {
            self.path.push(key.clone());
            match (self.was.first(register), self.is.first(register)) {
                (Some(was), Some(is)) => self.compare(was, is),
                (None, Some(is)) => self.set(is),
                (Some(_), None) => {
                    let path = self.pointer();
                    self.patches.push(ViewPatch::Delete { path });
                }
                (None, None) => {}
            }
            self.path.pop();
        }
    }

    fn compare_texts(&mut self, was: TextView<'d>, is: TextView<'d>) {
        let path = self.pointer();
        let mut at = 0_u32;
        for ComparedText { characters, count, before, after } in was.compared(is) {
            match (before, after) {
                (true, false) => self.remove(&path, PositionRange { at, count }),
                (false, true) => self.insert_text(&path, at, characters),
                _ => {}
            }
            if after {
                at = at.saturating_add(count);
            }
        }
    }

    fn compare_lists(&mut self, was: ListView<'d>, is: ListView<'d>) {
        let path = self.pointer();
        let mut at = 0_u32;
        for (before, after) in was.compared(is) {
            let before = before.map(|(key, value)| self.was.written(key, value));
            let after = after.map(|(key, value)| self.is.written(key, value));
            match (before, after) {
                (Some(_), None) => self.remove(&path, PositionRange { at, count: 1 }),
                (None, Some(item)) => {
                    let value = self.is.json(item);
                    self.insert_value(&path, at, value);
                }
                (Some(was), Some(is)) => {
                    self.path.push(at.to_string());
                    self.compare(was, is);
                    self.path.pop();
                }
                (None, None) => {}
            }
            if after.is_some() {
                at = at.saturating_add(1);
            }
        }
    }

    fn set(&mut self, is: ViewValue<'d>) {
        let (path, value) = (self.pointer(), self.is.json(is));
        self.patches.push(ViewPatch::Set { path, value });
    }

    fn remove(&mut self, path: &str, range: PositionRange) {
        let PositionRange { at, count: more } = range;
        if let Some(ViewPatch::Remove { path: last, at: place, count }) = self.patches.last_mut()
            && last == path
            && *place == at
        {
            *count = count.saturating_add(more);
            return;
        }
        self.patches.push(ViewPatch::Remove { path: path.to_owned(), at, count: more });
    }

    fn insert_text(&mut self, path: &str, at: u32, characters: &str) {
        if let Some(ViewPatch::Insert { path: last, at: place, content: InsertedContent::Text(text) }) =
            self.patches.last_mut()
            && last == path
            && scalar::count(text).is_some_and(|count| place.checked_add(count) == Some(at))
        {
            text.push_str(characters);
            return;
        }
        let content = InsertedContent::Text(characters.to_owned());
        self.patches.push(ViewPatch::Insert { path: path.to_owned(), at, content });
    }

    fn insert_value(&mut self, path: &str, at: u32, value: Json) {
        if let Some(ViewPatch::Insert { path: last, at: place, content: InsertedContent::Values(values) }) =
            self.patches.last_mut()
            && last == path
            && u32::try_from(values.len()).is_ok_and(|count| place.checked_add(count) == Some(at))
        {
            values.push(value);
            return;
        }
        let content = InsertedContent::Values(vec![value]);
        self.patches.push(ViewPatch::Insert { path: path.to_owned(), at, content });
    }

    fn pointer(&self) -> String {
        pointer::pointer(&self.path)
    }
}
