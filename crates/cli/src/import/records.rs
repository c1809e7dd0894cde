//! Converts an array of records to an object.

use std::collections::BTreeMap;

use serde_json::Value;

/// Why the records of a file have no usable keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Neither an array nor an object with one.
    #[error("expected an array of records, or an object with exactly one array, found {found}")]
    Shape {
        /// A description of the content.
        found: String,
    },
    /// Not an object.
    #[error("record {index} is not an object")]
    NotAnObject {
        /// The index of the record, from 0.
        index: usize,
    },
    /// Without the key.
    #[error("record {index} has no {key:?}")]
    NoKey {
        /// The index of the record, from 0.
        index: usize,
        /// The key it lacks.
        key: String,
    },
    /// The value of the key is neither a string nor an integer.
    #[error("the {key:?} of record {index} is neither a string nor an integer")]
    KeyKind {
        /// The index of the record, from 0.
        index: usize,
        /// The key.
        key: String,
    },
    /// Two records with one name.
    #[error("records {first} and {index} have the same {key:?}: {name:?}")]
    Twice {
        /// The earlier, from 0.
        first: usize,
        /// The later.
        index: usize,
        /// The key.
        key: String,
        /// The value of both.
        name: String,
    },
}

/// One entry of the object that the array becomes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImportRecord {
    /// The value of its key.
    pub(crate) name: String,
    /// The whole record, its key included.
    pub(crate) value: Value,
}

/// The records of `file` in their order, each named by its `key`.
pub(crate) fn records(file: Value, key: &str) -> Result<Vec<ImportRecord>, RecordError> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let items = array(file)?.into_iter().enumerate();
    items
        .map(|(index, value)| {
            let name = name(&value, index, key)?;
            if let Some(first) = places.insert(name.clone(), index) {
                let key = key.to_owned();
                return Err(RecordError::Twice { first, index, key, name });
            }
            Ok(ImportRecord { name, value })
        })
        .collect()
}

fn array(file: Value) -> Result<Vec<Value>, RecordError> {
    let found = |found: String| RecordError::Shape { found };
    match file {
        Value::Array(items) => Ok(items),
        Value::Object(entries) => {
            let mut arrays = entries.into_iter().filter_map(|(_, value)| match value {
                Value::Array(items) => Some(items),
                _ => None,
            });
            match (arrays.next(), arrays.count()) {
                (Some(items), 0) => Ok(items),
                (None, _) => Err(found("an object without an array".to_owned())),
                (Some(_), more) => Err(found(format!("an object with {} arrays", more + 1))),
            }
        }
        _ => Err(found("a single value".to_owned())),
    }
}

fn name(record: &Value, index: usize, key: &str) -> Result<String, RecordError> {
    let record = record.as_object().ok_or(RecordError::NotAnObject { index })?;
    let key_name = || key.to_owned();
    let no_key = || RecordError::NoKey { index, key: key_name() };
    match record.get(key).ok_or_else(no_key)? {
        Value::String(name) => Ok(name.clone()),
        Value::Number(number) if !number.is_f64() => Ok(number.to_string()),
        _ => Err(RecordError::KeyKind { index, key: key_name() }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(file: Value, expected: Result<&[(&str, Value)], &str>) {
        let found = records(file, "code").map_err(|error| error.to_string());
        let expected = expected.map(|records| {
            let record =
                |(name, value): &(&str, Value)| ImportRecord { name: (*name).to_owned(), value: value.clone() };
            records.iter().map(record).collect::<Vec<_>>()
        });
        assert_eq!(found, expected.map_err(str::to_owned));
    }

    #[test]
    fn an_array_or_the_single_array_of_an_object_becomes_named_records() {
        let (a, b) = (json!({"code": "AD-02", "x": null}), json!({"code": 7}));
        let named = [("AD-02", a.clone()), ("7", b.clone())];
        check(json!([a, b]), Ok(&named));
        check(json!({"3166-2": [a, b], "about": "codes"}), Ok(&named));
        check(json!([]), Ok(&[]));
    }

    #[test]
    fn what_cannot_be_named_is_told_with_its_record() {
        let shape = "expected an array of records, or an object with exactly one array, found ";
        check(json!(1), Err(&format!("{shape}a single value")));
        check(json!({"a": 1}), Err(&format!("{shape}an object without an array")));
        check(json!({"a": [], "b": []}), Err(&format!("{shape}an object with 2 arrays")));
        check(json!([1]), Err("record 0 is not an object"));
        check(json!([{"code": "a"}, {"id": 1}]), Err("record 1 has no \"code\""));
        let kind = "the \"code\" of record 0 is neither a string nor an integer";
        for code in [json!(null), json!(1.5), json!([])] {
            check(json!([{ "code": code }]), Err(kind));
        }
        let twice = json!([{"code": "a"}, {"code": "b"}, {"code": "a"}]);
        check(twice, Err("records 0 and 2 have the same \"code\": \"a\""));
    }
}
