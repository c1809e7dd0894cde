//! The direct protocol: two long-lived streams a connection in each direction, one for each class.
//!
//! ```text
//!  send ──> SendQueue ──> writer ══ stream (urgent) ══> reader ──> inbox (urgent) ──> NetEvents
//!              └─────> writer ══ stream (bulk)   ══> reader ──> inbox (bulk)   ──┘
//! ```
//!
//! A connection is *ready* once the other side agreed to both streams: their names contain the network id, so a peer of
//! another network is never ready. Readers start upon [`DirectBehaviour::deliver`](behaviour::DirectBehaviour::deliver), after the peer
//! was announced. Each connection runs in a task of its own, so a slow peer does not delay others. A full inbox stops the
//! reader, the window of the stream then stops the sender, and the other class goes on.

pub(crate) mod behaviour;
pub(crate) mod frame;
pub(crate) mod handler;
pub(crate) mod inbox;
pub(crate) mod negotiate;
pub(crate) mod send_queue;
pub(crate) mod traffic;
