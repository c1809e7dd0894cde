//! Server-sent events: of the node, and of one document.

pub(crate) mod agreement_steps;
pub(crate) mod change_cache;
pub(crate) mod document_stream;
pub(crate) mod node_stream;
pub(crate) mod notice_log;
