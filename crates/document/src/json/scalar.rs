//! Conversion of scalars between JSON and edits, with one form for each number.

use quorate_event::{Integer, Value};
use serde_json::{Number, Value as Json};

/// The number that an edit writes; `None` if it is not finite.
pub(crate) fn number(number: &Number) -> Option<Value> {
    let integer = (number.as_i64().map(i128::from)).or_else(|| number.as_u64().map(i128::from));
    match integer {
        Some(integer) => Integer::new(integer).map(Value::Integer),
        None => number.as_f64().and_then(Value::from_f64),
    }
}

/// The scalar that an edit writes; `None` for an array or an object.
pub(crate) fn from_json(json: &Json) -> Option<Value> {
    match json {
        Json::Null => Some(Value::Null),
        Json::Bool(value) => Some(Value::Bool(*value)),
        Json::Number(value) => number(value),
        Json::String(text) => Some(Value::String(text.as_str().into())),
        Json::Array(_) | Json::Object(_) => None,
    }
}

/// The JSON of a scalar; `None` for a new container, whose content is not in the edit.
pub(crate) fn to_json(value: &Value) -> Option<Json> {
    match value {
        Value::Null => Some(Json::Null),
        Value::Bool(value) => Some(Json::Bool(*value)),
        Value::Integer(integer) => integer_json(*integer),
        Value::Float(float) => Number::from_f64(float.value()).map(Json::Number),
        Value::String(text) => Some(Json::String(text.as_ref().to_owned())),
        Value::New(_) => None,
    }
}

/// The number of Unicode scalar values of a text; `None` if it exceeds 32 bits.
pub(crate) fn count(text: &str) -> Option<u32> {
    u32::try_from(text.chars().count()).ok()
}

/// The JSON of a counter's sum: a number in [-2^63, 2^64), otherwise its decimal digits as a string.
pub(crate) fn sum_json(sum: i128) -> Json {
    Integer::new(sum).and_then(integer_json).unwrap_or_else(|| Json::String(sum.to_string()))
}

fn integer_json(integer: Integer) -> Option<Json> {
    let signed = i64::try_from(integer.value()).map(Json::from);
    signed.or_else(|_| u64::try_from(integer.value()).map(Json::from)).ok()
}
