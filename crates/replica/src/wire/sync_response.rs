//! The rest: what one replica sends to another that said what it holds, a message's worth at a time.
//!
//! Below the last milestone that is history: ranges of each milestone's order, with the proof that they are in it. So a
//! certificate is checked for thousands of events instead of a signature for each. Above it, events prove themselves.
//!
//! ```text
//!  SyncResponse: [ range of M7: M7, events 0..90, proof ] [ range of M8: M8, events 0..4000 of 8192, proof ]  more
//!  SyncResponse: [ range of M8: M8, events 4000..8192, proof ] [ uncovered events, each with its signature ]
//! ```

use quorate_event::cbor::{Canonical, CborReader, CborWriter, DecodeError};
use quorate_event::merkle::{RANGE_SIBLINGS, RangeProof};
use quorate_event::{EventError, EventId, KeyRing, Milestone, SignedEvent, VerifiedVertex, VertexError};

use crate::validation::vertex_validator::{CheckedVertices, VertexRejection, VertexValidator};
use crate::wire::peer_message::VERTICES;

/// Stretches in one message, at most: each has a certificate to check, and a small committee's takes a quarter of a
/// millisecond.
pub const HISTORY_RANGES: usize = 256;

/// Neighbouring events of the order that a milestone fixes, and the proof that they are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRange {
    /// The milestone.
    pub milestone: Vec<u8>,
    /// Some of what it newly covers, in its order; none where the milestone is all that lacks.
    pub events: Vec<Vec<u8>>,
    /// What leads from their ids to its `events_root`.
    pub proof: RangeProof,
}

/// What a peer lacks, or the beginning of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncResponse {
    /// Below the sender's last milestone, by height.
    pub ranges: Vec<HistoryRange>,
    /// Above it, in causal order.
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
    /// Below our last milestone, by height.
    pub ranges: Vec<HistoryRangeIds>,
    /// Above it, in causal order.
    pub vertices: Vec<EventId>,
    /// Whether there is more.
    pub more: bool,
}

impl SyncResponseIds {
    /// The same as bytes. Nothing if something of history is not there: without it the proof is none.
    ///
    /// # Errors
    /// The first that `load` meets.
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
    /// Whether nothing of the milestone's order follows, so that the milestone itself is next.
    fn is_last(&self) -> bool {
        self.proof.first.saturating_add(self.events.len() as u64) == self.proof.leaves
    }
}

impl VertexValidator {
    /// The vertices of a rest in causal order: certificates and signatures checked, history held against its proofs. Each
    /// certificate is checked with the committee of its height, which the one before it names. Where the committee changes
    /// only the milestone's own cut can tell who is next: what follows is left out, and asked for once that is applied.
    ///
    /// # Errors
    /// When no honest peer would have sent it; nothing of it enters then.
    pub fn check_sync_response(
        &self,
        rest: &SyncResponse,
        keys: &mut KeyRing,
    ) -> Result<CheckedVertices, VertexRejection> {
        let (mut door, mut arrivals) = (self.clone(), CheckedVertices::default());
        for range in &rest.ranges {
            door.check_range(range, &mut arrivals)?;
            if arrivals.left_out {
                return Ok(arrivals);
            }
        }
        for bytes in &rest.vertices {
            door.check_one(bytes, keys, &mut arrivals)?;
        }
        Ok(arrivals)
    }

    fn check_range(&mut self, range: &HistoryRange, arrivals: &mut CheckedVertices) -> Result<(), VertexRejection> {
        let milestone = Milestone::decode(&range.milestone, self.network()).map_err(VertexError::from)?;
        let (height, follows) = (milestone.proposal().height, milestone.proposal().next_committee);
        let Some(committee) = self.committee_of(milestone.proposal()) else {
            arrivals.left_out = true;
            return Ok(());
        };
        let milestone = milestone.verify(self.network(), committee)?;
        self.committees.learn(height, milestone.id(), follows);
        if !range.events.is_empty() {
            let read = |bytes: &Vec<u8>| SignedEvent::decode(bytes, self.network());
            let events: Result<Vec<_>, EventError> = range.events.iter().map(read).collect();
            let covered = milestone.vouch_for(events.map_err(VertexError::from)?, &range.proof);
            let covered = covered.ok_or(VertexRejection::NotCovered { milestone: milestone.id() })?;
            arrivals.vertices.extend(covered.into_iter().map(VerifiedVertex::Event));
        }
        if range.is_last() {
            arrivals.vertices.push(VerifiedVertex::Milestone(milestone));
        }
        Ok(())
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
        from.array(5, "range")?;
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
        from.array(3, "rest")?;
        let more = from.bool("more")?;
        let ranges = from.list(HISTORY_RANGES, "ranges", HistoryRange::decode)?;
        let vertices = from.list(VERTICES, "vertices", |from| from.bytes("vertex").map(<[u8]>::to_vec))?;
        Ok(Self { ranges, vertices, more })
    }
}
