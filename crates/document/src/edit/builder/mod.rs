//! The builder of edits: it reads what shows, its own edits included, and writes the fewest edits that change it.

pub(crate) mod edit_builder;
pub(crate) mod lookup;
pub(crate) mod merge_patch;
pub(crate) mod path;
pub(crate) mod pending;
pub(crate) mod rewrite;
pub(crate) mod sequences;
pub(crate) mod session_value;
