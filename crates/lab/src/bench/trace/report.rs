//! The report of a replay.

use std::time::Duration;

use quorate_cli::Exit;
use quorate_cli::output::Printer;
use quorate_cli::view::table;
use serde_json::{Value, json};

use super::finish::Shown;
use crate::error::LabError;

/// Characters shown before and after the start of a difference.
const AROUND: usize = 30;

/// The results.
pub(super) struct ReplayReport {
    pub(super) file: String,
    pub(super) document: String,
    pub(super) agents: usize,
    pub(super) transactions: usize,
    pub(super) events: usize,
    pub(super) changes: usize,
    pub(super) bytes: usize,
    pub(super) typing: Duration,
    pub(super) finality: Duration,
    pub(super) nodes: Vec<Shown>,
    /// The text after folding the same events in this process.
    pub(super) folded: String,
    /// The recorded final text; `None` if only the first transactions were replayed.
    pub(super) end: Option<String>,
}

/// The first difference between two texts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FirstDifference {
    /// Number of equal characters before it.
    pub(super) at: usize,
    pub(super) found: String,
    pub(super) expected: String,
}

impl FirstDifference {
    pub(super) fn between(found: &str, expected: &str) -> Option<Self> {
        if found == expected {
            return None;
        }
        let same = found.chars().zip(expected.chars()).take_while(|(one, other)| one == other);
        let at = same.count();
        let from = |text: &str| {
            let around = text.chars().skip(at.saturating_sub(AROUND));
            around.take(AROUND.saturating_mul(2)).collect()
        };
        Some(Self { at, found: from(found), expected: from(expected) })
    }

    fn text(&self, expected: &str) -> String {
        format!(
            "after {} characters the nodes have\n  {:?}\nwhere {expected} has\n  {:?}\n",
            self.at, self.found, self.expected
        )
    }
}

impl ReplayReport {
    fn agree(&self) -> bool {
        let texts: Vec<(&str, &str)> = self.nodes.iter().map(|node| (&node.text[..], &node.digest[..])).collect();
        texts.windows(2).all(|pair| pair[0] == pair[1])
    }

    fn differs_from(&self, expected: &str) -> Option<FirstDifference> {
        self.nodes.iter().find_map(|node| FirstDifference::between(&node.text, expected))
    }

    /// Prints the results, and returns whether all texts are equal.
    pub(super) fn print(&self, output: &Printer) -> Result<Exit, LabError> {
        let from_fold = self.differs_from(&self.folded);
        let from_end = self.end.as_deref().map(|end| self.differs_from(end));
        output.answer(&self.json(from_fold.as_ref(), from_end.as_ref()), || {
            let mut report = self.table(from_fold.is_none(), from_end.as_ref().map(Option::is_none));
            report.extend(from_fold.iter().map(|difference| difference.text("the fold of the same events")));
            report.extend(from_end.iter().flatten().map(|difference| difference.text("endContent")));
            report
        })?;
        let holds = self.agree() && from_fold.is_none() && !matches!(from_end, Some(Some(_)));
        Ok(if holds { Exit::Done } else { Exit::Failed })
    }

    fn json(&self, from_fold: Option<&FirstDifference>, from_end: Option<&Option<FirstDifference>>) -> Value {
        let nodes = self
            .nodes
            .iter()
            .map(|node| json!({ "url": node.url, "digest": node.digest, "characters": node.text.chars().count() }));
        let difference = |difference: &FirstDifference| json!({ "at": difference.at, "found": difference.found, "expected": difference.expected });
        json!({
            "trace": self.file,
            "document": self.document,
            "agents": self.agents,
            "transactions": self.transactions,
            "events": self.events,
            "changes": self.changes,
            "bytes": self.bytes,
            "typing_s": seconds(self.typing),
            "final_s": seconds(self.finality),
            "nodes": nodes.collect::<Vec<_>>(),
            "nodes_agree": self.agree(),
            "equal_to_fold": from_fold.is_none(),
            "equal_to_end_content": from_end.map(Option::is_none),
            "difference": from_end.and_then(Option::as_ref).or(from_fold).map(difference),
        })
    }

    fn table(&self, equal_to_fold: bool, equal_to_end: Option<bool>) -> String {
        let row = |name: &str, value: String| vec![name.to_owned(), value];
        let mut rows = vec![
            row("agents", self.agents.to_string()),
            row("transactions", self.transactions.to_string()),
            row("events", self.events.to_string()),
            row("changes", self.changes.to_string()),
            row("bytes, signed", self.bytes.to_string()),
            row("seconds of replay", seconds(self.typing).to_string()),
            row("seconds from the last event to final at all nodes", seconds(self.finality).to_string()),
        ];
        for node in &self.nodes {
            rows.push(row(&node.url, format!("{}  {} characters", node.digest, node.text.chars().count())));
        }
        let word = |holds: bool| if holds { "yes" } else { "no" }.to_owned();
        rows.push(row("one text at all nodes", word(self.agree())));
        rows.push(row("equal to the fold in this process", word(equal_to_fold)));
        rows.push(row(
            "equal to endContent",
            equal_to_end.map_or_else(|| "not compared: only the beginning was replayed".to_owned(), word),
        ));
        table(&[&self.file, &self.document], &rows)
    }
}

fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(texts: &[&str], folded: &str, end: Option<&str>) -> Exit {
        let node = |text: &&str| Shown { url: String::new(), digest: (*text).to_owned(), text: (*text).to_owned() };
        let report = ReplayReport {
            file: "t".to_owned(),
            document: "d".to_owned(),
            agents: 1,
            transactions: 1,
            events: 1,
            changes: 1,
            bytes: 1,
            typing: Duration::ZERO,
            finality: Duration::ZERO,
            nodes: texts.iter().map(node).collect(),
            folded: folded.to_owned(),
            end: end.map(str::to_owned),
        };
        report.print(&Printer::new(true)).unwrap()
    }

    #[test]
    fn only_one_text_everywhere_that_is_the_recorded_one_will_do() {
        assert_eq!(report(&["a", "a"], "a", Some("a")), Exit::Done);
        assert_eq!(report(&["a", "a"], "a", None), Exit::Done);
        assert_eq!(report(&["a", "b"], "a", Some("a")), Exit::Failed);
        assert_eq!(report(&["a", "a"], "b", Some("a")), Exit::Failed);
        assert_eq!(report(&["a", "a"], "a", Some("b")), Exit::Failed);
    }

    #[test]
    fn a_difference_is_shown_where_it_begins() {
        assert_eq!(FirstDifference::between("é", "é"), None);
        let difference = |at, found: &str, expected: &str| {
            Some(FirstDifference { at, found: found.to_owned(), expected: expected.to_owned() })
        };
        assert_eq!(FirstDifference::between("éa", "éb"), difference(1, "éa", "éb"));
        assert_eq!(FirstDifference::between("é", "éb"), difference(1, "é", "éb"));
        let long = "x".repeat(100);
        let around = "x".repeat(30);
        assert_eq!(
            FirstDifference::between(&format!("{long}a"), &format!("{long}b")),
            difference(100, &format!("{around}a"), &format!("{around}b"))
        );
    }
}
