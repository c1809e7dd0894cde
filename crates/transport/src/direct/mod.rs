//! The direct protocol: two long-lived streams a connection in each direction, one for each class.
//!
//! ```text
//!  send ──> SendQueue ──> writer ══ stream (urgent) ══> reader ──> inbox (urgent) ──> NetEvents
//!              └─────> writer ══ stream (bulk)   ══> reader ──> inbox (bulk)   ──┘
//! ```
//!
//! A connection is *ready* once the other side agreed to both streams: their names carry the network id, so a peer of
//! another network is never ready. Readers start when the owner says [`DirectBehaviour::deliver`](behaviour::DirectBehaviour::deliver), which it does after it
//! announced the peer. Each connection runs in a task of its own, so a slow peer delays nobody else; a full inbox stops
//! the reader, the stream's window then stops the sender, and the other class goes on.

pub(crate) mod behaviour;
pub(crate) mod frame;
pub(crate) mod handler;
pub(crate) mod inbox;
pub(crate) mod negotiate;
pub(crate) mod send_queue;
pub(crate) mod traffic;
