//! The history of a document: its events, the latest first, with the edits that count nowhere.

use quorate_event::EventId;

use crate::documents::index::IgnoredRun;
use crate::reading::vertex::VertexStatus;
use crate::replica::Replica;
use crate::views::moment::UnknownMoment;

/// An event of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentEvent {
    /// The event.
    pub event: EventId,
    /// Its place in the graph.
    pub place: VertexStatus,
    /// Its edits that count nowhere, ascending; none where they are not remembered.
    pub ignored: Option<Vec<IgnoredRun>>,
}

impl Replica {
    /// At most `limit` events of a document, the last admitted first; with `before`, those admitted before that event.
    ///
    /// # Errors
    /// When the event `before` is not held here.
    pub fn history(
        &self,
        document: &str,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<DocumentEvent>, UnknownMoment> {
        let events = self.state().documents().index().events(document);
        let end = match before {
            None => events.len(),
            Some(id) => {
                let order = self.state().graph().order(id).ok_or(UnknownMoment::Event(id))?;
                events.partition_point(|event| *event < order)
            }
        };
        let events = events.get(..end).unwrap_or_default();
        Ok(events.iter().rev().take(limit).filter_map(|order| self.wrote(*order, document)).collect())
    }

    fn wrote(&self, order: u32, document: &str) -> Option<DocumentEvent> {
        let event = self.event_at(order)?;
        let place = self.placement(event)?;
        Some(DocumentEvent { event, place, ignored: self.state().documents().index().ignored(order, document) })
    }

    /// The vertex at a place of the order of admission.
    pub(crate) fn event_at(&self, order: u32) -> Option<EventId> {
        self.state().graph().ids_from(order).next()
    }
}
