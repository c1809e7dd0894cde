//! A submission: records that become durable together.

use std::sync::Arc;

use crate::write_queue::WriteTicket;

/// The place of an event in the admission order of this node. Other nodes admit in other orders.
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

/// The mark of an event that a verified milestone covers and whose signature this node has not checked.
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
    /// Its bytes, or none to remove the name.
    pub value: Option<Vec<u8>>,
}

/// Records that become durable together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreBatch {
    /// Its number in the report.
    pub ticket: WriteTicket,
    /// In admission order: parents before children.
    pub events: Vec<VertexRecord>,
    /// Milestones.
    pub milestones: Vec<MilestoneRecord>,
    /// Named values to set or remove.
    pub meta: Vec<NamedValue>,
}

impl StoreBatch {
    /// An empty batch. Its completion means that all batches before it are durable.
    pub fn new(ticket: WriteTicket) -> Self {
        Self { ticket, events: Vec::new(), milestones: Vec::new(), meta: Vec::new() }
    }

    /// The memory that it occupies while it waits, in bytes, approximately.
    pub(super) fn weight(&self) -> usize {
        let events = self.events.iter().map(|event| event.bytes.len());
        let meta = self.meta.iter().map(|meta| meta.key.len() + meta.value.as_ref().map_or(0, Vec::len));
        let records = 1 + self.events.len() + self.milestones.len() + self.meta.len();
        events.chain(meta).sum::<usize>() + records * RECORD_OVERHEAD
    }
}

/// The weight of a record besides its bytes: its id, its lengths and its allocation.
const RECORD_OVERHEAD: usize = 96;
