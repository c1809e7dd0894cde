//! The messages between replicas.

pub(crate) mod peer_message;
pub(crate) mod sync_response;
