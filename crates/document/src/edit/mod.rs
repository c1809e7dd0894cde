//! From a wanted change to the edits that make it, and from edits to the payloads of events.
//!
//! ```text
//!   write, json_patch, session/ -> builder/ -> piece_table/ -> packing/
//!                                  builder/ -> diff/
//! ```

pub(crate) mod depth;
pub(crate) mod error;

pub(crate) mod json_patch;
pub(crate) mod write;

pub(crate) mod builder;
pub(crate) mod diff;
pub(crate) mod packing;
pub(crate) mod piece_table;
pub(crate) mod session;

#[cfg(test)]
mod story;
