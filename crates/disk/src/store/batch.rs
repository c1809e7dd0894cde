//! What is submitted: the records that must become durable together.

use std::sync::Arc;

use crate::write_queue::WriteTicket;

/// An event's place in this node's admission order. Other nodes admit in other orders, so it means nothing to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(pub u64);

impl Cursor {
    /// Before the first event: a page after it begins at the beginning.
    pub const START: Self = Self(0);

    /// The place after this one.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The mark of an event that a verified milestone covers and whose signature nobody here has checked.
pub const UNCHECKED: u8 = 1;

/// A vertex of the graph, opaque here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VertexRecord {
    /// Its id. An id already stored keeps its cursor and its bytes.
    pub id: [u8; 32],
    /// The caller's mark, returned as it was given.
    pub flags: u8,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

/// The milestone of a height. A later one of the same height replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MilestoneRecord {
    /// The height.
    pub height: u64,
    /// The id under which its bytes are stored as an event.
    pub id: [u8; 32],
}

/// A named value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedValue {
    /// Its name.
    pub key: String,
    /// The bytes to keep, or none to forget the name.
    pub value: Option<Vec<u8>>,
}

/// Records that become durable together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreBatch {
    /// What the report will name.
    pub ticket: WriteTicket,
    /// In admission order: parents before children.
    pub events: Vec<VertexRecord>,
    /// Heights that were certified.
    pub milestones: Vec<MilestoneRecord>,
    /// Named values to set or forget.
    pub meta: Vec<NamedValue>,
}

impl StoreBatch {
    /// An empty batch: its completion says that everything submitted before it is durable.
    pub fn new(ticket: WriteTicket) -> Self {
        Self { ticket, events: Vec::new(), milestones: Vec::new(), meta: Vec::new() }
    }

    /// The memory it holds while it waits, in bytes, roughly.
    pub(super) fn weight(&self) -> usize {
        let events = self.events.iter().map(|event| event.bytes.len());
        let meta = self.meta.iter().map(|meta| meta.key.len() + meta.value.as_ref().map_or(0, Vec::len));
        let records = 1 + self.events.len() + self.milestones.len() + self.meta.len();
        events.chain(meta).sum::<usize>() + records * RECORD_OVERHEAD
    }
}

/// What a record weighs besides its bytes: its id, its lengths and its allocation.
const RECORD_OVERHEAD: usize = 96;
