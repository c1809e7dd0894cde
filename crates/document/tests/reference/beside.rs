//! The fold beside the reference.

use quorate_document::{Document, EditOutcome, Everything};
use serde_json::Value as Json;

use super::{Tables, Verdict};
use crate::history::History;

/// Whether these outcomes are the reference's verdicts.
pub(crate) fn judged(verdicts: &[Verdict], outcomes: &[EditOutcome]) -> bool {
    let same = |(verdict, outcome): (&Verdict, &EditOutcome)| match (verdict, outcome) {
        (Ok(()), EditOutcome::Applied) => true,
        (Err(reason), EditOutcome::Ignored(other)) => reason == other,
        _ => false,
    };
    verdicts.len() == outcomes.len() && verdicts.iter().zip(outcomes).all(same)
}

/// What is folded in an order, whose outcomes are the reference's verdicts.
pub(crate) fn folded(history: &History, tables: &Tables<'_>, order: &[usize]) -> Document {
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

/// What everything shows, in several orders and by the reference.
pub(crate) fn agreed(history: &History) -> Json {
    let tables = Tables::read(history);
    let wanted = tables.seen(&history.all()).value();
    for seed in 0..6 {
        // The first and the last of those that are ready, and some in between.
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

/// What became of the edits of the last event, in every order.
pub(crate) fn last_verdicts(history: &History) -> Vec<Verdict> {
    agreed(history);
    Tables::read(history).verdicts.pop().unwrap_or_default()
}
