//! Comparison of two JSON values.

use serde::Serialize;
use serde_json::Value;

use super::lines::{DiffHunk, hunks, line_hunks};
use crate::view::{plain, shortened};

/// Length in bytes from which a string of one line is compared line by line.
const LONG: usize = 80;

/// A place where two values differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Difference {
    /// JSON pointer into the new value, or into the old one for a value that is gone.
    pub(super) path: String,
    /// The old value, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) old: Option<Value>,
    /// The new value, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) new: Option<Value>,
}

/// The differences between two values, in the order of keys and items.
pub(super) fn differences(old: &Value, new: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), Some(old), Some(new), &mut found);
    found
}

// JSON that is read nests at most 128 deep, so the recursion is bounded.
fn compare(path: String, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Difference>) {
    match (old, new) {
        (Some(old), Some(new)) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            for key in keys {
                let step = key.replace('~', "~0").replace('/', "~1");
                compare(format!("{path}/{step}"), old.get(key), new.get(key), found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => compare_items(&path, old, new, found),
        (old, new) => found.push(Difference { path, old: old.cloned(), new: new.cloned() }),
    }
}

fn compare_items(path: &str, old: &[Value], new: &[Value], found: &mut Vec<Difference>) {
    let text = |items: &[Value]| items.iter().map(Value::to_string).collect::<Vec<_>>();
    for DiffHunk { old: was, new: is } in hunks(text(old).into_iter(), text(new).into_iter()) {
        // Lists of equal length are compared item by item.
        let paired = was.len() == is.len();
        if paired {
            for (was, is) in was.zip(is) {
                compare(format!("{path}/{is}"), old.get(was), new.get(is), found);
            }
            continue;
        }
        was.for_each(|place| compare(format!("{path}/{place}"), old.get(place), None, found));
        is.for_each(|place| compare(format!("{path}/{place}"), None, new.get(place), found));
    }
}

impl Difference {
    /// The place, and below it the old and the new value. Of a text with several lines only the lines that differ are shown.
    pub(super) fn show(&self) -> String {
        let place = if self.path.is_empty() { "the whole".to_owned() } else { plain(&self.path) };
        let mut report = format!("{place}\n");
        match (&self.old, &self.new) {
            (Some(Value::String(old)), Some(Value::String(new))) if is_long(old) || is_long(new) => {
                tell_lines(old, new, &mut report);
            }
            (old, new) => {
                old.iter().for_each(|old| report.push_str(&format!("  - {}\n", shortened(old))));
                new.iter().for_each(|new| report.push_str(&format!("  + {}\n", shortened(new))));
            }
        }
        report
    }
}

fn is_long(text: &str) -> bool {
    text.len() > LONG || text.contains('\n')
}

fn tell_lines(old: &str, new: &str, report: &mut String) {
    let (before, after): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    for DiffHunk { old: was, new: is } in line_hunks(&before, &after) {
        report.push_str(&format!("  line {}\n", is.start.saturating_add(1)));
        let lines = |lines: &[&str], mark: char| {
            lines.iter().map(|line| format!("  {mark} {}\n", plain(line))).collect::<String>()
        };
        report.push_str(&lines(before.get(was).unwrap_or_default(), '-'));
        report.push_str(&lines(after.get(is).unwrap_or_default(), '+'));
    }
    // Only how they end.
    if before == after {
        report.push_str("  the line ends differ\n");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(old: &Value, new: &Value, expected: &str) {
        let report: String = differences(old, new).iter().map(Difference::show).collect();
        assert_eq!(report, expected);
    }

    #[test]
    fn places_are_told_with_what_was_and_what_is() {
        check(&json!({"a": 1}), &json!({"a": 1}), "");
        check(&json!(1), &json!({}), "the whole\n  - 1\n  + {}\n");
        let old = json!({"a": {"b/c": 1}, "gone": [1], "s": "x"});
        let new = json!({"a": {"b/c": 2}, "came": null, "s": "y"});
        check(&old, &new, "/a/b~1c\n  - 1\n  + 2\n/came\n  + null\n/gone\n  - [1]\n/s\n  - \"x\"\n  + \"y\"\n");
    }

    #[test]
    fn items_are_found_again_where_others_came_or_went() {
        let old = json!([1, {"k": 1}, 3, 4]);
        check(&old, &json!([0, 1, {"k": 1}, 3, 4]), "/0\n  + 0\n");
        check(&old, &json!([1, {"k": 2}, 3]), "/1/k\n  - 1\n  + 2\n/3\n  - 4\n");
    }

    #[test]
    fn a_long_text_tells_only_the_lines_that_differ() {
        let lines = |changed: &str| {
            (0..30)
                .map(|line| if line == 20 { format!("{changed}\n") } else { format!("line {line}\n") })
                .collect::<String>()
        };
        let (old, new) = (lines("old\u{1b}"), lines("new"));
        check(&json!(old), &json!(new), "the whole\n  line 21\n  - old\\u{1b}\n  + new\n");
        check(&json!(old), &json!(format!("{old}\n")), "the whole\n  line 31\n  + \n");
        check(&json!("x".repeat(90)), &json!("x".repeat(90) + "\n"), "the whole\n  the line ends differ\n");
    }

    #[test]
    fn in_json_what_is_on_one_side_only_has_no_other() {
        let found = serde_json::to_value(differences(&json!({"a": 1, "n": 0}), &json!({"b": 2, "n": null}))).unwrap();
        let expected = json!([
            {"path": "/a", "old": 1}, {"path": "/b", "new": 2}, {"path": "/n", "old": 0, "new": null},
        ]);
        assert_eq!(found, expected);
    }
}
