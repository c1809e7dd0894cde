//! Server-sent events (SSE): of the whole node, and of one document.
//!
//! The core thread broadcasts notices. One task records them in the bounded `notice_log`; each stream holds its position in
//! that log and reads a chunk at a time, when its client has room. A client that reads slowly therefore costs no memory
//! but its chunk. If the log no longer holds the position of a stream, the stream sends `reset` and continues with the
//! present state.

pub(crate) mod agreement_steps;
pub(crate) mod change_cache;
pub(crate) mod document_stream;
pub(crate) mod last_event_id;
pub(crate) mod node_stream;
pub(crate) mod notice_log;
