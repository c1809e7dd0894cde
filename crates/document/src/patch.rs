//! Merge patches: RFC 7386, <https://www.rfc-editor.org/rfc/rfc7386>.
//!
//! A patch is walked beside what shows, so that it costs what it names, however large the document is.

use quorate_event::{Edit, Target};
use serde_json::{Map, Value as Json};

use crate::document::Object;
use crate::reading::Shown;
use crate::scribe::{Place, Scribe};
use crate::write::WriteError;

impl<'d> Scribe<'d> {
    /// The edits of `patch` applied at the end of a path; its depth was checked.
    pub(crate) fn merge_patch(mut self, tokens: Vec<String>, patch: &Json) -> Result<Vec<Edit>, WriteError> {
        match (self.reading.at(&tokens), patch) {
            (Some(Shown::Object(id, object)), Json::Object(changes)) => {
                self.path = tokens;
                self.merge(id.target(), object, changes)?;
                Ok(self.edits)
            }
            _ => self.set(&tokens, &without_nulls(patch)),
        }
    }

    /// RFC 7386 §2 on an object that shows. Deletions come first.
    fn merge(&mut self, target: Target, object: &'d Object, changes: &Map<String, Json>) -> Result<(), WriteError> {
        for (key, _) in changes.iter().filter(|(_, change)| change.is_null()) {
            if self.reading.key(object, key).is_some() {
                self.delete_key(target, key)?;
            }
        }
        for (key, change) in changes.iter().filter(|(_, change)| !change.is_null()) {
            self.path.push(key.clone());
            match (self.reading.key(object, key), change) {
                (Some(Shown::Object(id, inner)), Json::Object(changes)) => self.merge(id.target(), inner, changes)?,
                (shown, _) => self.write(Place::Key(target, key), shown, &without_nulls(change))?,
            }
            self.path.pop();
        }
        Ok(())
    }
}

/// What a patch makes of nothing.
fn without_nulls(patch: &Json) -> Json {
    let Json::Object(members) = patch else {
        return patch.clone();
    };
    let kept = members.iter().filter(|(_, value)| !value.is_null());
    Json::Object(kept.map(|(key, value)| (key.clone(), without_nulls(value))).collect())
}
