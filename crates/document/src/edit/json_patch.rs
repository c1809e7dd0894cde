//! JSON patches: RFC 6902, <https://www.rfc-editor.org/rfc/rfc6902>.
//!
//! A patch is applied to the value of the smallest container that contains all paths of the patch; the edits turn the
//! container's value before the patch into the value after it.

use json_patch::jsonptr::PointerBuf;
use json_patch::{PatchErrorKind, PatchOperation, patch_unsafe};
use quorate_event::Edit;
use serde_json::Value as Json;

use crate::edit::builder::edit_builder::EditBuilder;
use crate::edit::builder::session_value::SessionValue;
use crate::edit::depth::check_depth;
use crate::edit::error::{PatchProblem, WriteError};
use crate::json::pointer;
use crate::json::scalar;
use crate::model::causal_order::CausalOrder;
use crate::model::document::Document;
use crate::model::document_view::DocumentView;
use crate::view::reading::ViewReader;

/// The greatest number of bytes that the copies of a patch may take together: copies of copies double with each operation.
const COPIED_BYTES: usize = 16 * 1024 * 1024;

impl Document {
    /// The edits of a JSON patch: all of its operations, or none.
    ///
    /// # Errors
    /// When it is not a JSON patch, one of its tests fails, or it names a path without a value.
    pub fn json_patch(
        &self,
        view: &impl DocumentView,
        past: &impl CausalOrder,
        patch: &Json,
    ) -> Result<Vec<Edit>, WriteError> {
        let operations = parse(patch)?;
        let filter = self.view_filter(view);
        let mut builder = EditBuilder::new(ViewReader::new(self, &filter, past));
        let common = common_tokens(&operations)?;
        let top = showing(&builder, &common);
        let shown = builder.at(top).map(|seen| builder.json(&seen)).unwrap_or_default();
        let wanted = apply(&operations, top.len(), shown)?;
        builder.set(top, &wanted)?;
        Ok(builder.finish())
    }
}

fn parse(patch: &Json) -> Result<Vec<PatchOperation>, WriteError> {
    let problem = |operation, problem| WriteError::Patch { operation, problem };
    let Json::Array(operations) = patch else {
        return Err(problem(0, PatchProblem::NotAnArray));
    };
    let read = |(number, operation): (usize, &Json)| {
        operation.as_object().into_iter().flat_map(serde_json::Map::values).try_for_each(|it| check_depth(it, 0))?;
        let read = serde_json::from_value::<PatchOperation>(normal(operation));
        read.map_err(|error| problem(number, PatchProblem::Malformed { problem: error.to_string() }))
    };
    operations.iter().enumerate().map(read).collect()
}

/// The value with each number in the form in which it shows, so that equal numbers compare as equal.
fn normal(value: &Json) -> Json {
    match value {
        Json::Array(items) => items.iter().map(normal).collect(),
        Json::Object(members) => members.iter().map(|(key, value)| (key.clone(), normal(value))).collect(),
        scalar => {
            let shown = scalar::from_json(scalar).and_then(|value| scalar::to_json(&value));
            shown.unwrap_or_else(|| scalar.clone())
        }
    }
}

/// The path of the smallest container that contains all paths of the operations.
fn common_tokens(operations: &[PatchOperation]) -> Result<Vec<String>, WriteError> {
    let mut common: Option<Vec<String>> = None;
    for pointer in operations.iter().flat_map(|it| [Some(it.path().as_str()), source(it)]).flatten() {
        let mut tokens = pointer::tokens(pointer)?;
        tokens.pop();
        if let Some(common) = &common {
            let same = common.iter().zip(&tokens).take_while(|(a, b)| a == b).count();
            tokens.truncate(same);
        }
        common = Some(tokens);
    }
    Ok(common.unwrap_or_default())
}

/// The longest start of a path that leads to an object or a list.
fn showing<'t>(builder: &EditBuilder<'_>, tokens: &'t [String]) -> &'t [String] {
    let mut top = tokens;
    while let Some((_, shorter)) = top.split_last() {
        let seen = builder.at(top).and_then(|seen| builder.content_of(seen));
        if matches!(seen, Some(SessionValue::Object(_) | SessionValue::List(_))) {
            break;
        }
        top = shorter;
    }
    top
}

/// The result of the operations on the value at the end of `above` tokens.
fn apply(operations: &[PatchOperation], above: usize, mut value: Json) -> Result<Json, WriteError> {
    let mut room = COPIED_BYTES;
    for (number, operation) in operations.iter().enumerate() {
        let within = relative(operation, above);
        let problem = |problem| WriteError::Patch { operation: number, problem };
        if let Some(come) = comes(&within, &value) {
            check_depth(come, operation.path().count())?;
            if matches!(within, PatchOperation::Copy(_)) {
                let limit = COPIED_BYTES;
                room = room.checked_sub(bytes_of(come)).ok_or(problem(PatchProblem::CopiesTooMuch { limit }))?;
            }
        }
        patch_unsafe(&mut value, std::slice::from_ref(&within))
            .map_err(|error| refusal(number, operation, error.kind))?;
    }
    Ok(value)
}

/// The value that an operation brings to another place.
fn comes<'v>(operation: &'v PatchOperation, value: &'v Json) -> Option<&'v Json> {
    match operation {
        PatchOperation::Add(it) => Some(&it.value),
        PatchOperation::Replace(it) => Some(&it.value),
        PatchOperation::Move(_) | PatchOperation::Copy(_) => value.pointer(source(operation)?),
        PatchOperation::Remove(_) | PatchOperation::Test(_) => None,
    }
}

fn refusal(number: usize, operation: &PatchOperation, kind: PatchErrorKind) -> WriteError {
    let pointer = operation.path().to_string();
    let from = || source(operation).unwrap_or_default().to_owned();
    let problem = match (operation, kind) {
        (PatchOperation::Test(_), _) => return WriteError::TestFailed { operation: number, pointer },
        (PatchOperation::Remove(_), _) if pointer.is_empty() => return WriteError::DeletesTheRoot,
        (PatchOperation::Move(_), PatchErrorKind::InvalidFromPointer) if from().is_empty() => {
            return WriteError::DeletesTheRoot;
        }
        (_, PatchErrorKind::InvalidFromPointer) => PatchProblem::NoSuchSource { pointer: from() },
        (_, PatchErrorKind::CannotMoveInsideItself) => PatchProblem::IntoItself { pointer: from() },
        _ => PatchProblem::NoSuchPath { pointer },
    };
    WriteError::Patch { operation: number, problem }
}

/// The operation with paths relative to the container at the end of `above` tokens.
fn relative(operation: &PatchOperation, above: usize) -> PatchOperation {
    let cut = |pointer: &mut PointerBuf| {
        for _ in 0..above {
            pointer.pop_front();
        }
    };
    let mut operation = operation.clone();
    match &mut operation {
        PatchOperation::Add(it) => cut(&mut it.path),
        PatchOperation::Remove(it) => cut(&mut it.path),
        PatchOperation::Replace(it) => cut(&mut it.path),
        PatchOperation::Test(it) => cut(&mut it.path),
        PatchOperation::Move(it) => [&mut it.from, &mut it.path].into_iter().for_each(cut),
        PatchOperation::Copy(it) => [&mut it.from, &mut it.path].into_iter().for_each(cut),
    }
    operation
}

fn source(operation: &PatchOperation) -> Option<&str> {
    match operation {
        PatchOperation::Move(it) => Some(it.from.as_str()),
        PatchOperation::Copy(it) => Some(it.from.as_str()),
        _ => None,
    }
}

/// An estimate of the bytes of a value.
fn bytes_of(value: &Json) -> usize {
    const NODE: usize = 32;
    let (mut bytes, mut open) = (0_usize, vec![value]);
    while let Some(value) = open.pop() {
        bytes = bytes.saturating_add(NODE);
        match value {
            Json::String(text) => bytes = bytes.saturating_add(text.len()),
            Json::Array(items) => open.extend(items),
            Json::Object(members) => {
                bytes = members.keys().fold(bytes, |bytes, key| bytes.saturating_add(key.len()));
                open.extend(members.values());
            }
            _ => {}
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use quorate_event::Edit;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::edit::story::Story;

    /// The result of a patch on a value.
    fn patched(before: &Json, patch: &Json) -> Result<Json, WriteError> {
        let mut story = Story::showing(before);
        let edits = story.patch(patch)?;
        story.fold(&edits);
        Ok(story.value())
    }

    /// A section of the appendix, a value, a patch, and the result.
    type Example = (&'static str, Json, Json, Json);

    fn check(examples: impl IntoIterator<Item = Example>) {
        for (section, before, patch, after) in examples {
            assert_eq!(patched(&before, &patch), Ok(after), "{section}");
        }
    }

    #[test]
    fn the_first_examples_of_rfc_6902_appendix_a_come_out_as_printed_there() {
        check([
            (
                "A.1",
                json!({"foo": "bar"}),
                json!([{"op": "add", "path": "/baz", "value": "qux"}]),
                json!({"baz": "qux", "foo": "bar"}),
            ),
            (
                "A.2",
                json!({"foo": ["bar", "baz"]}),
                json!([{"op": "add", "path": "/foo/1", "value": "qux"}]),
                json!({"foo": ["bar", "qux", "baz"]}),
            ),
            (
                "A.3",
                json!({"baz": "qux", "foo": "bar"}),
                json!([{"op": "remove", "path": "/baz"}]),
                json!({"foo": "bar"}),
            ),
            (
                "A.4",
                json!({"foo": ["bar", "qux", "baz"]}),
                json!([{"op": "remove", "path": "/foo/1"}]),
                json!({"foo": ["bar", "baz"]}),
            ),
            (
                "A.5",
                json!({"baz": "qux", "foo": "bar"}),
                json!([{"op": "replace", "path": "/baz", "value": "boo"}]),
                json!({"baz": "boo", "foo": "bar"}),
            ),
            (
                "A.6",
                json!({"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}}),
                json!([{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}]),
                json!({"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}}),
            ),
            (
                "A.7",
                json!({"foo": ["all", "grass", "cows", "eat"]}),
                json!([{"op": "move", "from": "/foo/1", "path": "/foo/3"}]),
                json!({"foo": ["all", "cows", "eat", "grass"]}),
            ),
        ]);
    }

    #[test]
    fn the_other_examples_of_rfc_6902_appendix_a_come_out_as_printed_there() {
        check([
            (
                "A.8",
                json!({"baz": "qux", "foo": ["a", 2, "c"]}),
                json!([{"op": "test", "path": "/baz", "value": "qux"}, {"op": "test", "path": "/foo/1", "value": 2}]),
                json!({"baz": "qux", "foo": ["a", 2, "c"]}),
            ),
            (
                "A.10",
                json!({"foo": "bar"}),
                json!([{"op": "add", "path": "/child", "value": {"grandchild": {}}}]),
                json!({"foo": "bar", "child": {"grandchild": {}}}),
            ),
            (
                "A.11",
                json!({"foo": "bar"}),
                json!([{"op": "add", "path": "/baz", "value": "qux", "xyz": 123}]),
                json!({"foo": "bar", "baz": "qux"}),
            ),
            (
                "A.14",
                json!({"/": 9, "~1": 10}),
                json!([{"op": "test", "path": "/~01", "value": 10}]),
                json!({"/": 9, "~1": 10}),
            ),
            (
                "A.16",
                json!({"foo": ["bar"]}),
                json!([{"op": "add", "path": "/foo/-", "value": ["abc", "def"]}]),
                json!({"foo": ["bar", ["abc", "def"]]}),
            ),
        ]);
    }

    #[test]
    fn the_failing_examples_of_rfc_6902_appendix_a_fail() {
        let failed = |pointer: &str| Err(WriteError::TestFailed { operation: 0, pointer: pointer.to_owned() });
        let a_9 = patched(&json!({"baz": "qux"}), &json!([{"op": "test", "path": "/baz", "value": "bar"}]));
        assert_eq!(a_9, failed("/baz"));
        let a_12 = patched(&json!({"foo": "bar"}), &json!([{"op": "add", "path": "/baz/bat", "value": "qux"}]));
        let pointer = "/baz/bat".to_owned();
        assert_eq!(a_12, Err(WriteError::Patch { operation: 0, problem: PatchProblem::NoSuchPath { pointer } }));
        let a_15 = patched(&json!({"/": 9, "~1": 10}), &json!([{"op": "test", "path": "/~01", "value": "10"}]));
        assert_eq!(a_15, failed("/~01"));
    }

    #[test]
    fn what_is_allowed_though_odd_is_applied() {
        for (before, patch, after) in [
            (json!({"k": 1}), json!([]), json!({"k": 1})),
            (json!({"k": 1}), json!([{"op": "replace", "path": "", "value": [1]}]), json!([1])),
            (json!({"k": 1}), json!([{"op": "add", "path": "", "value": null}]), json!(null)),
            (json!({"k": 1}), json!([{"op": "test", "path": "", "value": {"k": 1.0}}]), json!({"k": 1})),
            (json!({"k": 1e300}), json!([{"op": "test", "path": "/k", "value": 1e300}]), json!({"k": 1e300})),
            (json!({"": 1}), json!([{"op": "replace", "path": "/", "value": 2}]), json!({"": 2})),
            (json!({"k": 1}), json!([{"op": "move", "from": "/k", "path": "/k"}]), json!({"k": 1})),
            (
                json!({"k": [1, [2]]}),
                json!([{"op": "copy", "from": "/k", "path": "/k/1/0"}]),
                json!({"k": [1, [[1, [2]], 2]]}),
            ),
            (json!([1, 2]), json!([{"op": "add", "path": "/2", "value": 3}]), json!([1, 2, 3])),
            (json!([[1], [2]]), json!([{"op": "add", "path": "/1/-", "value": 3}]), json!([[1], [2, 3]])),
            (json!({"a": {"b": 1}}), json!([{"op": "move", "from": "/a/b", "path": "/a"}]), json!({"a": 1})),
            (
                json!({"k": null}),
                json!([{"op": "test", "path": "/k", "value": null}, {"op": "remove", "path": "/k"}]),
                json!({}),
            ),
        ] {
            assert_eq!(patched(&before, &patch), Ok(after), "{before} {patch}");
        }
    }

    #[test]
    fn a_patch_that_cannot_be_applied_says_which_operation_and_why() {
        let before = json!({"k": 1, "l": [1], "o": {"in": {}}});
        for (patch, why) in [
            (json!({"op": "remove"}), "is missing: a patch is an array"),
            (json!([1]), "operation 0 of the JSON patch is not an operation of RFC 6902"),
            (json!([{"op": "spam", "path": "/k"}]), "unknown variant"),
            (json!([{"op": "add", "path": "/k"}]), "missing field `value`"),
            (json!([{"op": "add", "value": 1}]), "missing field `path`"),
            (json!([{"op": "move", "path": "/k"}]), "missing field `from`"),
            (json!([{"op": "add", "path": "k", "value": 1}]), "not an operation of RFC 6902"),
            (json!([{"op": "test", "path": "/k", "value": 1}, {"op": "remove", "path": "/x"}]), "operation 1"),
            (json!([{"op": "replace", "path": "/x", "value": 1}]), r#"names a path without a value: "/x""#),
            (json!([{"op": "add", "path": "/l/2", "value": 1}]), r#"names a path without a value: "/l/2""#),
            (json!([{"op": "add", "path": "/l/01", "value": 1}]), r#"names a path without a value: "/l/01""#),
            (json!([{"op": "add", "path": "/l/x", "value": 1}]), r#"names a path without a value: "/l/x""#),
            (json!([{"op": "remove", "path": "/l/-"}]), r#"names a path without a value: "/l/-""#),
            (json!([{"op": "add", "path": "/k/in", "value": 1}]), r#"names a path without a value: "/k/in""#),
            (json!([{"op": "copy", "from": "/x", "path": "/y"}]), r#"names a source without a value: "/x""#),
            (json!([{"op": "move", "from": "/o", "path": "/o/in/o"}]), r#"moves "/o" into itself"#),
            (json!([{"op": "remove", "path": ""}]), "cannot be deleted"),
            (
                json!([{"op": "test", "path": "/k", "value": "1"}]),
                r#"the test of operation 0 failed: another value shows at "/k""#,
            ),
            (json!([{"op": "test", "path": "/x", "value": null}]), "failed"),
            (json!([{"op": "test", "path": "/l", "value": [1, 2]}]), "failed"),
        ] {
            let error = patched(&before, &patch).unwrap_err().to_string();
            assert!(error.contains(why), "{patch}: {error}");
        }
    }

    #[test]
    fn a_patch_is_all_or_nothing() {
        let patch = json!([{"op": "add", "path": "/k", "value": 1}, {"op": "test", "path": "/k", "value": 2}]);
        let refused = Story::showing(&json!({})).patch(&patch);
        assert_eq!(refused, Err(WriteError::TestFailed { operation: 1, pointer: "/k".to_owned() }));
    }

    #[test]
    fn a_patch_writes_only_what_differs_where_it_differs() {
        let long = "a line of some length\n".repeat(200);
        let mut story = Story::showing(&json!({"far": {"deep": {"text": long, "list": [1, {"k": 2}, 3]}}, "other": 1}));
        let edits = story.patch(&json!([
            {"op": "replace", "path": "/far/deep/text", "value": long.clone() + "the end"},
            {"op": "add", "path": "/far/deep/list/1/new", "value": true},
            {"op": "remove", "path": "/far/deep/list/0"},
        ]));
        let edits = edits.unwrap();
        assert!(matches!(edits[..], [Edit::Remove { .. }, Edit::Set { .. }, Edit::Splice { .. }]), "{edits:?}");
        assert_eq!(edits.iter().map(Edit::width).sum::<u32>(), 9);
        story.fold(&edits);
    }

    #[test]
    fn copies_of_copies_and_endless_nesting_end() {
        let double = json!({"op": "copy", "from": "", "path": "/k"});
        let long = json!({"text": "x".repeat(1_000_000)});
        let error = Story::showing(&long).patch(&Json::Array(vec![double.clone(); 30]));
        let limit = COPIED_BYTES;
        assert_eq!(error, Err(WriteError::Patch { operation: 5, problem: PatchProblem::CopiesTooMuch { limit } }));
        let error = Story::showing(&json!({})).patch(&Json::Array(vec![double; 30_000]));
        assert!(matches!(error, Err(WriteError::TooDeep { .. })), "{error:?}");
        let nest = |depth: usize| json!({"op": "add", "path": "/k".repeat(depth), "value": {}});
        let error = Story::showing(&json!({})).patch(&(1..200_000).map(nest).take(40).collect());
        assert!(matches!(error, Err(WriteError::TooDeep { .. })), "{error:?}");
    }
}
