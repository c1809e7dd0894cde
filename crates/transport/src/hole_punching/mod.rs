//! Hole punching (experimental): two peers that are connected through a relay try to connect directly.
//!
//! It is compiled with the cargo feature `hole-punching`, which is on by default. It works with routers that keep one port for
//! all destinations; behind others the traffic stays on the relay. The test `nat` tries it between network namespaces of Linux.
//!
//! A node learns its public address from peers that it dialled from its listening port, and from peers that dialled it.
//! Of two peers that share a relay, the one with the lesser id starts the coordination. Both send their addresses and dial at
//! one moment: a packet that leaves through a NAT opens it for the packet of the other side. After a failure they try again at
//! growing intervals, with both sides dialling or one of them.
//!
//! ```text
//!  identify ── observed ──> own addresses ──────┐
//!  relayed connection ── attempt, when due ──┴─> coordination on that connection ── agreed ──> allowed? ──> dial
//! ```
//!
//! A peer that names an address makes this node dial it. So an address must reach at least as far as the farthest connected
//! peer, four addresses are dialled at most, and one peer causes one dial in five seconds at most.

mod attempts;
pub(crate) mod behaviour;
mod coordination;
mod handler;
