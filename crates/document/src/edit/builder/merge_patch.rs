//! Merge patches: RFC 7386, <https://www.rfc-editor.org/rfc/rfc7386>.
//!
//! Only the keys that the patch names are read: its cost does not depend on the size of the document.

use serde_json::{Map, Value as Json};

use crate::edit::builder::edit_builder::{EditBuilder, WriteLocation};
use crate::edit::builder::path::wrap;
use crate::edit::builder::session_value::{ContainerRef, SessionValue};
use crate::edit::error::WriteError;
use crate::model::containers::Object;

impl<'d> EditBuilder<'d> {
    /// Applies `patch` at the end of a path; its depth was checked.
    pub(crate) fn merge_patch(&mut self, tokens: &[String], patch: &Json) -> Result<(), WriteError> {
        let found = self.find(tokens)?;
        if found.missing.is_empty() {
            return self.merge(found.place, found.seen, patch);
        }
        self.write(found.place, found.seen, &wrap(found.missing, &without_nulls(patch)))
    }

    /// RFC 7386 §2 at a location where `seen` shows, or nothing.
    fn merge(
        &mut self,
        mut place: WriteLocation<'_, 'd>,
        mut seen: Option<SessionValue<'d>>,
        patch: &Json,
    ) -> Result<(), WriteError> {
        let outside = self.registers;
        self.look_through(&mut place, &mut seen);
        match (seen, patch) {
            (Some(SessionValue::Object(container)), Json::Object(changes)) => self.merge_object(container, changes)?,
            (seen, _) => self.write(place, seen, &without_nulls(patch))?,
        }
        self.registers = outside;
        Ok(())
    }

    /// Merges a patch into an object: deletions first, then the other changes.
    fn merge_object(
        &mut self,
        object: ContainerRef<&'d Object>,
        changes: &Map<String, Json>,
    ) -> Result<(), WriteError> {
        for (key, _) in changes.iter().filter(|(_, change)| change.is_null()) {
            if self.key(object, key).is_some() {
                self.delete_key(object.target, key)?;
            }
        }
        for (key, change) in changes.iter().filter(|(_, change)| !change.is_null()) {
            self.path.push(key.clone());
            self.merge(WriteLocation::Key(object.target, key), self.key(object, key), change)?;
            self.path.pop();
        }
        Ok(())
    }
}

/// The result of a patch where no value is.
fn without_nulls(patch: &Json) -> Json {
    let Json::Object(members) = patch else {
        return patch.clone();
    };
    let kept = members.iter().filter(|(_, value)| !value.is_null());
    Json::Object(kept.map(|(key, value)| (key.clone(), without_nulls(value))).collect())
}
