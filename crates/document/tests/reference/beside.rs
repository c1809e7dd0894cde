//! The fold beside the reference.

use quorate_document::{Document, EditOutcome, Everything};
use serde_json::Value as Json;

use super::{EditVerdict, Tables};
use crate::history::EventHistory;

/// Whether these outcomes equal the verdicts of the reference.
pub(crate) fn judged(verdicts: &[EditVerdict], outcomes: &[EditOutcome]) -> bool {
    let same = |(verdict, outcome): (&EditVerdict, &EditOutcome)| match (verdict, outcome) {
        (Ok(()), EditOutcome::Applied) => true,
        (Err(reason), EditOutcome::Ignored(other)) => reason == other,
        _ => false,
    };
    verdicts.len() == outcomes.len() && verdicts.iter().zip(outcomes).all(same)
}

/// The document that is folded in an order; its outcomes equal the verdicts of the reference.
pub(crate) fn folded(history: &EventHistory, tables: &Tables<'_>, order: &[usize]) -> Document {
    let mut document = Document::default();
    for number in order {
        let outcomes = history.fold(&mut document, *number);
        let verdicts = &tables.verdicts[*number];
        assert!(
            judged(verdicts, &outcomes),
            "event {number} in {order:?} of\n{history}: {outcomes:?} instead of {verdicts:?}"
        );
    }
    document
}

/// The value in the view of all events, in several orders and by the reference.
pub(crate) fn agreed(history: &EventHistory) -> Json {
    let tables = Tables::read(history);
    let wanted = tables.seen(&history.all()).value();
    for seed in 0..6 {
        // Of the events that are ready: the first, the last, and some in between.
        let order = history.order(|ready| match seed {
            0 => 0,
            1 => ready - 1,
            _ => (seed * 7 + ready * 5) % ready,
        });
        let document = folded(history, &tables, &order);
        assert_eq!(document.value(&Everything, history), wanted, "{order:?} of\n{history}");
        assert_eq!(document.digest(&Everything, history), quorate_document::digest(&wanted));
    }
    wanted
}

/// The outcomes of the last event, the same in every order.
pub(crate) fn last_verdicts(history: &EventHistory) -> Vec<EditVerdict> {
    agreed(history);
    Tables::read(history).verdicts.pop().unwrap_or_default()
}
