//! The comparison of certified milestones with the trusted one.

use quorate_event::{EventId, Height};

use super::ReplicatedState;
use super::trusted_milestone::{TrustConflict, TrustedMilestone};
use crate::output::Output;

impl ReplicatedState {
    /// From now on no other milestone than this one is accepted at its height.
    pub(crate) fn trust(&mut self, trusted: TrustedMilestone) -> Result<(), TrustConflict> {
        let TrustedMilestone { height, id } = trusted;
        match self.graph.milestone(height) {
            Some(held) if held != id => Err(TrustConflict { height, held, trusted: id }),
            _ => {
                self.trusted = Some(trusted);
                Ok(())
            }
        }
    }

    /// Whether the trusted milestone, if there is one, is held.
    pub(crate) fn holds_trusted(&self) -> bool {
        self.trusted.is_none_or(|trusted| self.graph.milestone(trusted.height) == Some(trusted.id))
    }

    /// Halts upon a certified milestone that the operator knows to be false.
    pub(super) fn contradicts_trusted(
        &mut self,
        height: Height,
        certified: EventId,
        outputs: &mut Vec<Output>,
    ) -> bool {
        match self.trusted {
            Some(trusted) if trusted.height == height && trusted.id != certified => {
                self.is_halted = true;
                outputs.push(Output::Contradicted { height, certified, trusted: trusted.id });
                true
            }
            _ => false,
        }
    }
}
