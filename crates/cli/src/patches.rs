//! Changes as text.

use serde_json::Value;

use super::view::{list, number, plain, shortened, text};

/// A change in one line.
pub(crate) fn patch_text(patch: &Value) -> String {
    let (op, path) = (text(patch, "/op"), plain(text(patch, "/path")));
    let at = number(patch, "/at").unwrap_or(0);
    match op {
        "set" => format!("set {path} {}", shortened(&patch["value"])),
        "insert" if patch["text"].is_string() => format!("insert {path} at {at} {}", shortened(&patch["text"])),
        "insert" => format!("insert {path} at {at} {}", shortened(&patch["values"])),
        "remove" => format!("remove {path} at {at}, {} of them", number(patch, "/count").unwrap_or(0)),
        other => format!("{other} {path}"),
    }
}

/// Text that was inserted at `pointer`, without change; other changes in one line each.
pub(crate) fn typed_lines(patches: &Value, pointer: &str) -> Vec<String> {
    let lines = list(patches, "/patches").iter().map(|patch| {
        let here = text(patch, "/path") == pointer;
        match (text(patch, "/op"), patch["text"].as_str()) {
            ("insert", Some(typed)) if here => typed.lines().map(plain).collect(),
            _ => vec![format!("({})", patch_text(patch))],
        }
    });
    lines.flatten().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_change_reads_as_a_line() {
        let patches = json!({"patches": [
            {"op": "insert", "path": "/text", "at": 3, "text": "one\ntwo\u{7}\n"},
            {"op": "insert", "path": "/other", "at": 0, "text": "x"},
            {"op": "insert", "path": "/list", "at": 0, "values": [1, "a"]},
            {"op": "remove", "path": "/text", "at": 0, "count": 2},
            {"op": "set", "path": "/a\u{1b}", "value": {"b": null}},
            {"op": "delete", "path": "/a"},
        ]});
        let expected = [
            "one",
            "two\\u{7}",
            "(insert /other at 0 \"x\")",
            "(insert /list at 0 [1,\"a\"])",
            "(remove /text at 0, 2 of them)",
            "(set /a\\u{1b} {\"b\":null})",
            "(delete /a)",
        ];
        assert_eq!(typed_lines(&patches, "/text"), expected);
    }
}
