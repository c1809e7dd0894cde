//! The documents, their digests and the index of their events.

pub(crate) mod history;
pub(crate) mod roots;
