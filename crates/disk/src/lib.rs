//! The files of a node: its home with key and token, the store of events and milestones, the log of its own votes.
//!
//! Records are opaque bytes here. The crate knows when they are durable, and not what they mean.
//!
//! Words: [glossary](../../../docs/glossary.md).
//!
//! | module | contents |
//! |---|---|
//! | [`durable_file`] | steps that every durable file takes |
//! | [`home`] | a node's directory: its key, its token, its lock |
//! | [`store`] | redb: events and indices, one writer that groups commits |
//! | [`vote_log`] | the append-only log of own votes, which makes each durable before it is sent |
//! | `write_queue` | the bounded queue before each of the two writers |

pub mod durable_file;
pub mod home;
pub mod store;
pub mod vote_log;
mod write_queue;
