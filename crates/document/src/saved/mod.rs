//! Saved documents: the whole state of a fold, in bytes that open faster than the events fold.
//!
//! No node saves documents yet. The module is for checkpoints on disk: documents that do not fit into memory, and a start
//! that does not fold all events again ("State that outgrows memory").
//!
//! A saved document is a cache on a node's own disk. The events are the ground state: if the bytes are damaged, or written
//! by another version, the node folds the events again. A document that was opened behaves as the one that was saved.
//!
//! ```text
//!   version | events | applied | root | containers, by the keys of the edits that made them | checksum
//!
//!   container   object: keys, each with its writes     register: writes     counter: what was added
//!               list: items, sequence                  text: characters, sequence
//!   sequence    runs, by arrival | fragments, in order | removals, by arrival
//! ```
//!
//! The rest is derived on opening: the fragments of each run, the tree over them, the places of moved items. A container's
//! kind and depth are read where the container was made, and nothing else refers to it: so for any bytes the containers are a
//! tree of bounded depth. All numbers are checked before they are used, and an allocation never exceeds the bytes that were
//! read. Forged bytes with a valid checksum may open as a document that no events fold to.

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
