//! Answers of a node as text for people.

use quorate_event::{Address, EventId};
use serde_json::Value;

use super::network_file::NetworkFile;

/// The text at a JSON pointer; empty where there is none.
pub fn text<'a>(of: &'a Value, pointer: &str) -> &'a str {
    of.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

/// The whole number at a JSON pointer.
pub fn number(of: &Value, pointer: &str) -> Option<u64> {
    of.pointer(pointer).and_then(Value::as_u64)
}

/// The list at a JSON pointer; empty where there is none.
pub fn list<'a>(of: &'a Value, pointer: &str) -> &'a [Value] {
    let list = of.pointer(pointer).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// A value in one line; strings without quotes.
pub fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "-".to_owned(),
        other => other.to_string(),
    }
}

/// Untrusted text for a terminal: control characters are escaped, except the tab.
pub fn plain(text: &str) -> String {
    let show = |char: char| match char {
        '\t' => char.to_string(),
        _ if char.is_control() => char.escape_default().to_string(),
        _ => char.to_string(),
    };
    text.chars().map(show).collect()
}

/// A value in one line, shortened if it is long.
pub fn shortened(value: &Value) -> String {
    const SHOWN: usize = 100;
    let text = plain(&value.to_string());
    let short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() { format!("{short}…") } else { text }
}

/// The first 64 bits of a digest: two documents with the same prefix are not found by chance.
pub fn short_digest(of: &Value) -> String {
    const SHOWN: usize = 18;
    text(of, "/digest").chars().take(SHOWN).collect()
}

/// The short form of an event id.
pub fn short_id(text: &str) -> String {
    let id: Result<EventId, _> = text.parse();
    id.map_or_else(|_| text.to_owned(), |id| format!("{id:?}"))
}

/// The short forms of several event ids.
pub fn short_ids(ids: &[Value]) -> String {
    let ids = ids.iter().map(|id| short_id(id.as_str().unwrap_or("?")));
    ids.collect::<Vec<_>>().join(" ")
}

/// NodeNames of authors: the names of the nodes that `up` runs, or shortened addresses.
#[derive(Debug, Default)]
pub struct NodeNames {
    network: Option<NetworkFile>,
}

impl NodeNames {
    /// NodeNames for the nodes of this network; without a network file, addresses only.
    pub const fn new(network: Option<NetworkFile>) -> Self {
        Self { network }
    }

    /// The name of an author.
    pub fn of(&self, author: &str) -> String {
        let Ok(address) = author.parse::<Address>() else {
            return author.to_owned();
        };
        let name = self.network.as_ref().and_then(|n| n.name_of(address));
        name.map_or_else(|| format!("{address:?}"), str::to_owned)
    }

    /// The names of a milestone's signers.
    pub fn signers(&self, milestone: &Value) -> Vec<String> {
        let signers = list(milestone, "/signers").iter();
        signers.map(|signer| self.of(signer_address(signer))).collect()
    }

    /// A clock as text: the number of events of each author in the past.
    pub fn clock(&self, clock: &Value) -> String {
        let Some(lanes) = clock.pointer("/clock").and_then(Value::as_object) else {
            return String::new();
        };
        let mut entries: Vec<String> = lanes
            .iter()
            .map(|(lane, seq)| {
                let (author, lane) = lane.split_once('/').unwrap_or((lane, ""));
                let one = lanes.keys().filter(|other| other.starts_with(author)).count() == 1;
                let lane = if one { String::new() } else { format!("/{lane}") };
                format!("{}{lane}:{seq}", self.of(author))
            })
            .collect();
        entries.sort();
        entries.join(" ")
    }
}

fn signer_address(signer: &Value) -> &str {
    signer.as_str().unwrap_or_else(|| text(signer, "/address"))
}

/// Text with two columns.
pub fn columns(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let line = |(name, value): &(&str, String)| format!("{name:width$}  {value}\n");
    rows.iter().map(line).collect()
}

/// Text with several columns, each as wide as its widest cell, below the headings.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let lines = || std::iter::once(&head).chain(rows);
    let width = |column: usize| {
        let cells = lines().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_clock_tells_lanes_only_where_there_are_several() {
        let names = NodeNames::default();
        let (a, b) = (Address::new([1; 20]), Address::new([2; 20]));
        let clock = json!({ "clock": { format!("{a}/7"): 3, format!("{b}/8"): 1, format!("{b}/9"): 2 } });
        assert_eq!(names.clock(&clock), format!("{a:?}:3 {b:?}/8:1 {b:?}/9:2"));
    }

    #[test]
    fn what_others_wrote_does_not_reach_the_terminal_s_controls() {
        assert_eq!(plain("a\tb\u{1b}[2J\r𝄞"), "a\tb\\u{1b}[2J\\r𝄞");
        let short = shortened(&json!("é".repeat(200)));
        assert_eq!((short.chars().count(), short.ends_with('…')), (101, true));
        assert_eq!(shortened(&json!({ "a": "\u{9b}" })), "{\"a\":\"\\u{9b}\"}");
    }

    #[test]
    fn a_table_lines_up() {
        let rows = [vec!["é".to_owned(), "1".to_owned()], vec!["ab".to_owned()]];
        assert_eq!(table(&["x", "why"], &rows), "x   why\né   1\nab\n");
    }
}
