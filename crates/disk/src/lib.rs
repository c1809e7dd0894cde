//! What a node keeps: its home, with its key and its token; the store of events and milestones; the log of its own votes.
//!
//! Words: [glossary](../../../docs/glossary.md).
//!
//! | module | what it holds |
//! |---|---|
//! | [`home`] | a node's directory: its key, its token, its lock |
//! | [`store`] | redb: events and indices, one writer that groups commits |
//! | [`vote_log`] | the append-only log that makes every own vote durable before it leaves |

pub mod home;
pub mod store;
pub mod vote_log;
