//! What a node keeps: its home, with its key and its token; the store of events and milestones; the log of its own votes.
//!
//! Words: [glossary](../../../docs/glossary.md).
//!
//! | module | what it holds |
//! |---|---|
//! | [`durable_file`] | steps that every durable file takes |
//! | [`home`] | a node's directory: its key, its token, its lock |
//! | [`store`] | redb: events and indices, one writer that groups commits |
//! | [`vote_log`] | the append-only log that makes every own vote durable before it leaves |
//! | `write_queue` | the bounded queue before each of the two writers |

pub mod durable_file;
pub mod home;
pub mod store;
pub mod vote_log;
mod write_queue;
