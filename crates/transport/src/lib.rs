//! The network: bytes to and from peers, in two classes of urgency, and gossip to all of them.
//!
//! A thin adapter around libp2p (TCP, relays, Noise, Yamux; gossipsub, identify, ping, Kademlia, mDNS). It knows bytes and peers, nothing of
//! what the bytes mean. All names on the wire lie below `/quorate/<network id>`, so peers of different networks never
//! agree on a protocol.
//!
//! ```text
//!  NetHandle ── gossip, verdict, dial … ──> task (owns the swarm) ── Connected, Gossip … ──> NetEvents
//!      └─────── send ──> outbox ──> connection ══ wire ══ connection ── Message ─────────────────┘
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `config` | what a node must be told |
//! | `handle`, `events` | the two ends that the rest of the node holds |
//! | `info`, `why` | what is told of peers, and why one is not connected |
//! | `error` | what can go wrong, with the remedy |
//! | `address` | from a peer id to an Ethereum address |
//! | `start`, `task`, `observe`, `listen`, `clock` | the task that owns the swarm |
//! | `peer`, `peers`, `redial` | who is connected; whom to dial again, and when |
//! | `behaviour`, `gossip`, `gate` | what runs on a connection, and its limits |
//! | `discover`, `lookup`, `learnt`, `scope`, `anchors` | who else is there, whom of them to dial, and who is kept for the next start |
//! | `relayed`, `punch` | this node as a relay, relays for this node, and direct ways around them |
//! | `names` | names in addresses that the operator gave |
//! | `direct`, `handler`, `negotiate`, `outbox`, `frame`, `traffic` | the direct protocol: two streams a connection, one for each class |
//!
//! Rules:
//! 1. Upon a message that is to be gossiped: it goes to every peer at once; others pass it on after they accepted it.
//! 2. Upon a message from gossip: it waits for its verdict. Ten rejected ones within minutes ban the peer that sent them.
//! 3. Upon a direct message: it waits in the queue of its class. Urgent ones have a stream, a queue and an inbox of their
//!    own everywhere, and are received first.
//! 4. Upon a frame above the bound of its class: nothing is allocated, the connection is dropped, an offence counts.
//! 5. Upon the loss of a static peer: it is dialled again for ever, ever more slowly, every ten seconds in the end.
//! 6. Upon a second connection to one peer: the newer is used; the older is closed a little later.
//! 7. Upon an address told by a peer: it is kept if it reaches as far as the teller does, eight for each peer and for 256
//!    strangers at most. One is dialled at a time, twenty a second, members first, at most four strangers in one /16.
//! 8. Upon twenty seconds without an answer to a ping or a byte: the peer is silent, and disconnected. Bulk that was sent to it
//!    meanwhile gives it the time that a link of 128 kbit/s takes for it, four minutes at most.
//! 9. Upon a start: the last good peers are dialled at once. They are kept in a file; a damaged one is ignored.
//! 10. Upon a connection: one address gets sixteen, and sixty a minute; strangers never take the room of members.
//! 11. Upon overload nothing grows: urgent queues drop the oldest, bulk queues refuse, gossip is dropped, streams stop.
//!
//! 12. Upon a peer that came through a relay: both try a direct way, at once and ever more slowly. A direct connection is used
//!     before a relayed one, whichever is newer.
//! 13. Upon an address that a peer names for that: as rule 7; four at most, and one peer is obeyed once in five seconds.
//!
//! Limits: TCP only. Behind a router that takes a new port for each destination no way can be opened: what goes through a relay stays
//! there. An address that came through Kademlia counts as told by the farthest of all connected peers. On a link slower than the peers'
//! sockets can buffer, an urgent frame waits for what the system has taken already; Yamux bounds that by the window of
//! the bulk stream, 256 KiB until the link proves fast.

mod addresses;
mod clock;
mod config;
mod error;
mod identity;

mod connections;
mod direct;
mod discovery;
mod gossip;
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
