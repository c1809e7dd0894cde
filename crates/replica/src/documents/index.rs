//! The index of the events of each document, with the edits that count nowhere.
//!
//! The edits themselves are in the store; the index keeps four bytes for each event and document.

use std::collections::BTreeMap;
use std::sync::Arc;

use quorate_document::{DocumentOutcomes, EditOutcome, IgnoredReason};

/// The latest runs of ignored edits that are remembered: honest writers make none, so that an adversary displaces only its own.
const IGNORED: usize = 65_536;

/// Successive edits that count nowhere, for one reason. A splice takes a place for each of its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IgnoredRun {
    /// The place of the first among the edits of its event and document, from 0.
    pub first: usize,
    /// The number of edits.
    pub count: usize,
    /// The reason.
    pub reason: IgnoredReason,
}

/// The events of each document, by their places in the graph's order of admission.
#[derive(Debug, Default)]
pub(crate) struct EventIndex {
    events: BTreeMap<Arc<str>, Vec<u32>>,
    ignored: BTreeMap<(u32, String), Vec<IgnoredRun>>,
    /// The number of runs in `ignored`.
    runs: usize,
    /// Runs of events up to this place may be dropped already.
    forgotten: Option<u32>,
}

impl EventIndex {
    /// Notes the outcomes of the event at `order`; events come in that order.
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

    /// A document's name: one shared piece of memory once an event of the document was noted.
    pub(crate) fn name(&self, document: &str) -> Arc<str> {
        self.events.get_key_value(document).map_or_else(|| Arc::from(document), |(name, _)| Arc::clone(name))
    }

    /// The places of the events of a document, ascending.
    pub(crate) fn events(&self, document: &str) -> &[u32] {
        self.events.get(document).map(Vec::as_slice).unwrap_or_default()
    }

    /// The places from `order` on.
    pub(crate) fn events_from(&self, document: &str, order: u32) -> &[u32] {
        let events = self.events(document);
        events.get(events.partition_point(|event| *event < order)..).unwrap_or_default()
    }

    /// The ignored edits of the event at `order`; none where they are not remembered.
    pub(crate) fn ignored(&self, order: u32, document: &str) -> Option<Vec<IgnoredRun>> {
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
        let mut index = EventIndex::default();
        let mut outcomes = ignored(IgnoredReason::WrongKind, 2);
        outcomes.push(EditOutcome::Applied);
        outcomes.extend(ignored(IgnoredReason::WrongKind, 1));
        outcomes.extend(ignored(IgnoredReason::TooDeep, 1));
        index.note(4, &[folded(outcomes)]);
        let run = |first, count, reason| IgnoredRun { first, count, reason };
        let expected = vec![
            run(0, 2, IgnoredReason::WrongKind),
            run(3, 1, IgnoredReason::WrongKind),
            run(4, 1, IgnoredReason::TooDeep),
        ];
        assert_eq!(index.ignored(4, "d"), Some(expected));
        assert_eq!((index.ignored(5, "d"), index.events("d")), (Some(Vec::new()), &[4][..]));
    }

    #[test]
    fn ignored_edits_are_bounded_and_the_oldest_are_dropped_first() {
        let mut index = EventIndex::default();
        for order in 0..=IGNORED as u32 {
            index.note(order, &[folded(ignored(IgnoredReason::Empty, 3))]);
        }
        assert_eq!((index.ignored.len(), index.runs), (IGNORED, IGNORED));
        assert_eq!(index.ignored(0, "d"), None);
        assert_eq!(index.ignored(1, "d").map(|runs| runs.len()), Some(1));
        assert_eq!(index.events_from("d", 3).first(), Some(&3));
    }
}
