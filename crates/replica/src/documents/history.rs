//! Who wrote to a document: the events that were addressed to it, and what became of their edits.
//!
//! What they said stands in the store; here is only which they are, four bytes each.

use std::collections::BTreeMap;
use std::sync::Arc;

use quorate_document::{DocumentOutcomes, EditOutcome, IgnoredReason};
use quorate_event::EventId;

use crate::reading::look::UnknownMoment;
use crate::reading::status::VertexStatus;
use crate::replica::Replica;

/// Runs of ignored edits that are remembered, the latest: honest writers make none, and a liar makes only himself forgotten.
const IGNORED: usize = 65_536;

/// Edits that count nowhere, one after the other, for one reason. A splice takes a place for each of its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IgnoredRun {
    /// The place of the first among what its event says to its document, from 0.
    pub first: usize,
    /// How many.
    pub count: usize,
    /// Why.
    pub reason: IgnoredReason,
}

/// An event that was addressed to a document.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentEvent {
    /// Which.
    pub event: EventId,
    /// What the graph says of it.
    pub place: VertexStatus,
    /// Its edits that count nowhere, ascending; nothing where that is not remembered.
    pub ignored: Option<Vec<IgnoredRun>>,
}

/// The events of each document, by their places in the graph's order of admission.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    events: BTreeMap<Arc<str>, Vec<u32>>,
    ignored: BTreeMap<(u32, String), Vec<IgnoredRun>>,
    /// How many runs `ignored` holds.
    runs: usize,
    /// What was ignored up to this place may be forgotten.
    forgotten: Option<u32>,
}

impl Journal {
    /// Takes down what the event at `order` did; events come in that order.
    pub(crate) fn note(&mut self, order: u32, folded: &[DocumentOutcomes<'_>]) {
        for DocumentOutcomes { document, outcomes } in folded {
            match self.events.get_mut(*document) {
                Some(events) => events.push(order),
                None => {
                    self.events.insert(Arc::from(*document), vec![order]);
                }
            }
            let ignored = runs(outcomes);
            if !ignored.is_empty() {
                self.runs = self.runs.saturating_add(ignored.len());
                self.ignored.insert((order, (*document).to_owned()), ignored);
            }
        }
        while self.runs > IGNORED {
            let Some(((order, _), oldest)) = self.ignored.pop_first() else { return };
            self.runs = self.runs.saturating_sub(oldest.len());
            self.forgotten = Some(order);
        }
    }

    /// A document's name, in one piece of memory for all who hold it once something was noted of it.
    pub(crate) fn name(&self, document: &str) -> Arc<str> {
        self.events.get_key_value(document).map_or_else(|| Arc::from(document), |(name, _)| Arc::clone(name))
    }

    /// The places of the events of a document, ascending.
    pub(crate) fn events(&self, document: &str) -> &[u32] {
        self.events.get(document).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those from a place on.
    pub(crate) fn events_from(&self, document: &str, order: u32) -> &[u32] {
        let events = self.events(document);
        events.get(events.partition_point(|event| *event < order)..).unwrap_or_default()
    }

    fn ignored(&self, order: u32, document: &str) -> Option<Vec<IgnoredRun>> {
        let remembered = self.forgotten.is_none_or(|forgotten| order > forgotten);
        let found = self.ignored.get(&(order, document.to_owned())).cloned();
        found.or_else(|| remembered.then(Vec::new))
    }
}

fn runs(outcomes: &[EditOutcome]) -> Vec<IgnoredRun> {
    let mut runs: Vec<IgnoredRun> = Vec::new();
    for (place, outcome) in outcomes.iter().enumerate() {
        let EditOutcome::Ignored(reason) = outcome else { continue };
        match runs.last_mut() {
            Some(run) if run.reason == *reason && run.first.saturating_add(run.count) == place => {
                run.count = run.count.saturating_add(1);
            }
            _ => runs.push(IgnoredRun { first: place, count: 1, reason: *reason }),
        }
    }
    runs
}

impl Replica {
    /// At most `limit` events that were addressed to a document, the last admitted first; those admitted before the event
    /// `before`, if it is named. None where nothing was.
    ///
    /// # Errors
    /// When the event `before` is not held here.
    pub fn history(
        &self,
        document: &str,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<DocumentEvent>, UnknownMoment> {
        let events = self.journal.events(document);
        let end = match before {
            None => events.len(),
            Some(id) => {
                let order = self.graph.order(id).ok_or(UnknownMoment::Event(id))?;
                events.partition_point(|event| *event < order)
            }
        };
        let events = events.get(..end).unwrap_or_default();
        Ok(events.iter().rev().take(limit).filter_map(|order| self.wrote(*order, document)).collect())
    }

    fn wrote(&self, order: u32, document: &str) -> Option<DocumentEvent> {
        let event = self.event_at(order)?;
        let place = self.placement(event)?;
        Some(DocumentEvent { event, place, ignored: self.journal.ignored(order, document) })
    }

    /// The vertex at a place of the order of admission.
    pub(crate) fn event_at(&self, order: u32) -> Option<EventId> {
        self.graph.ids_from(order).next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(outcomes: Vec<EditOutcome>) -> DocumentOutcomes<'static> {
        DocumentOutcomes { document: "d", outcomes }
    }

    fn ignored(reason: IgnoredReason, times: usize) -> Vec<EditOutcome> {
        vec![EditOutcome::Ignored(reason); times]
    }

    #[test]
    fn ignored_edits_are_noted_as_runs_with_their_reasons() {
        let mut journal = Journal::default();
        let mut outcomes = ignored(IgnoredReason::WrongKind, 2);
        outcomes.push(EditOutcome::Applied);
        outcomes.extend(ignored(IgnoredReason::WrongKind, 1));
        outcomes.extend(ignored(IgnoredReason::TooDeep, 1));
        journal.note(4, &[folded(outcomes)]);
        let run = |first, count, reason| IgnoredRun { first, count, reason };
        let expected = vec![
            run(0, 2, IgnoredReason::WrongKind),
            run(3, 1, IgnoredReason::WrongKind),
            run(4, 1, IgnoredReason::TooDeep),
        ];
        assert_eq!(journal.ignored(4, "d"), Some(expected));
        assert_eq!((journal.ignored(5, "d"), journal.events("d")), (Some(Vec::new()), &[4][..]));
    }

    #[test]
    fn what_a_liar_has_ignored_is_bounded_and_the_oldest_is_forgotten_first() {
        let mut journal = Journal::default();
        for order in 0..=IGNORED as u32 {
            journal.note(order, &[folded(ignored(IgnoredReason::Empty, 3))]);
        }
        assert_eq!((journal.ignored.len(), journal.runs), (IGNORED, IGNORED));
        assert_eq!(journal.ignored(0, "d"), None);
        assert_eq!(journal.ignored(1, "d").map(|runs| runs.len()), Some(1));
        assert_eq!(journal.events_from("d", 3).first(), Some(&3));
    }
}
