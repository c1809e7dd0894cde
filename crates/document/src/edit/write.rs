//! From a wanted value to the fewest edits that make it show.
//!
//! Edits are computed for a view and valid in it. All events of the view must be in the past of the event that will carry
//! the edits: the fold ignores an edit that refers to another event.

use quorate_event::Edit;
use serde_json::Value as Json;

use crate::edit::builder::edit_builder::EditBuilder;
use crate::edit::depth::check_depth;
use crate::edit::error::WriteError;
use crate::json::pointer;
use crate::model::causal_order::CausalOrder;
use crate::model::document::Document;
use crate::model::document_view::DocumentView;
use crate::view::reading::ViewReader;

impl Document {
    /// The edits that turn the value in `view` into `value`: none where they are equal.
    ///
    /// Objects change key by key, lists item by item, texts character by character, counters by the difference to an integer;
    /// a container is kept if the wanted value is of its kind. A string of more than 1,024 bytes is written as a text.
    ///
    /// # Errors
    /// When the value cannot be kept.
    pub fn put(
        &self,
        view: &impl DocumentView,
        past: &impl CausalOrder,
        value: &Json,
    ) -> Result<Vec<Edit>, WriteError> {
        self.set(view, past, "", value)
    }

    /// The edits that make `value` show at `pointer` (RFC 6901). Missing parents become objects; `-`, or the index
    /// after a list's last, appends.
    ///
    /// # Errors
    /// When there is no such place, or the value cannot be kept.
    pub fn set(
        &self,
        view: &impl DocumentView,
        past: &impl CausalOrder,
        pointer: &str,
        value: &Json,
    ) -> Result<Vec<Edit>, WriteError> {
        let tokens = pointer::tokens(pointer)?;
        let filter = self.view_filter(view);
        let mut builder = EditBuilder::new(ViewReader::new(self, &filter, past));
        builder.set(&tokens, value)?;
        Ok(builder.finish())
    }

    /// The edits that delete the key or the list item at `pointer`.
    ///
    /// # Errors
    /// When nothing shows there, or it is the root.
    pub fn delete(
        &self,
        view: &impl DocumentView,
        past: &impl CausalOrder,
        pointer: &str,
    ) -> Result<Vec<Edit>, WriteError> {
        let tokens = pointer::tokens(pointer)?;
        let filter = self.view_filter(view);
        let mut builder = EditBuilder::new(ViewReader::new(self, &filter, past));
        builder.delete(&tokens)?;
        Ok(builder.finish())
    }

    /// The edits of a merge patch (RFC 7386, <https://www.rfc-editor.org/rfc/rfc7386>) applied at `pointer`: nulls
    /// delete, objects merge, all else replaces. Only the keys that the patch names are read.
    ///
    /// # Errors
    /// As for [`set`](Self::set).
    pub fn merge_patch(
        &self,
        view: &impl DocumentView,
        past: &impl CausalOrder,
        pointer: &str,
        patch: &Json,
    ) -> Result<Vec<Edit>, WriteError> {
        let tokens = pointer::tokens(pointer)?;
        check_depth(patch, tokens.len())?;
        let filter = self.view_filter(view);
        let mut builder = EditBuilder::new(ViewReader::new(self, &filter, past));
        builder.merge_patch(&tokens, patch)?;
        Ok(builder.finish())
    }
}
