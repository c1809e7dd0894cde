//! Events that a client signed.

use quorate_event::{EventId, VerifiedEvent, VerifiedVertex};
use quorate_graph::Origin;

use super::Authoring;
use crate::input::Request;
use crate::output::{Output, Refusal};
use crate::persistence::HeldOutputs;
use crate::state::admission::Admission;
use crate::turn::Turn;

impl Authoring {
    /// Admits signed events, with one disk write and one answer. If one is refused, those before it stay: a client that
    /// submits them again finds them known.
    pub(crate) fn submit(&self, request: Request, events: Vec<VerifiedEvent>, turn: &mut Turn<'_>) {
        let ids = events.iter().map(VerifiedEvent::id).collect();
        let mut held = HeldOutputs::default();
        let mut admitted = Vec::new();
        let refused = events.into_iter().find_map(|event| match self.submit_one(event, turn) {
            Ok(vertices) => {
                admitted.extend(vertices);
                None
            }
            Err(refusal) => Some(refusal),
        });
        match refused {
            Some(refusal) => turn.output(Output::Refused { request, refusal }),
            None => held.acknowledge.push((request, ids)),
        }
        held.publish.clone_from(&admitted);
        turn.persist(admitted, held);
    }

    /// The vertices that are admitted with an event.
    fn submit_one(&self, event: VerifiedEvent, turn: &mut Turn<'_>) -> Result<Vec<VerifiedVertex>, Refusal> {
        let author = event.body().author;
        if !turn.state.validator().may_write(author) {
            return Err(Refusal::MayNotWrite { author });
        }
        let graph = turn.state.graph();
        let missing: Vec<EventId> =
            event.body().parents.iter().filter(|parent| !graph.contains(**parent)).copied().collect();
        if !missing.is_empty() {
            return Err(Refusal::MissingParents { missing });
        }
        match turn.admit(VerifiedVertex::Event(event), Origin::Local) {
            Admission::Admitted(vertices) => Ok(vertices),
            Admission::Known => Ok(Vec::new()),
            Admission::Refused(reason) => Err(Refusal::Malformed { reason }),
            Admission::Waiting(missing) => Err(Refusal::MissingParents { missing }),
            Admission::Dropped => Err(Refusal::Busy { waiting: self.waiting.len() }),
        }
    }
}
