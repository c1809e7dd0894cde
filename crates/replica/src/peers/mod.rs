//! The connected peers, and the vertices that are requested from them.

pub(crate) mod connected;
pub(crate) mod missing_parents;
