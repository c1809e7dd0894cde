//! The messages between replicas, as bytes.

pub(crate) mod limits;
pub(crate) mod peer_message;
pub(crate) mod sync_response;
