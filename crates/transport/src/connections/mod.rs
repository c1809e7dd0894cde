//! PeerTable and the connections to them.

pub(crate) mod connection_limits;
pub(crate) mod not_connected_reason;
pub(crate) mod peer;
pub(crate) mod peer_info;
pub(crate) mod peer_table;
pub(crate) mod static_peers;
