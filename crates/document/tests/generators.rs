//! The generated histories reach every outcome, by the reference alone.

mod history;
mod reference;
mod writers;

use std::collections::BTreeMap;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use quorate_event::Edit;
use reference::{EditVerdict, Tables};
use writers::sketch;

fn kind(edit: &Edit) -> &'static str {
    match edit {
        Edit::Set { .. } => "set",
        Edit::Delete { .. } => "delete",
        Edit::Assign { .. } => "assign",
        Edit::Insert { .. } => "insert",
        Edit::Remove { .. } => "remove",
        Edit::Splice { .. } => "splice",
        Edit::Add { .. } => "add",
        Edit::Move { .. } => "move",
    }
}

/// How often each kind of edit had each outcome.
fn met() -> BTreeMap<(&'static str, String), usize> {
    let mut runner = TestRunner::deterministic();
    let mut met = BTreeMap::new();
    for salt in 0..1_000 {
        let sketches = proptest::collection::vec(sketch(3), 8..10);
        let history = writers::grow(salt, &sketches.new_tree(&mut runner).unwrap().current());
        let tables = Tables::read(&history);
        for (event, verdicts) in history.events.iter().zip(&tables.verdicts) {
            let kinds = event.edits.iter().flat_map(|edit| vec![kind(edit); edit.count()]);
            for (kind, verdict) in kinds.zip(verdicts) {
                *met.entry((kind, told(*verdict))).or_default() += 1;
            }
        }
    }
    met
}

fn told(verdict: EditVerdict) -> String {
    verdict.map_or_else(|reason| format!("{reason:?}"), |()| "Applied".to_owned())
}

#[test]
fn every_kind_of_edit_meets_every_verdict_that_it_can() {
    let met = met();
    let all = ["OutsideItsPast", "ForwardReference", "UnknownContainer", "WrongKind", "NoIndexLeft"];
    for kind in ["set", "delete", "assign", "insert", "remove", "splice", "add", "move"] {
        let more: &[_] = match kind {
            "insert" | "remove" => &["UnknownElement", "Empty"],
            "splice" | "move" => &["UnknownElement"],
            _ => &[],
        };
        for verdict in all.iter().chain(more).chain(&["Applied"]) {
            assert!(met.contains_key(&(kind, (*verdict).to_owned())), "{kind} {verdict}: {met:#?}");
        }
    }
}
