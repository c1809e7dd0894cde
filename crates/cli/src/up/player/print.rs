//! The output of a scenario while it is played.

use quorate_scenario::{NodeIndex, ScenarioWrite};
use serde_json::{Map, Value, json};

use super::Player;
use crate::args::LevelArg;
use crate::documents::{documents, read};
use crate::error::CliError;
use crate::http::{Client, HttpError};
use crate::view::{list, number, short_ids, text};

/// The name of the scenario and its description.
pub(super) fn opening(name: &str, about: &str) -> String {
    match about.trim() {
        "" => format!("\nscenario {name}\n"),
        about => format!("\nscenario {name}\n{about}\n"),
    }
}

impl Player<'_> {
    pub(super) fn print_phase(&self, label: &str) -> Result<(), CliError> {
        let report = json!({ "phase": label });
        self.output.answer(&report, || format!("\nphase {label}"))
    }

    pub(super) fn print_write(&self, write: &ScenarioWrite, answer: &Value) -> Result<(), CliError> {
        let node = self.name(write.node);
        let set = Value::Object(write.set.clone());
        let report = json!({ "write": node, "document": write.document, "set": set, "answer": answer });
        self.output.answer(&report, || {
            let events = short_ids(list(answer, "/events"));
            format!("  {node}  {} {set}  {events}", write.document)
        })
    }

    pub(super) fn print_node(&self, node: NodeIndex, what: &str) -> Result<(), CliError> {
        let name = self.name(node);
        let report = json!({ "node": name, "is": what });
        self.output.answer(&report, || format!("  {name} is {what}"))
    }

    /// Prints each new milestone of `node`.
    pub(super) fn print_milestones(&mut self, node: NodeIndex) -> Result<(), CliError> {
        let client = self.client(node);
        let head = client.get("/v1/milestones/head")?;
        let last = number(&head, "/height").unwrap_or(0);
        for height in self.next_height..=last {
            let milestone = client.get(&format!("/v1/milestones/{height}"))?;
            let signers = self.names.signers(&milestone);
            let report = json!({ "milestone": {
                "height": height,
                "id": milestone["id"],
                "cut": milestone["heads"],
                "signers": signers,
            } });
            self.output.answer(&report, || {
                let name = if height == 0 { "M0".to_owned() } else { format!("M:{height}") };
                let id = text(&milestone, "/id");
                if height == 0 {
                    return format!("{name}  {id}, the genesis");
                }
                let cut = short_ids(list(&milestone, "/heads"));
                let (count, signers) = (signers.len(), signers.join(" "));
                format!("{name}  {id}\n     cut {cut}\n     {count} signers: {signers}")
            })?;
        }
        self.next_height = last + 1;
        Ok(())
    }

    /// Prints the clock and the documents of each running node.
    pub(super) fn print_nodes(&self) -> Result<(), CliError> {
        for node in self.running() {
            let client = self.client(node);
            let clock = client.get("/v1/clock")?;
            let store = store(client)?;
            let name = self.name(node);
            let report = json!({ "node": name, "clock": clock["clock"], "store": store });
            self.output.answer(&report, || {
                let documents = store.iter().map(|(document, value)| {
                    let keys = value.as_object().map(|object| format!(", {} keys", object.len()));
                    format!("\n      {document}{}: {value}", keys.unwrap_or_default())
                });
                let documents: String = documents.collect();
                format!("  {name}  clock {}{documents}", self.names.clock(&clock))
            })?;
        }
        Ok(())
    }
}

/// All documents of a node at level merged, by name.
fn store(client: &Client) -> Result<Map<String, Value>, HttpError> {
    let mut store = Map::new();
    for document in documents(client, LevelArg::Merged)? {
        let name = text(&document, "/name");
        let answer = read(client, name, LevelArg::Merged)?;
        store.insert(name.to_owned(), answer["value"].clone());
    }
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_that_says_nothing_of_itself_opens_with_its_name() {
        assert_eq!(opening("mine", " \n"), "\nscenario mine\n");
        assert_eq!(opening("mine", "Why.\n"), "\nscenario mine\nWhy.\n");
    }
}
