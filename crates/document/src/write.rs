//! From a wish to the edits that fulfil it: the fewest that turn what shows into what is wanted.
//!
//! Edits are made for a view and hold in it. Whatever the view shows must be in the past of the event that will carry
//! them: the fold ignores what refers to anything else.

use quorate_event::{Edit, limits};
use serde_json::Value as Json;

use crate::document::Document;
use crate::past::{Past, View};
use crate::pointer::{self, PointerError};
use crate::reading::Reading;
use crate::scribe::Scribe;

/// Why a wish cannot be written. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The place is not a JSON pointer.
    #[error(transparent)]
    Pointer(#[from] PointerError),
    /// The path leads through something that holds no values.
    #[error("the value at {pointer:?} is neither an object nor a list: write a whole value there first")]
    NotAContainer {
        /// Where.
        pointer: String,
    },
    /// The list has no such place.
    #[error("the list has {length} items, so {pointer:?} is no place in it: write /- at the end to append")]
    NoSuchPlace {
        /// The place that was asked for.
        pointer: String,
        /// How many items the list has.
        length: usize,
    },
    /// Nothing to delete there.
    #[error("nothing shows at {pointer:?}")]
    NothingThere {
        /// Where.
        pointer: String,
    },
    /// The root can be replaced, not deleted.
    #[error("a document's root cannot be deleted: write null or {{}} instead")]
    DeletesTheRoot,
    /// More arrays and objects within each other than a document may have.
    #[error("more than {limit} arrays and objects within each other")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// One key and value that no event can hold.
    #[error("the value at {pointer:?} takes {bytes} bytes; one event holds {limit}: cut it into a list of parts")]
    TooLong {
        /// Where.
        pointer: String,
        /// The bytes of the edit.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A number that JSON does not have.
    #[error("the number at {pointer:?} is not finite")]
    NotFinite {
        /// Where.
        pointer: String,
    },
}

impl Document {
    /// The edits that turn the value in `view` into `value`: none where they are equal.
    ///
    /// Objects change key by key and lists item by item; a container is kept where the wanted value is of its kind.
    ///
    /// # Errors
    /// When the value cannot be kept.
    pub fn put(&self, view: &impl View, past: &impl Past, value: &Json) -> Result<Vec<Edit>, WriteError> {
        self.set(view, past, "", value)
    }

    /// The edits that make `value` show at `pointer` (RFC 6901). Missing parents become objects; `-`, or the index
    /// after a list's last, appends.
    ///
    /// # Errors
    /// When there is no such place, or the value cannot be kept.
    pub fn set(
        &self,
        view: &impl View,
        past: &impl Past,
        pointer: &str,
        value: &Json,
    ) -> Result<Vec<Edit>, WriteError> {
        let tokens = pointer::tokens(pointer)?;
        Scribe::new(Reading::new(self, view, past)).set(&tokens, value)
    }

    /// The edits that delete the key or the list item at `pointer`.
    ///
    /// # Errors
    /// When nothing shows there, or it is the root.
    pub fn delete(&self, view: &impl View, past: &impl Past, pointer: &str) -> Result<Vec<Edit>, WriteError> {
        let tokens = pointer::tokens(pointer)?;
        Scribe::new(Reading::new(self, view, past)).delete(&tokens)
    }

    /// The edits of a merge patch (RFC 7386, <https://www.rfc-editor.org/rfc/rfc7386>) applied at `pointer`: nulls
    /// delete, objects merge, all else replaces. Only the keys that the patch names are read.
    ///
    /// # Errors
    /// As for [`set`](Self::set).
    pub fn merge_patch(
        &self,
        view: &impl View,
        past: &impl Past,
        pointer: &str,
        patch: &Json,
    ) -> Result<Vec<Edit>, WriteError> {
        let tokens = pointer::tokens(pointer)?;
        check_depth(patch, tokens.len())?;
        Scribe::new(Reading::new(self, view, past)).merge_patch(tokens, patch)
    }
}

/// Refuses a value that nests too deeply below `above` containers; without recursion, since it may come from anywhere.
pub(crate) fn check_depth(value: &Json, above: usize) -> Result<(), WriteError> {
    let limit = limits::DOCUMENT_DEPTH;
    if above > limit {
        return Err(WriteError::TooDeep { limit });
    }
    let mut open = vec![(value, above)];
    while let Some((value, above)) = open.pop() {
        let depth = above.saturating_add(1);
        let is_container = value.is_array() || value.is_object();
        if is_container && depth > limit {
            return Err(WriteError::TooDeep { limit });
        }
        match value {
            Json::Array(items) => open.extend(items.iter().map(|item| (item, depth))),
            Json::Object(members) => open.extend(members.values().map(|item| (item, depth))),
            _ => {}
        }
    }
    Ok(())
}
