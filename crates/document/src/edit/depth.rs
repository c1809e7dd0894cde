//! The greatest depth of a value.

use quorate_event::limits;
use serde_json::Value as Json;

use crate::edit::error::WriteError;

/// Refuses a value that nests too deeply within `above` containers; without recursion, since its source is not trusted.
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
