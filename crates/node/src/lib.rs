//! One node: everything that awaits, listens or reads a clock, around the pure `replica`.
//!
//! Words: [glossary](../../../docs/glossary.md).
//!
//! | module | what it adapts |
//! |---|---|
//! | [`api`] | HTTP: JSON, server-sent events, metrics |
//! | [`core`] | the thread that owns the replica, and what stands between it and the world |
//! | [`genesis_file`] | `genesis.json`: a genesis that people can read |
//! | [`run`] | one node in this process, from its home to its end; founding |

pub mod api;
pub mod core;
pub mod genesis_file;
pub mod run;
