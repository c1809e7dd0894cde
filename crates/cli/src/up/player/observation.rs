//! The observed state of a node.

use std::collections::BTreeMap;
use std::fmt;

use quorate_event::{Digest, EventId, Height};
use quorate_scenario::{Expectation, NodeIndex, Observed, ObservedMilestone, ReadLevel};
use serde_json::Value;

use crate::http::{Client, HttpError, escaped};
use crate::view::{list, number, short_ids, text};

/// The state of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NodeState {
    name: String,
    pub(super) height: u64,
    events: u64,
    /// Ascending.
    heads: Vec<String>,
    merged: String,
}

impl NodeState {
    /// Whether both nodes hold the same events: equal heads have equal pasts.
    pub(super) fn same_events(&self, other: &Self) -> bool {
        let one = (&self.heads, &self.merged, self.events);
        one == (&other.heads, &other.merged, other.events)
    }
}

impl fmt::Display for NodeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads: Vec<Value> = self.heads.iter().map(|head| head.as_str().into()).collect();
        let (name, height, events) = (&self.name, self.height, self.events);
        write!(f, "{name} M{height}, {events} events, heads {}", short_ids(&heads))
    }
}

/// Reads the state of a node.
pub(super) fn standing(client: &Client, name: String) -> Result<NodeState, HttpError> {
    let status = client.get("/v1/status")?;
    let heads = list(&status, "/heads").iter().filter_map(Value::as_str);
    let mut heads: Vec<String> = heads.map(str::to_owned).collect();
    heads.sort();
    let lacks = || not_ours(client, &status);
    Ok(NodeState {
        name,
        height: number(&status, "/height").ok_or_else(lacks)?,
        events: number(&status, "/events").ok_or_else(lacks)?,
        heads,
        merged: text(&status, "/digests/merged").to_owned(),
    })
}

/// Reads everything from a node that an expectation needs.
pub(super) fn observe(client: &Client, node: NodeIndex, expectation: &Expectation) -> Result<Observed, HttpError> {
    let status = client.get("/v1/status")?;
    let (level, digest) = match expectation.level {
        ReadLevel::Merged => ("merged", "/digests/merged"),
        ReadLevel::Final => ("final", "/digests/final"),
    };
    let lacks = || not_ours(client, &status);
    let digest: Digest = text(&status, digest).parse().map_err(|_| lacks())?;
    let height = number(&status, "/height").ok_or_else(lacks)?;
    let milestones = (0..=height).map(|height| milestone(client, height));
    let mut documents = BTreeMap::new();
    for name in expectation.reads() {
        match client.get(&format!("/v1/docs/{}?level={level}", escaped(name))) {
            Ok(document) => {
                documents.insert(name.to_owned(), document["value"].clone());
            }
            Err(HttpError::Refused { status: 404, .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Observed { node, milestones: milestones.collect::<Result<_, _>>()?, digest, documents })
}

fn milestone(client: &Client, height: u64) -> Result<ObservedMilestone, HttpError> {
    let milestone = client.get(&format!("/v1/milestones/{height}"))?;
    let id: Result<EventId, _> = text(&milestone, "/id").parse();
    Ok(ObservedMilestone {
        height: Height(height),
        id: id.map_err(|_| not_ours(client, &milestone))?,
        signers: list(&milestone, "/signers").len(),
    })
}

fn not_ours(client: &Client, answer: &Value) -> HttpError {
    HttpError::NotOurs { url: client.url().to_owned(), shown: answer.to_string().chars().take(200).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_hold_the_same_when_their_heads_and_documents_are() {
        let standing = |name: &str, head: &str, height| NodeState {
            name: name.to_owned(),
            height,
            events: 3,
            heads: vec![head.to_owned()],
            merged: "0x1".to_owned(),
        };
        let one = standing("n1", "a", 1);
        assert!(one.same_events(&standing("n2", "a", 2)));
        assert!(!one.same_events(&standing("n2", "b", 1)));
        assert_eq!(one.to_string(), "n1 M1, 3 events, heads a");
    }
}
