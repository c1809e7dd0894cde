//! One node: the input and output around the pure `quorate-replica`. This crate waits, listens and reads clocks. It takes no
//! decision of the protocol.
//!
//! | module | content |
//! |---|---|
//! | [`api`] | HTTP: JSON, server-sent events, metrics |
//! | [`core`] | the thread that owns the replica, and its connection to network, disk and clock |
//! | [`genesis_file`] | `genesis.json`, the readable form of a genesis |
//! | [`run`] | one node in this process, from start to end; founding and joining a network |
//!
//! # One request
//!
//! `PUT /v1/docs/a?wait=final`, by file:
//!
//! 1. `api/serve.rs` accepts the connection; `api/guard.rs` checks `Host`, `Origin`, token, media type and parameters.
//! 2. `api/handlers/write.rs` reads the body, makes an `Intent`, and calls [`core::CoreHandle::write`].
//! 3. `core/thread.rs` passes it to `Replica::handle` as `Input::Write`. The outputs come back at once.
//! 4. `core/outputs.rs` performs them: `Output::Persist` hands the new event to the store.
//! 5. The store reports its fsync; `core/thread.rs` passes `Input::Stored`. Only now `Output::Publish` sends the event to the
//!    peers, and `Output::Durable` answers step 2.
//! 6. `api/wait.rs` waits further, until a milestone covers the event: `Output::Final`. Then the client gets its answer.
//!
//! The words of the project are in the [glossary](../../../docs/glossary.md).

pub mod api;
pub mod core;
pub mod genesis_file;
pub mod run;
