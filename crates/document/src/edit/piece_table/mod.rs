//! A list or a text as a session changes it: a piece table over the elements that the document shows.

pub(crate) mod pieces;
pub(crate) mod span;
pub(crate) mod splice;
pub(crate) mod table;
