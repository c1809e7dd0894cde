//! The builder of edits: it reads the value that shows, its own edits included, and writes the fewest edits that change it.
//!
//! | file | what is in it |
//! |---|---|
//! | `edit_builder` | the builder, and writing a new value |
//! | `path` | from a pointer to a location |
//! | `rewrite`, `merge_patch` | changing the value at a location |
//! | `sequences` | changing lists and texts: positions become ids |
//! | `lookup` | reading, own edits included |
//! | `pending`, `session_value` | the own edits by location; a value as the session sees it |

pub(crate) mod edit_builder;
pub(crate) mod lookup;
pub(crate) mod merge_patch;
pub(crate) mod path;
pub(crate) mod pending;
pub(crate) mod rewrite;
pub(crate) mod sequences;
pub(crate) mod session_value;
