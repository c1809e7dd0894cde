//! What a document shows in a view, and what differs between two views.

pub(crate) mod patches;
pub(crate) mod positions;
pub(crate) mod reading;
pub(crate) mod root;
pub(crate) mod sequences;
