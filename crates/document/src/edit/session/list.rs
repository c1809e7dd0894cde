//! Editing a list.

use serde::Serialize;
use serde_json::Value as Json;

use crate::edit::builder::session_value::{ContainerRef, SessionValue};
use crate::edit::depth::check_depth;
use crate::edit::error::WriteError;
use crate::edit::session::editor::{Editor, json, within, wrong_kind};
use crate::view::positions::{ItemMove, PositionRange};
use crate::view::sequences::ListView;

const ITEMS: &str = "items";

/// A list within a session. Positions include the session's own changes.
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

    /// The number of items.
    pub fn len(&self) -> u32 {
        self.editor.builder.list_len(self.container)
    }

    /// Whether the list is empty.
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

    /// Removes the items in `range`.
    ///
    /// # Errors
    /// When the range ends past the end of the list.
    pub fn remove(&mut self, range: PositionRange) -> Result<(), WriteError> {
        within(self.path, range.end(), self.len(), ITEMS)?;
        let result = self.editor.builder.remove_items(self.container, range);
        self.editor.whole(result)
    }

    /// Moves an item. It remains the same item: concurrent changes within it move along, and of two concurrent moves one
    /// wins.
    ///
    /// # Errors
    /// When there is no such item or position.
    pub fn move_to(&mut self, item: ItemMove) -> Result<(), WriteError> {
        let furthest = PositionRange { at: item.from.max(item.to), count: 1 };
        within(self.path, furthest.end(), self.len(), ITEMS)?;
        if item.from == item.to {
            return Ok(());
        }
        let result = self.editor.builder.move_item(self.container, item);
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
