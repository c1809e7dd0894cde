//! Documents in the present and in the past: at a level, at any past event, at any milestone.

use quorate_document::{ConcurrentValue, Document, DocumentsRoot, PointerError};
use quorate_event::{Digest, Height};
use serde_json::Value;

use crate::replica::Replica;
use crate::views::moment::{ConsistencyLevel, Moment, UnknownMoment};
use crate::views::{MomentView, PastIn};

/// The reason why no conflicts can be listed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConflictsError {
    /// The moment is not known.
    #[error(transparent)]
    Moment(#[from] UnknownMoment),
    /// The place is not a JSON pointer.
    #[error(transparent)]
    Pointer(#[from] PointerError),
}

/// A document at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentAt {
    /// The last milestone when it was read.
    pub milestone: Height,
    /// keccak256 of the canonical JSON.
    pub digest: Digest,
    /// The JSON value.
    pub value: Value,
}

impl Replica {
    pub(crate) fn digests(&self, level: ConsistencyLevel) -> DocumentsRoot {
        self.state().documents().digests(level, self.state().graph())
    }

    /// The documents known at a level, ascending, with their digests; none for one too large to have a place in the root.
    pub fn documents(&self, level: ConsistencyLevel) -> Vec<(String, Option<Digest>)> {
        let (digests, view) = (self.digests(level), MomentView::at_level(self.state().graph(), level));
        let known = self.state().documents().iter().filter(|(_, document)| document.known(&view));
        known.map(|(name, _)| (name.to_owned(), digests.digest(name))).collect()
    }

    /// A document at a level, if it is known there.
    pub fn document(&self, name: &str, level: ConsistencyLevel) -> Option<DocumentAt> {
        self.look(name, &MomentView::at_level(self.state().graph(), level))
    }

    /// A document at a moment, if it was known then.
    ///
    /// # Errors
    /// When the moment is not known here.
    pub fn document_at(&self, name: &str, moment: Moment) -> Result<Option<DocumentAt>, UnknownMoment> {
        Ok(self.look(name, &MomentView::at(self.state().graph(), moment)?))
    }

    fn look(&self, name: &str, view: &MomentView<'_>) -> Option<DocumentAt> {
        let document = self.known(name, view)?;
        let value = document.value(view, &PastIn(self.state().graph()));
        let digest = quorate_document::digest(&value);
        Some(DocumentAt { milestone: self.state().graph().last_milestone().0, digest, value })
    }

    /// The concurrent values at a pointer of a document, the one that shows first; nothing if it was not known then.
    ///
    /// # Errors
    /// When the moment is not known here, or `pointer` is not a JSON pointer (RFC 6901).
    pub fn conflicts(
        &self,
        name: &str,
        pointer: &str,
        moment: Moment,
    ) -> Result<Option<Vec<ConcurrentValue>>, ConflictsError> {
        let view = MomentView::at(self.state().graph(), moment)?;
        let found = self.known(name, &view);
        let found = found.map(|document| document.conflicts(pointer, &view, &PastIn(self.state().graph())));
        Ok(found.transpose()?)
    }

    /// The pointers of a document's places that hold several concurrent values; nothing if it was not known then.
    ///
    /// # Errors
    /// When the moment is not known here.
    pub fn conflicted(&self, name: &str, moment: Moment) -> Result<Option<Vec<String>>, UnknownMoment> {
        let view = MomentView::at(self.state().graph(), moment)?;
        Ok(self.known(name, &view).map(|document| document.conflicted(&view, &PastIn(self.state().graph()))))
    }

    fn known(&self, name: &str, view: &MomentView<'_>) -> Option<&Document> {
        self.state().documents().get(name).filter(|document| document.known(view))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use quorate_agreement::Now;
    use quorate_event::{Committee, EventId, Genesis, Lane, Pace, Parameters, SecretKey, Stake, Timestamp, Writers};
    use serde_json::json;

    use super::*;
    use crate::config::ReplicaConfig;
    use crate::input::{Atomicity, DiskTicket, Input, Intent, Request};
    use crate::output::Output;

    const NOW: Now = Now { elapsed: Duration::from_secs(1), wall: Timestamp(2_000) };

    fn alone() -> Replica {
        let key = SecretKey::simulated(1);
        let genesis = Genesis {
            name: "alone".to_owned(),
            time: Timestamp(1_000),
            committee: Committee::new(vec![(key.address(), Stake(1))]).unwrap(),
            writers: Writers::Members,
            parameters: Parameters { pace: Pace::Manual, ..Parameters::default() },
            demo: true,
        };
        let config = ReplicaConfig::new(genesis, key, Lane(1));
        Replica::recover(config, [], &[], NOW).unwrap().0
    }

    fn put(replica: &mut Replica, number: u64) -> EventId {
        let intent = Intent::Put { document: "d".to_owned(), value: json!({ "n": number }) };
        replica.handle(Input::Write { request: Request(number), intent, atomicity: Atomicity::Split }, NOW);
        let stored = replica.handle(Input::Stored(DiskTicket(number)), NOW);
        let durable = stored.iter().find_map(|output| match output {
            Output::Durable { events, .. } => events.first().copied(),
            _ => None,
        });
        durable.unwrap()
    }

    #[test]
    fn a_cut_shows_the_events_that_it_covers_and_no_later_ones() {
        let mut replica = alone();
        let events: Vec<EventId> = (1..=3).map(|number| put(&mut replica, number)).collect();
        for event in &events {
            let effects =
                replica.state().derive(Height(1), replica.state().network().proposal_id(), &[*event]).unwrap();
            let then = replica.document_at("d", Moment::Event(*event)).unwrap().unwrap();
            assert_eq!(effects.documents.digest("d"), Some(then.digest));
        }
        assert_eq!(replica.document("d", ConsistencyLevel::Final), None);
        assert_eq!(replica.digests(ConsistencyLevel::Final).digest("d"), None);
    }
}
