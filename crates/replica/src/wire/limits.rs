//! The limits of one message.

/// Ids that one [`PeerMessage::Want`](crate::PeerMessage::Want) names, at most: one round trip's worth, 32 KiB.
pub const WANT_IDS: usize = 1_024;
/// Vertices that one message carries, at most.
pub const VERTICES: usize = 4_096;
/// Bytes of vertices in one [`PeerMessage::SyncResponse`](crate::PeerMessage::SyncResponse) and in each message that answers a [`PeerMessage::Want`](crate::PeerMessage::Want), about.
pub const VERTICES_BYTES: usize = 1 << 20;
