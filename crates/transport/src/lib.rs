//! Bytes to and from peers over [libp2p](https://libp2p.io): gossip to all, direct messages in two classes, and the ways to find and reach peers.
//!
//! Words: [glossary](../../../docs/glossary.md).
//!
//! The crate knows bytes and peers. It does not know what the bytes mean, and it imports no other crate of Quorate. It runs TCP, Noise and
//! Yamux, and over them gossipsub, identify, ping, Kademlia, mDNS, circuit relays, a direct protocol and hole punching. All
//! protocol names begin with `/quorate/<network id>`, so peers of different networks never agree on a protocol.
//!
//! ```text
//!  NetHandle ── gossip, verdict, dial … ──> task (owns the swarm) ── Connected, Gossip … ──> NetEvents
//!      └─────── send ──> send queue ──> connection ══ wire ══ connection ── Message ──────────────┘
//! ```
//!
//! | module | contents |
//! |---|---|
//! | `config`, `start` | the configuration, and the function that starts the network |
//! | `handle`, `events` | the two ends that the rest of the node holds: commands to the network, events from it |
//! | `error` | errors, each with its remedy |
//! | `identity` | peer ids and Ethereum addresses of a secp256k1 key |
//! | `addresses` | the forms of multiaddresses, how far they reach, the lookup of names |
//! | `connections` | connected and static peers, why a peer is not connected, limits of inbound connections |
//! | `direct` | the direct protocol: two streams a connection, one for each class of messages |
//! | `gossip` | the parameters of gossipsub: topic, validation, scores |
//! | `discovery` | the address book, Kademlia as a directory, the peers of the last run |
//! | `relay` | this node as a relay for others, and its own places at relays |
//! | `hole_punching` | direct connections between peers that meet at a relay (experimental; feature `hole-punching`) |
//! | `behaviour`, `task` | the libp2p behaviour of a node, and the task that owns the swarm |
//!
//! # Rules
//! 1. Upon a message to gossip: it is sent to all peers at once; other nodes pass it on once they have accepted it.
//! 2. Upon a message from gossip: it waits for its verdict. A peer that sent ten rejected messages within minutes is banned.
//! 3. Upon a direct message: it waits in the queue of its class. Urgent messages have a stream, a queue and an inbox of their
//!    own everywhere, and are received first.
//! 4. Upon a frame above the bound of its class: nothing is allocated, the connection is closed, and an offence counts.
//! 5. Upon the loss of a static peer: it is dialled again without end, at growing intervals of at most ten seconds.
//! 6. Upon a second connection to one peer: the newer one is used; the older one is closed two seconds later.
//! 7. Upon an address that a peer announces: it enters the address book if it reaches at least as far as that peer. The book holds
//!    eight addresses for each peer, and 256 peers that are not members. At most twenty addresses a second are dialled,
//!    members first, and at most four non-members in one /16.
//! 8. Upon twenty seconds without a byte and without an answer to a ping: the peer counts as silent and is disconnected. Bulk
//!    that was sent meanwhile extends this by the time that a link of 128 kbit/s takes for it, by four minutes at most.
//! 9. Upon a start: the last good peers are dialled at once. They are kept in a file; a damaged file is ignored.
//! 10. Upon a connection: one IP address gets sixteen, and sixty a minute; members keep their room whatever others take.
//! 11. Upon overload nothing grows: urgent queues drop their oldest message, bulk queues refuse, gossip is dropped, streams stop.
//! 12. Upon a connection through a relay: both peers try to connect directly, at once and then at growing intervals. A direct
//!     connection is used before a relayed one, whichever is newer.
//! 13. Upon an address that a peer names for hole punching: as rule 7; four addresses at most, one request in five seconds from each peer.
//!
//! # Limits
//! TCP only. Hole punching fails behind a router that takes a new port for each destination: such traffic stays on the relay.
//! An address that came through Kademlia counts as announced by the farthest of all connected peers, since Kademlia does not say
//! which peer sent it. On a link slower than the sockets' buffers, an urgent frame waits for the bytes that the system has
//! taken already; Yamux bounds these by the window of the bulk stream, 256 KiB until the link proves fast.

mod addresses;
mod clock;
mod config;
mod error;
mod identity;

mod connections;
mod direct;
mod discovery;
mod gossip;
#[cfg(feature = "hole-punching")]
mod hole_punching;
mod relay;

mod behaviour;
mod events;
mod handle;
mod start;
mod task;

pub use addresses::multiaddr::{all_interfaces, loopback};
pub use addresses::reachability::reaches_beyond_loopback;
pub use config::{Discovery, MAX_STATIC_PEERS, ResourceLimits, TransportConfig, check_announced};
pub use connections::not_connected_reason::{NotConnectedReason, Offence};
pub use connections::peer_info::{Direction, PeerInfo, PeerRoute, PeerStatus};
pub use direct::frame::{MAX_BULK_BYTES, MAX_URGENT_BYTES, Urgency};
pub use direct::send_queue::{MAX_BULK_QUEUE, MAX_BULK_QUEUE_BYTES, MAX_URGENT_QUEUE, MAX_URGENT_QUEUE_BYTES};
pub use error::{NetError, SendError};
pub use events::{NetEvent, NetEvents};
pub use gossip::{BAN, GRAYLIST_SCORE, MAX_GOSSIP_BYTES};
pub use handle::{GossipToken, GossipVerdict, NetHandle};
pub use identity::{peer_address, peer_id};
pub use libp2p::bytes::Bytes;
pub use libp2p::{Multiaddr, PeerId};
pub use start::start;
