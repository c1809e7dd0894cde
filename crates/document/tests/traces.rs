//! Recorded typing, and a made-up history, which needs no recording.

mod history;
mod reference;
mod writers;

use std::collections::BTreeSet;

use history::EventHistory;
use quorate_document::{Document, EditOutcome, Everything, PositionRange};
use quorate_event::Container;
use quorate_traces::{Replacement, Trace, Transaction};
use reference::Tables;
use writers::SeededRng;

/// How many transactions of a trace of one author share an event.
const SHARED: usize = 256;

/// Types a trace as it was recorded: each agent's transactions are written to a document of its own, in which exactly the
/// events are folded that the agent had seen. Event 0 makes the text.
fn typed(trace: &Trace) -> EventHistory {
    let mut history = EventHistory::default();
    let mut authors: Vec<_> = (0..trace.num_agents.max(1)).map(|_| TypingAuthor::default()).collect();
    let make = Document::default().edit(&Everything, &history, |doc| doc.make("/text", Container::Text));
    history.write(0, &[], make.unwrap());
    let shared = if trace.num_agents == 0 { SHARED } else { 1 };
    for (before, transactions) in trace.transactions.chunks(shared).enumerate() {
        let first = &transactions[0];
        let parents: Vec<_> = match trace.num_agents {
            0 => vec![before],
            _ if first.parents.is_empty() => vec![0],
            _ => first.parents.iter().map(|parent| parent + 1).collect(),
        };
        let author = &mut authors[first.agent];
        author.catch_up(&history, &parents);
        let edits = author.document.edit(&Everything, &history, |doc| {
            let mut text = doc.text("/text")?;
            let mut patches = transactions.iter().flat_map(|transaction| &transaction.patches);
            patches.try_for_each(|it| text.replace(PositionRange { at: it.at, count: it.removed }, &it.inserted))
        });
        let number = history.write(u8::try_from(first.agent).unwrap(), &parents, edits.unwrap());
        author.fold(&history, number);
    }
    history
}

/// A document and the numbers of the events that were folded into it.
#[derive(Default)]
struct TypingAuthor {
    document: Document,
    folded: BTreeSet<usize>,
}

impl TypingAuthor {
    fn text(&self, history: &EventHistory) -> String {
        self.document.value(&Everything, history)["text"].as_str().unwrap_or_default().to_owned()
    }

    fn fold(&mut self, history: &EventHistory, number: usize) {
        let outcomes = history.fold(&mut self.document, number);
        assert!(outcomes.iter().all(|outcome| *outcome == EditOutcome::Applied), "event {number}: {outcomes:?}");
        self.folded.insert(number);
    }

    /// Folds the missing events of the past of an event on `parents`, in causal order.
    fn catch_up(&mut self, history: &EventHistory, parents: &[usize]) {
        let mut missing = BTreeSet::new();
        let mut open = parents.to_vec();
        while let Some(number) = open.pop() {
            if !self.folded.contains(&number) && missing.insert(number) {
                open.extend(&history.events[number].parents);
            }
        }
        missing.into_iter().for_each(|number| self.fold(history, number));
    }
}

/// All events, in a causal order drawn from a seed.
fn folded_in_any_order(history: &EventHistory, seed: u64) -> TypingAuthor {
    let (mut dice, mut author) = (SeededRng(seed), TypingAuthor::default());
    history.order(|ready| dice.throw(ready)).into_iter().for_each(|number| author.fold(history, number));
    author
}

/// The text, which is the same in every order, as is its digest.
fn text(history: &EventHistory) -> String {
    let one = folded_in_any_order(history, 1);
    for seed in 2..4 {
        let other = folded_in_any_order(history, seed);
        assert_eq!(one.text(history), other.text(history));
        let digest = |author: &TypingAuthor| author.document.digest(&Everything, history);
        assert_eq!(digest(&one), digest(&other));
    }
    one.text(history)
}

/// The text by the reference, which must apply every edit.
fn by_reference(history: &EventHistory) -> String {
    let tables = Tables::read(history);
    assert!(tables.verdicts.iter().flatten().all(Result::is_ok));
    tables.seen(&history.all()).value()["text"].as_str().unwrap_or_default().to_owned()
}

/// Types a trace and merges it in another document: the text is the recorded one. Returns the history.
fn check(name: &str) -> Option<(EventHistory, Trace)> {
    let trace = quorate_traces::read(name)?;
    let history = typed(&trace);
    assert!(text(&history) == trace.end_content, "{name} ends otherwise than recorded");
    Some((history, trace))
}

#[test]
fn sc19_a_paper_ends_as_recorded() {
    check("automerge-paper");
}

/// Further typing is the same after the document was saved and opened, in the middle and at the end.
#[test]
fn a_paper_that_is_saved_on_the_way_ends_as_recorded() {
    let Some(trace) = quorate_traces::read("automerge-paper") else { return };
    let history = typed(&trace);
    check_opened(&history, history.events.len() / 2);
    check_opened(&history, history.events.len());
}

/// As above, in the middle of a trace of several authors.
#[test]
fn two_people_typing_go_on_after_a_document_was_opened() {
    let Some(trace) = quorate_traces::read("friendsforever") else { return };
    let history = typed(&trace);
    check_opened(&history, history.events.len() / 2);
}

fn check_opened(history: &EventHistory, cut: usize) {
    let mut whole = TypingAuthor::default();
    (0..cut).for_each(|number| whole.fold(history, number));
    let saved = whole.document.save();
    let document = Document::open(&saved).unwrap();
    assert!(document.save() == saved);
    let mut opened = TypingAuthor { document, folded: whole.folded.clone() };
    for author in [&mut whole, &mut opened] {
        (cut..history.events.len()).for_each(|number| author.fold(history, number));
    }
    assert!(whole.text(history) == opened.text(history));
    let digest = |author: &TypingAuthor| author.document.digest(&Everything, history);
    assert_eq!(digest(&whole), digest(&opened));
    let typed_on = |author: &TypingAuthor| {
        let edits = author.document.edit(&Everything, history, |doc| {
            let len = u32::try_from(whole.text(history).chars().count()).unwrap();
            let mut text = doc.text("/text")?;
            (0..len.min(1_000)).try_for_each(|number| {
                text.replace(PositionRange { at: number * 7_919 % len, count: number % 3 }, "typed")
            })
        });
        edits.unwrap()
    };
    assert_eq!(typed_on(&whole), typed_on(&opened));
    assert!(whole.document.save() == opened.document.save());
}

#[test]
fn a_source_file_ends_as_recorded() {
    check("sveltecomponent");
}

#[test]
fn two_people_typing_in_turn_end_as_recorded() {
    check("friendsforever_flat");
}

#[test]
fn two_people_typing_at_once_end_as_recorded_and_as_the_reference_says() {
    let Some((history, trace)) = check("friendsforever") else { return };
    assert!(by_reference(&history) == trace.end_content, "the reference ends otherwise than recorded");
}

#[test]
fn made_up_typing_of_three_ends_alike_in_any_order() {
    let mut dice = SeededRng(7);
    let (mut transactions, mut heads): (Vec<Transaction>, Vec<Option<usize>>) = (Vec::new(), vec![None; 3]);
    for number in 0..300 {
        let agent = dice.throw(3);
        let merged = (dice.throw(4) == 0).then(|| heads[dice.throw(3)]).flatten();
        let parents: BTreeSet<_> = heads[agent].into_iter().chain(merged).collect();
        heads[agent] = Some(number);
        // At the start, which every author's text has, and where all insertions meet.
        let inserted = ["é", "ab", "中文", "🙂"][dice.throw(4)].to_owned();
        let patches = vec![Replacement { at: 0, removed: 0, inserted }];
        transactions.push(Transaction { agent, parents: parents.into_iter().collect(), patches });
    }
    let history = typed(&Trace { num_agents: 3, transactions, ..Trace::default() });
    assert_eq!(text(&history), by_reference(&history));
}
