//! The node: everything that awaits, opens, listens or reads a clock, around the pure `replica`.
//!
//! | module | what it adapts |
//! |---|---|
//! | [`home`] | a node's directory: its key, its token, its lock |
//! | [`net`] | libp2p: gossip for events, one direct protocol for votes and sync |
//! | [`store`] | redb: events and indices, one writer that groups commits |
//! | [`vote_log`] | the append-only log that makes every own vote durable before it leaves |

pub mod home;
pub mod net;
pub mod store;
pub mod vote_log;
