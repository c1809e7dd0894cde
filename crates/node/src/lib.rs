//! The node: everything that awaits, opens, listens or reads a clock, around the pure `replica`.
//!
//! | module | what it adapts |
//! |---|---|
//! | [`api`] | HTTP: JSON, server-sent events, metrics |
//! | [`cli`] | the command line, and networks of processes |
//! | [`core`] | the thread that owns the replica, and what stands between it and the world |
//! | [`home`] | a node's directory: its key, its token, its lock |
//! | [`net`] | libp2p: gossip for events, one direct protocol for votes and sync |
//! | [`run`] | one node in this process, from its home to its end; founding |
//! | [`store`] | redb: events and indices, one writer that groups commits |
//! | [`vote_log`] | the append-only log that makes every own vote durable before it leaves |

pub mod api;
pub mod cli;
pub mod core;
pub mod home;
pub mod net;
pub mod run;
pub mod store;
pub mod vote_log;
