//! Evidence that agreement found becomes an event, so that milestones order it.

use quorate_event::{Evidence, Payload};

use super::Authoring;
use super::write_batch::WriteBatch;
use crate::turn::Turn;

impl Authoring {
    /// Signs an event for each evidence that adds to the pool. Such an event asks for a milestone, at whose height the
    /// culprit may offend again: without the filter this would never end.
    pub(crate) fn report(&self, found: Vec<Evidence>, turn: &mut Turn<'_>) {
        let mut batch = WriteBatch::default();
        for evidence in found {
            let author = turn.state.author();
            if turn.state.is_known_culprit(&evidence) || !turn.state.validator().may_write(author) {
                continue;
            }
            // A forked lane cannot write; another member will.
            let _refused = self.sign(Payload::Evidence(Box::new(evidence)), &mut batch, turn);
        }
        turn.persist(batch.vertices, batch.held);
    }
}
