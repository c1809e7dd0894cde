//! The checks of a sync response: history by certificates and inclusion proofs, the rest by signatures.

use quorate_event::{EventError, KeyRing, Milestone, SignedEvent, VerifiedVertex, VertexError};

use super::vertex_validator::{CheckedVertices, VertexRejection, VertexValidator};
use crate::wire::sync_response::{HistoryRange, SyncResponse};

impl VertexValidator {
    /// The vertices of a sync response in causal order: certificates, inclusion proofs and signatures are checked. Each
    /// certificate is checked with the committee of its height, which the milestone below names. Where the committee
    /// changes, its members follow only from the applied milestone: the remainder is left out, and requested after that.
    ///
    /// # Errors
    /// When no honest peer would have sent it; none of its vertices enters then.
    pub fn check_sync_response(
        &self,
        response: &SyncResponse,
        keys: &mut KeyRing,
    ) -> Result<CheckedVertices, VertexRejection> {
        let (mut validator, mut checked) = (self.clone(), CheckedVertices::default());
        for range in &response.ranges {
            validator.check_range(range, &mut checked)?;
            if checked.left_out {
                return Ok(checked);
            }
        }
        for bytes in &response.vertices {
            validator.check_one(bytes, keys, &mut checked)?;
        }
        Ok(checked)
    }

    fn check_range(&mut self, range: &HistoryRange, checked: &mut CheckedVertices) -> Result<(), VertexRejection> {
        let milestone = Milestone::decode(&range.milestone, self.network).map_err(VertexError::from)?;
        let (height, follows) = (milestone.proposal().height, milestone.proposal().next_committee);
        let Some(committee) = self.committee_of(milestone.proposal()) else {
            checked.left_out = true;
            return Ok(());
        };
        let milestone = milestone.verify(self.network, committee)?;
        self.committees.announce(height, milestone.id(), follows);
        if !range.events.is_empty() {
            let read = |bytes: &Vec<u8>| SignedEvent::decode(bytes, self.network);
            let events: Result<Vec<_>, EventError> = range.events.iter().map(read).collect();
            let covered = milestone.vouch_for(events.map_err(VertexError::from)?, &range.proof);
            let covered = covered.ok_or(VertexRejection::NotCovered { milestone: milestone.id() })?;
            checked.vertices.extend(covered.into_iter().map(VerifiedVertex::Event));
        }
        if range.is_last() {
            checked.vertices.push(VerifiedVertex::Milestone(milestone));
        }
        Ok(())
    }
}
