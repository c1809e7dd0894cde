//! The libraries, each behind the same traits.

pub mod automerge;
pub mod cola;
pub mod diamond_types;
pub mod loro;
#[cfg(feature = "ours")]
pub mod ours;
pub mod yrs;

use std::error::Error;

use crate::trace::Patch;

/// The unit of positions in a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Scalars,
    Bytes,
}

/// One replica of one text.
pub trait TextPeer: Sized {
    const UNIT: Unit = Unit::Scalars;
    /// Whether a replica can forward the updates of others.
    const RELAYS: bool = true;
    /// An update from one replica to another.
    type Update;

    /// An empty replica. Writers differ by `agent`.
    fn empty(agent: u64) -> Self;
    /// Types these patches as one transaction, or as the library's closest equivalent.
    fn write(&mut self, patches: &[Patch]);
    /// Types these patches; the update with them alone.
    fn update(&mut self, patches: &[Patch]) -> Self::Update;
    /// An update with everything, for an empty replica.
    fn everything(&mut self) -> Self::Update;
    fn receive(&mut self, update: &Self::Update) -> Result<(), Box<dyn Error>>;
    fn save(&mut self) -> Vec<u8>;
    fn load(bytes: &[u8]) -> Result<Self, Box<dyn Error>>;
    /// The text; `None` if the library stores none and the replica was loaded from bytes.
    fn text(&self) -> Option<String>;
    /// Frees the memory of this adapter that is not the library's: data that a program has on disk, or that checks need.
    fn release_log(&mut self) {}
}

/// A library whose updates are bytes, which can therefore be mutated.
pub trait BytesPeer: TextPeer<Update = Vec<u8>> {}
impl<P: TextPeer<Update = Vec<u8>>> BytesPeer for P {}

/// A change of a JSON value whose root is an object. Paths are keys.
pub enum JsonOp {
    Make(Vec<String>),
    Set(Vec<String>, i64),
    Delete(Vec<String>),
}

/// One replica of one JSON value.
pub trait JsonPeer: Sized {
    fn empty(agent: u64) -> Self;
    /// Applies the operations as one transaction.
    fn apply(&mut self, ops: &[JsonOp]);
    fn everything(&mut self) -> Vec<u8>;
    fn receive(&mut self, update: &[u8]) -> Result<(), Box<dyn Error>>;
    fn value(&self) -> serde_json::Value;
}
