//! The sync response: the vertices that the sender of a summary lacks, as many as one message holds.
//!
//! Up to the last milestone it holds history: ranges of each milestone's order, each with its inclusion proof. One
//! certificate then stands for thousands of signatures. Above the last milestone, each event is checked by its signature.
//!
//! ```text
//!  first:  [ range of M7: M7, events 0..90, proof ] [ range of M8: M8, events 0..4000 of 8192, proof ]  more
//!  second: [ range of M8: M8, events 4000..8192, proof ] [ uncovered events, each with its signature ]
//! ```

use quorate_event::EventId;
use quorate_event::cbor::{Canonical, CborReader, CborWriter, DecodeError};
use quorate_event::merkle::{RANGE_SIBLINGS, RangeProof};

use super::limits::VERTICES;

/// History ranges in one message, at most: each has a certificate to check, which takes a quarter of a millisecond for a
/// small committee.
pub const HISTORY_RANGES: usize = 256;

/// Successive events of the order that a milestone fixes, with their inclusion proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRange {
    /// The milestone.
    pub milestone: Vec<u8>,
    /// Some of the events that it newly covers, in its order; none where the peer lacks the milestone alone.
    pub events: Vec<Vec<u8>>,
    /// The proof from their ids to its `events_root`.
    pub proof: RangeProof,
}

/// The vertices that a peer lacks, or the first of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncResponse {
    /// Up to the sender's last milestone, by height.
    pub ranges: Vec<HistoryRange>,
    /// Above that milestone, in causal order.
    pub vertices: Vec<Vec<u8>>,
    /// Whether there is more.
    pub more: bool,
}

/// A [`HistoryRange`] by the ids under which it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRangeIds {
    /// The milestone.
    pub milestone: EventId,
    /// The events.
    pub events: Vec<EventId>,
    /// Their proof.
    pub proof: RangeProof,
}

/// A [`SyncResponse`] by the ids under which it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncResponseIds {
    /// Up to our last milestone, by height.
    pub ranges: Vec<HistoryRangeIds>,
    /// Above that milestone, in causal order.
    pub vertices: Vec<EventId>,
    /// Whether there is more.
    pub more: bool,
}

impl SyncResponseIds {
    /// The same as bytes; none if a vertex of the history is not in the store, since the proof needs all of them.
    ///
    /// # Errors
    /// The first error of `load`.
    pub fn load<E>(
        &self,
        mut load: impl FnMut(&EventId) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Option<SyncResponse>, E> {
        let mut ranges = Vec::with_capacity(self.ranges.len());
        for HistoryRangeIds { milestone, events, proof } in &self.ranges {
            let Some(milestone) = load(milestone)? else { return Ok(None) };
            let loaded: Option<Vec<Vec<u8>>> = events.iter().map(&mut load).collect::<Result<_, E>>()?;
            let Some(events) = loaded else { return Ok(None) };
            ranges.push(HistoryRange { milestone, events, proof: proof.clone() });
        }
        let vertices = self.vertices.iter().filter_map(|id| load(id).transpose()).collect::<Result<_, E>>()?;
        Ok(Some(SyncResponse { ranges, vertices, more: self.more }))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.ranges.is_empty() && self.vertices.is_empty()
    }
}

impl HistoryRange {
    /// Whether the range ends the milestone's order, so that the milestone itself is next.
    pub(crate) fn is_last(&self) -> bool {
        self.proof.first.saturating_add(self.events.len() as u64) == self.proof.leaves
    }
}

impl Canonical for HistoryRange {
    fn encode(&self, to: &mut CborWriter) {
        to.array(5).bytes(&self.milestone);
        to.list(&self.events, |to, bytes| {
            to.bytes(bytes);
        });
        to.uint(self.proof.first).uint(self.proof.leaves);
        to.list(&self.proof.siblings, |to, sibling| {
            to.bytes(sibling.as_bytes());
        });
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.array(5, "history range")?;
        let milestone = from.bytes("milestone")?.to_vec();
        let events = from.list(VERTICES, "events", |from| from.bytes("event").map(<[u8]>::to_vec))?;
        let (first, leaves) = (from.uint("first leaf")?, from.uint("leaves")?);
        let siblings = from.list(RANGE_SIBLINGS, "siblings", CborReader::digest)?;
        Ok(Self { milestone, events, proof: RangeProof { first, leaves, siblings } })
    }
}

impl Canonical for SyncResponse {
    fn encode(&self, to: &mut CborWriter) {
        to.array(3).bool(self.more);
        to.list(&self.ranges, |to, range| range.encode(to));
        to.list(&self.vertices, |to, bytes| {
            to.bytes(bytes);
        });
    }

    fn decode(from: &mut CborReader<'_>) -> Result<Self, DecodeError> {
        from.array(3, "sync response")?;
        let more = from.bool("more")?;
        let ranges = from.list(HISTORY_RANGES, "history ranges", HistoryRange::decode)?;
        let vertices = from.list(VERTICES, "vertices", |from| from.bytes("vertex").map(<[u8]>::to_vec))?;
        Ok(Self { ranges, vertices, more })
    }
}
