//! Events of this replica's own: from intents to signed events.

pub(crate) mod access_set;
pub(crate) mod write;
