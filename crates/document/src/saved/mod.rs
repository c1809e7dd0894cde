//! A document at rest: all that the fold knows, in bytes that open faster than the events fold.
//!
//! This is a cache on a node's own disk. The events are the truth: whoever finds the bytes damaged, or written by another
//! version, folds the events again. A document that was opened goes on as the one that was saved would have.
//!
//! ```text
//!   version | events | applied | root | containers, by the keys of the edits that made them | checksum
//!
//!   container   object: keys, each with its writes     register: writes     counter: what was added
//!               list: items, sequence                  text: characters, sequence
//!   sequence    runs, as they came | fragments, in order | removals, as they came
//! ```
//!
//! What follows from these is derived on opening: which fragments are those of a run, the tree over them, what is moved
//! where. A container's kind and depth stand where it was made, and nothing but that refers to it: so whatever the bytes
//! say, containers are a tree of bounded depth. All numbers are checked before they are used, and nothing is allocated
//! that the bytes do not hold. Bytes that someone forged, checksum and all, may open as a document that no events fold to.

mod containers;
mod content;
mod document;
mod error;
mod events;
mod fragments;
mod list;
mod packed;
mod removals;
mod runs;
mod sequence;
mod text;

pub use error::OpenError;
