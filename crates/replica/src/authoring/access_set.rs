//! Access sets: the parts of a document that an intent reads and writes. Two intents share an event if theirs are disjoint.

use std::collections::BTreeSet;

use quorate_document::EditCommand;
use serde_json::Value;

use crate::input::Intent;

/// The part of a document that an intent reads and writes. The edits of the second intent of an event are computed before
/// those of the first are folded, so that the two sets must be disjoint.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AccessSet {
    /// The values of these keys of the root.
    Keys(BTreeSet<String>),
    /// The whole document.
    Whole,
}

impl AccessSet {
    /// The document and the access set of an intent, if it is about a document.
    pub(super) fn of(intent: &Intent) -> Option<(&str, Self)> {
        match intent {
            Intent::Put { document, .. } => Some((document, Self::Whole)),
            Intent::MergePatch { document, patch } => {
                let keys = patch.as_object().map(|object| Self::Keys(object.keys().cloned().collect()));
                Some((document, keys.unwrap_or(Self::Whole)))
            }
            Intent::JsonPatch { document, patch } => Some((document, of_patch(patch))),
            Intent::Edit { document, commands } => Some((document, of_paths(commands.iter().map(path)))),
            Intent::Set { document, pointer, .. } | Intent::Delete { document, pointer } => {
                Some((document, of_paths([pointer.as_str()])))
            }
            Intent::RequestMilestone => None,
        }
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Keys(ours), Self::Keys(theirs)) => !ours.is_disjoint(theirs),
            _ => true,
        }
    }

    pub(super) fn join(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Keys(ours), Self::Keys(theirs)) => ours.extend(theirs),
            _ => *self = Self::Whole,
        }
    }
}

const fn path(command: &EditCommand) -> &str {
    match command {
        EditCommand::InsertText { path, .. }
        | EditCommand::InsertValues { path, .. }
        | EditCommand::Remove { path, .. }
        | EditCommand::Move { path, .. }
        | EditCommand::Add { path, .. }
        | EditCommand::Make { path, .. }
        | EditCommand::Set { path, .. }
        | EditCommand::Delete { path, .. } => path.as_str(),
    }
}

/// A JSON patch reads the places that it tests, so that each of its places counts.
fn of_patch(patch: &Value) -> AccessSet {
    let operations = patch.as_array().map(Vec::as_slice).unwrap_or_default();
    let places = operations.iter().flat_map(|operation| ["path", "from"].map(|member| operation.get(member)));
    of_paths(places.flatten().map(|place| place.as_str().unwrap_or_default()))
}

fn of_paths<'p>(pointers: impl IntoIterator<Item = &'p str>) -> AccessSet {
    let keys: Option<BTreeSet<String>> = pointers.into_iter().map(first_key).collect();
    keys.map_or(AccessSet::Whole, AccessSet::Keys)
}

/// The first key of a pointer. A token that may be an index of a list is none: edits elsewhere move the index.
fn first_key(pointer: &str) -> Option<String> {
    let token = pointer.split('/').nth(1)?;
    let place = token == "-" || token.bytes().all(|byte| byte.is_ascii_digit());
    (!place || token.is_empty()).then(|| token.replace("~1", "/").replace("~0", "~"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patch(patch: Value) -> AccessSet {
        let intent = Intent::JsonPatch { document: "d".to_owned(), patch };
        AccessSet::of(&intent).unwrap().1
    }

    fn keys(keys: &[&str]) -> AccessSet {
        AccessSet::Keys(keys.iter().map(|key| (*key).to_owned()).collect())
    }

    #[test]
    fn a_patch_accesses_all_places_that_it_tests_moves_or_writes() {
        let all = json!([
            { "op": "test", "path": "/a/b", "value": 1 },
            { "op": "move", "from": "/c~1d/0", "path": "/e" },
            { "op": "remove", "path": "/" },
        ]);
        assert_eq!(patch(all), keys(&["a", "c/d", "e", ""]));
        assert_eq!(patch(json!([])), keys(&[]));
    }

    #[test]
    fn a_place_in_a_list_or_the_root_itself_meets_everything() {
        for path in ["", "/0", "/12/a", "/-"] {
            let whole = patch(json!([{ "op": "remove", "path": path }]));
            assert_eq!(whole, AccessSet::Whole, "{path}");
            assert!(whole.meets(&keys(&["a"])) && keys(&["a"]).meets(&whole));
        }
        assert_eq!(patch(json!([{ "op": "remove", "path": 5 }])), AccessSet::Whole);
        assert!(!keys(&["a"]).meets(&keys(&["b"])) && keys(&["a", "b"]).meets(&keys(&["b"])));
    }
}
