//! Changing a list item by item.

use serde::Serialize;
use serde_json::Value as Json;

use crate::edit::builder::session_value::{ContainerRef, SessionValue};
use crate::edit::depth::check_depth;
use crate::edit::error::WriteError;
use crate::edit::session::editor::{Editor, end, json, within, wrong_kind};
use crate::view::sequences::ListView;

const ITEMS: &str = "items";

/// A list within a session. Positions count what shows, the session's own changes included.
pub struct ListEditor<'e, 'd> {
    editor: &'e mut Editor<'d>,
    path: &'e str,
    container: ContainerRef<ListView<'d>>,
}

impl<'d> Editor<'d> {
    /// The list at `path`.
    ///
    /// # Errors
    /// When there is none.
    pub fn list<'e>(&'e mut self, path: &'e str) -> Result<ListEditor<'e, 'd>, WriteError> {
        match self.container(path)? {
            SessionValue::List(container) => Ok(ListEditor::new(self, path, container)),
            other => Err(wrong_kind(path, "a list", &other)),
        }
    }
}

impl<'e, 'd> ListEditor<'e, 'd> {
    fn new(editor: &'e mut Editor<'d>, path: &'e str, container: ContainerRef<ListView<'d>>) -> Self {
        Self { editor, path, container }
    }

    /// How many items show.
    pub fn len(&self) -> u32 {
        self.editor.builder.list_len(self.container)
    }

    /// Whether no item shows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Inserts values before the item at `at`, or at the end.
    ///
    /// # Errors
    /// When `at` is past the end, or a value cannot be kept.
    pub fn insert<T: Serialize>(&mut self, at: u32, values: impl IntoIterator<Item = T>) -> Result<(), WriteError> {
        within(self.path, u64::from(at), self.len(), ITEMS)?;
        let values: Vec<_> = values.into_iter().map(|value| json(self.path, value)).collect::<Result<_, _>>()?;
        let result = self.insert_json(at, &values);
        self.editor.whole(result)
    }

    /// Appends a value.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn push(&mut self, value: impl Serialize) -> Result<(), WriteError> {
        self.insert(self.len(), [value])
    }

    /// Removes `count` items from `at` on.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn remove(&mut self, at: u32, count: u32) -> Result<(), WriteError> {
        within(self.path, end(at, count), self.len(), ITEMS)?;
        let result = self.editor.builder.remove_items(self.container, at, count);
        self.editor.whole(result)
    }

    /// Moves the item at `from`, so that it stands at `to` afterwards. It stays the same item: what others change in it
    /// meanwhile goes with it, and of two concurrent moves one holds.
    ///
    /// # Errors
    /// When there is no such item or place.
    pub fn move_to(&mut self, from: u32, to: u32) -> Result<(), WriteError> {
        within(self.path, end(from.max(to), 1), self.len(), ITEMS)?;
        if from == to {
            return Ok(());
        }
        let result = self.editor.builder.move_item(self.container, from, to);
        self.editor.whole(result)
    }

    fn insert_json(&mut self, at: u32, values: &[Json]) -> Result<(), WriteError> {
        let builder = &mut self.editor.builder;
        let tokens = crate::json::pointer::tokens(self.path)?;
        values.iter().try_for_each(|value| check_depth(value, tokens.len().saturating_add(1)))?;
        let mut found = builder.find(&tokens)?;
        builder.look_through(&mut found.place, &mut found.seen);
        builder.insert_items(self.container, at, &Vec::from_iter(values))
    }
}
