//! A session: writes by path, one after the other.
//!
//! A session sees its own writes: a path leads into an object that the same session made, and positions include the
//! characters that it inserted before.

use quorate_event::{Container, Edit};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::edit::builder::edit_builder::EditBuilder;
use crate::edit::builder::session_value::SessionValue;
use crate::edit::error::WriteError;
use crate::json::pointer;
use crate::model::causal_order::CausalOrder;
use crate::model::document::Document;
use crate::model::document_view::DocumentView;
use crate::view::reading::ViewReader;

/// Writes to one document. Paths are JSON pointers (RFC 6901).
pub struct Editor<'d> {
    pub(super) builder: EditBuilder<'d>,
    /// The first write that failed after it may have added edits: then the session fails.
    failed: Option<WriteError>,
}

impl Document {
    /// The edits that `session` writes to the value in `view`.
    ///
    /// # Errors
    /// The error that the session returns; then there are no edits. A write that failed half-way fails the session even if
    /// the session ignores its error.
    ///
    /// ```
    /// # use quorate_document::*;
    /// # use quorate_event::{Address, Container, EventId};
    /// # struct Alone;
    /// # impl CausalOrder for Alone {
    /// #     fn precedes(&self, _: &EventId, _: &EventId) -> bool { false }
    /// #     fn depth(&self, _: &EventId) -> u64 { 1 }
    /// #     fn author(&self, _: &EventId) -> Option<Address> { None }
    /// # }
    /// let mut document = Document::default();
    /// let edits = document.edit(&Everything, &Alone, |doc| {
    ///     doc.set("/title", "Minutes")?;
    ///     doc.make("/body", Container::Text)?;
    ///     doc.text("/body")?.insert(0, "Ann spoke.")?;
    ///     doc.text("/body")?.insert(3, " Smith")?;
    ///     doc.set("/present", ["Bob", "Ann"])?;
    ///     doc.list("/present")?.move_to(ItemMove { from: 1, to: 0 })
    /// })?;
    /// document.fold(EventId::new([1; 32]), 0, &edits, &Alone);
    /// let wanted = serde_json::json!({"title": "Minutes", "body": "Ann Smith spoke.", "present": ["Ann", "Bob"]});
    /// assert_eq!(document.value(&Everything, &Alone), wanted);
    /// # Ok::<(), WriteError>(())
    /// ```
    pub fn edit(
        &self,
        view: &impl DocumentView,
        past: &impl CausalOrder,
        session: impl FnOnce(&mut Editor<'_>) -> Result<(), WriteError>,
    ) -> Result<Vec<Edit>, WriteError> {
        let filter = self.view_filter(view);
        let builder = EditBuilder::for_session(ViewReader::new(self, &filter, past));
        let mut editor = Editor { builder, failed: None };
        session(&mut editor)?;
        match editor.failed {
            Some(error) => Err(error),
            None => Ok(editor.builder.finish()),
        }
    }
}

impl<'d> Editor<'d> {
    /// The value at `path`, the session's writes included.
    ///
    /// # Errors
    /// When there is no value, or it is not of this type.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, WriteError> {
        let seen = self.seen(path)?;
        serde_json::from_value(self.builder.json(&seen)).map_err(|problem| not_json(path, &problem))
    }

    /// Makes `value` show at `path`, with the fewest edits. Missing parents become objects; in a list `-`, or the index after
    /// the last, appends. In a register the value is assigned. The floats NaN and infinity become `null`.
    ///
    /// # Errors
    /// When the path does not exist, or the value cannot be kept.
    pub fn set(&mut self, path: &str, value: impl Serialize) -> Result<(), WriteError> {
        let value = serde_json::to_value(value).map_err(|problem| not_json(path, &problem))?;
        let tokens = pointer::tokens(path)?;
        let result = self.builder.set(&tokens, &value);
        self.whole(result)
    }

    /// Deletes the key or the list item at `path`.
    ///
    /// # Errors
    /// When there is no value, or it is the root.
    pub fn delete(&mut self, path: &str) -> Result<(), WriteError> {
        let tokens = pointer::tokens(path)?;
        let result = self.builder.delete(&tokens);
        self.whole(result)
    }

    /// Makes a new, empty container at `path`, in place of any value there.
    ///
    /// # Errors
    /// When the path does not exist.
    pub fn make(&mut self, path: &str, kind: Container) -> Result<(), WriteError> {
        let tokens = pointer::tokens(path)?;
        let result = self.builder.make_at(&tokens, kind);
        self.whole(result)
    }

    fn seen(&self, path: &str) -> Result<SessionValue<'d>, WriteError> {
        let tokens = pointer::tokens(path)?;
        self.builder.at(&tokens).ok_or_else(|| WriteError::NothingThere { pointer: path.to_owned() })
    }

    /// The value at a path; a register stands for its value.
    pub(super) fn container(&self, path: &str) -> Result<SessionValue<'d>, WriteError> {
        let seen = self.seen(path)?;
        Ok(self.builder.content_of(seen.clone()).unwrap_or(seen))
    }

    /// Records the failure of a write that may have added edits: one that found its location.
    pub(super) fn whole(&mut self, result: Result<(), WriteError>) -> Result<(), WriteError> {
        use WriteError::{DeletesTheRoot, NoSuchPlace, NotAContainer, NothingThere};
        match &result {
            Ok(()) | Err(NothingThere { .. } | NoSuchPlace { .. } | NotAContainer { .. } | DeletesTheRoot) => {}
            Err(error) => {
                self.failed.get_or_insert_with(|| error.clone());
            }
        }
        result
    }
}

pub(super) fn wrong_kind(path: &str, wanted: &'static str, found: &SessionValue<'_>) -> WriteError {
    WriteError::WrongKind { pointer: path.to_owned(), wanted, found: found.kind() }
}

fn not_json(path: &str, problem: &serde_json::Error) -> WriteError {
    WriteError::NotJson { pointer: path.to_owned(), problem: problem.to_string() }
}

/// The JSON of a value that a session inserts.
pub(super) fn json(path: &str, value: impl Serialize) -> Result<Json, WriteError> {
    serde_json::to_value(value).map_err(|problem| not_json(path, &problem))
}

/// Refuses a position past the end.
pub(super) fn within(path: &str, at: u64, length: u32, unit: &'static str) -> Result<(), WriteError> {
    if at <= u64::from(length) {
        return Ok(());
    }
    Err(WriteError::PastTheEnd { pointer: path.to_owned(), at, length, unit })
}
