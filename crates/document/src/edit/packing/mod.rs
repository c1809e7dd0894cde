//! Packing edits into the payloads of events.

pub(crate) mod batch;
pub(crate) mod draft;
pub(crate) mod splice_parts;
