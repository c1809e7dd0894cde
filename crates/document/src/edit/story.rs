//! A document that one author writes, for the tests of this folder.

use quorate_event::{Address, Container, Edit, EventId};
use serde_json::Value as Json;

use crate::edit::error::WriteError;
use crate::edit::session::editor::Editor;
use crate::model::causal_order::CausalOrder;
use crate::model::document::Document;
use crate::model::document_view::Everything;
use crate::model::outcome::EditOutcome;

/// Events that follow each other, named by their number.
pub(crate) struct NumberChain;

impl CausalOrder for NumberChain {
    fn precedes(&self, a: &EventId, b: &EventId) -> bool {
        a < b
    }

    fn depth(&self, event: &EventId) -> u64 {
        u64::from_be_bytes(event.as_bytes()[..8].try_into().unwrap())
    }

    fn author(&self, _: &EventId) -> Option<Address> {
        None
    }
}

/// A document and how many events wrote to it.
#[derive(Default)]
pub(crate) struct Story {
    pub(crate) document: Document,
    pub(crate) events: u64,
}

impl Story {
    pub(crate) fn showing(value: &Json) -> Self {
        let mut story = Self::default();
        let edits = story.document.put(&Everything, &NumberChain, value).unwrap();
        story.fold(&edits);
        assert_eq!(story.value(), *value);
        story
    }

    /// Folds edits as the next event, all of which must apply; its id.
    pub(crate) fn fold(&mut self, edits: &[Edit]) -> EventId {
        self.events += 1;
        let mut id = [0; 32];
        id[..8].copy_from_slice(&self.events.to_be_bytes());
        let outcomes = self.document.fold(EventId::new(id), 0, edits, &NumberChain);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, EditOutcome::Applied)), "{outcomes:?}\n{edits:?}");
        EventId::new(id)
    }

    pub(crate) fn value(&self) -> Json {
        self.document.value(&Everything, &NumberChain)
    }

    pub(crate) fn edits(
        &self,
        session: impl FnOnce(&mut Editor<'_>) -> Result<(), WriteError>,
    ) -> Result<Vec<Edit>, WriteError> {
        self.document.edit(&Everything, &NumberChain, session)
    }

    pub(crate) fn edit(&mut self, session: impl FnOnce(&mut Editor<'_>) -> Result<(), WriteError>) -> Vec<Edit> {
        let edits = self.edits(session).unwrap();
        self.fold(&edits);
        edits
    }

    pub(crate) fn with_text(text: &str) -> Self {
        let mut story = Self::default();
        story.edit(|doc| {
            doc.make("/t", Container::Text)?;
            doc.text("/t")?.insert(0, text)
        });
        story
    }

    pub(crate) fn put(&mut self, value: &Json) -> Vec<Edit> {
        let edits = self.document.put(&Everything, &NumberChain, value).unwrap();
        self.fold(&edits);
        assert_eq!(self.value(), *value);
        edits
    }

    pub(crate) fn patch(&self, patch: &Json) -> Result<Vec<Edit>, WriteError> {
        self.document.json_patch(&Everything, &NumberChain, patch)
    }
}
