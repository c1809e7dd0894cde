//! Expectations, and their comparison with observations.

use std::collections::BTreeMap;

use quorate_event::{Digest, EventId, Height};
use serde_json::Value;

use crate::node_index::NodeIndex;

/// The level at which documents are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadLevel {
    /// All events that a node holds.
    Merged,
    /// The events that its last milestone covers.
    Final,
}

/// Conditions that must hold at some nodes, all at the same time.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// The level at which documents and digests are compared.
    pub level: ReadLevel,
    /// The nodes; all of them are running at this step.
    pub nodes: Vec<NodeIndex>,
    /// The exact height of the last milestone.
    pub milestones: Option<Height>,
    /// The least number of signatures of each milestone except the genesis.
    pub signers_at_least: Option<usize>,
    /// These documents have exactly these values.
    pub documents: BTreeMap<String, Value>,
    /// These documents are objects with this number of keys.
    pub keys: BTreeMap<String, usize>,
    /// All nodes have the same digest over all documents.
    pub equal_digests: bool,
    /// The time limit, in milliseconds.
    pub within_ms: u64,
}

/// A milestone as one node reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedMilestone {
    /// Its height.
    pub height: Height,
    /// Its id.
    pub id: EventId,
    /// Its number of signatures.
    pub signers: usize,
}

/// The observed state of one node, at the expectation's level.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The node.
    pub node: NodeIndex,
    /// From the genesis on, ascending.
    pub milestones: Vec<ObservedMilestone>,
    /// Over all documents.
    pub digest: Digest,
    /// The documents that the expectation names; absent where the node has none of that name.
    pub documents: BTreeMap<String, Value>,
}

/// A condition that does not hold. Messages do not name the node: the player, which knows the names, adds it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unmet {
    /// Too few milestones, or too many.
    #[error("the last milestone is M{}, expected M{}", found.0, expected.0)]
    Height {
        /// The node.
        node: NodeIndex,
        /// The value at this node.
        found: Height,
        /// The expected value.
        expected: Height,
    },
    /// The node did not answer.
    #[error("the node did not answer")]
    Absent {
        /// Which.
        node: NodeIndex,
    },
    /// A milestone with too few signatures.
    #[error("milestone M{} has {found} signers, expected at least {least}", height.0)]
    Signers {
        /// The node.
        node: NodeIndex,
        /// The height of the milestone.
        height: Height,
        /// The number at this node.
        found: usize,
        /// The expected number.
        least: usize,
    },
    /// Two nodes have two milestones of one height.
    #[error("milestone M{} is {found:?}, but {expected:?} at another node", height.0)]
    Fork {
        /// The node.
        node: NodeIndex,
        /// The height.
        height: Height,
        /// The value at this node.
        found: EventId,
        /// The value at another node.
        expected: EventId,
    },
    /// A document with another value.
    #[error("document {document:?} is {}, expected {}", shown(found.as_ref()), shown(Some(expected)))]
    Document {
        /// The node.
        node: NodeIndex,
        /// Its name.
        document: String,
        /// Its value, if it exists.
        found: Option<Value>,
        /// The expected value.
        expected: Value,
    },
    /// A document with too few keys, or too many, or none since it is no object.
    #[error("document {document:?} has {found} keys, expected {expected}")]
    Keys {
        /// The node.
        node: NodeIndex,
        /// Its name.
        document: String,
        /// The number at this node.
        found: usize,
        /// The expected number.
        expected: usize,
    },
    /// The digests of two nodes differ.
    #[error("the digest over all documents is {found:?}, but {expected:?} at another node")]
    Digests {
        /// The node.
        node: NodeIndex,
        /// The value at this node.
        found: Digest,
        /// The value at another node.
        expected: Digest,
    },
}

impl Unmet {
    /// The node at which it does not hold.
    pub const fn node(&self) -> NodeIndex {
        match self {
            Self::Height { node, .. }
            | Self::Absent { node }
            | Self::Signers { node, .. }
            | Self::Fork { node, .. }
            | Self::Document { node, .. }
            | Self::Keys { node, .. }
            | Self::Digests { node, .. } => *node,
        }
    }
}

/// The most characters of a value in a message: messages are for humans.
const SHOWN: usize = 120;

fn shown(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "absent".to_owned(), Value::to_string);
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}

impl Expectation {
    /// Whether there is no condition.
    pub(crate) fn is_empty(&self) -> bool {
        let nothing_counted = self.milestones.is_none() && self.signers_at_least.is_none();
        let nothing_read = self.documents.is_empty() && self.keys.is_empty();
        nothing_counted && nothing_read && !self.equal_digests
    }

    /// The documents that a player must read for this expectation.
    pub fn reads(&self) -> impl Iterator<Item = &str> {
        let names = self.documents.keys().chain(self.keys.keys());
        names.map(String::as_str)
    }

    /// The conditions that do not hold for these observations; empty if all hold.
    pub fn unmet(&self, seen: &[Observed]) -> Vec<Unmet> {
        let of = |node: &NodeIndex| seen.iter().find(|observed| observed.node == *node);
        let Some(first) = self.nodes.first().and_then(of) else {
            let absent = self.nodes.iter().map(|node| Unmet::Absent { node: *node });
            return absent.collect();
        };
        let judge = |node: &NodeIndex| match of(node) {
            Some(observed) => self.unmet_at(observed, first),
            None => vec![Unmet::Absent { node: *node }],
        };
        self.nodes.iter().flat_map(judge).collect()
    }

    fn unmet_at(&self, seen: &Observed, first: &Observed) -> Vec<Unmet> {
        let mut unmet = self.milestones_at(seen, first);
        let documents = self.documents.iter().filter_map(|(document, expected)| {
            let found = seen.documents.get(document);
            (found != Some(expected)).then(|| Unmet::Document {
                node: seen.node,
                document: document.clone(),
                found: found.cloned(),
                expected: expected.clone(),
            })
        });
        unmet.extend(documents);
        let keys = self.keys.iter().filter_map(|(document, expected)| {
            let object = seen.documents.get(document).and_then(Value::as_object);
            let found = object.map_or(0, serde_json::Map::len);
            (found != *expected).then(|| Unmet::Keys {
                node: seen.node,
                document: document.clone(),
                found,
                expected: *expected,
            })
        });
        unmet.extend(keys);
        if self.equal_digests && seen.digest != first.digest {
            unmet.push(Unmet::Digests { node: seen.node, found: seen.digest, expected: first.digest });
        }
        unmet
    }

    fn milestones_at(&self, seen: &Observed, first: &Observed) -> Vec<Unmet> {
        let node = seen.node;
        let head = seen.milestones.last().map_or(Height(0), |last| last.height);
        let wrong_height = |expected: &Height| *expected != head;
        let height = self.milestones.filter(wrong_height);
        let height = height.map(|expected| Unmet::Height { node, found: head, expected });
        let least = self.signers_at_least.unwrap_or(0);
        let certified = seen.milestones.iter().filter(|m| m.height != Height(0));
        let signers = certified.filter(|m| m.signers < least).map(|m| Unmet::Signers {
            node,
            height: m.height,
            found: m.signers,
            least,
        });
        // Agreement is always checked, without a condition in the file.
        let pairs = seen.milestones.iter().zip(&first.milestones);
        let forks = pairs.filter(|(one, other)| one.height == other.height && one.id != other.id);
        let forks =
            forks.map(|(one, other)| Unmet::Fork { node, height: one.height, found: one.id, expected: other.id });
        height.into_iter().chain(signers).chain(forks).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn expectation() -> Expectation {
        Expectation {
            level: ReadLevel::Final,
            nodes: vec![NodeIndex(0), NodeIndex(1)],
            milestones: Some(Height(1)),
            signers_at_least: Some(3),
            documents: BTreeMap::from([("a".to_owned(), json!({"k": 1}))]),
            keys: BTreeMap::from([("a".to_owned(), 1)]),
            equal_digests: true,
            within_ms: 0,
        }
    }

    fn observed(node: usize) -> Observed {
        let milestone = |height: u64, signers| ObservedMilestone {
            height: Height(height),
            id: EventId::new([u8::try_from(height).unwrap(); 32]),
            signers,
        };
        Observed {
            node: NodeIndex(node),
            milestones: vec![milestone(0, 0), milestone(1, 3)],
            digest: Digest::new([1; 32]),
            documents: BTreeMap::from([("a".to_owned(), json!({"k": 1}))]),
        }
    }

    fn check(change: impl FnOnce(&mut Observed), expected: &[&str]) {
        let mut second = observed(1);
        change(&mut second);
        let unmet = expectation().unmet(&[observed(0), second]);
        let messages: Vec<String> = unmet.iter().map(ToString::to_string).collect();
        assert_eq!(messages, expected);
        assert!(unmet.iter().all(|unmet| unmet.node() == NodeIndex(1)));
    }

    #[test]
    fn what_holds_everywhere_is_met() {
        check(|_| (), &[]);
    }

    #[test]
    fn each_condition_that_does_not_hold_is_reported() {
        check(
            |seen| {
                seen.milestones.pop();
            },
            &["the last milestone is M0, expected M1"],
        );
        check(|seen| seen.milestones[1].signers = 2, &["milestone M1 has 2 signers, expected at least 3"]);
        check(
            |seen| seen.milestones[1].id = EventId::new([9; 32]),
            &["milestone M1 is e:0909, but e:0101 at another node"],
        );
        check(
            |seen| seen.digest = Digest::new([2; 32]),
            &["the digest over all documents is d:0202, but d:0101 at another node"],
        );
        check(
            |seen| seen.documents.clear(),
            &["document \"a\" is absent, expected {\"k\":1}", "document \"a\" has 0 keys, expected 1"],
        );
    }

    #[test]
    fn a_node_that_did_not_answer_is_reported() {
        let expectation = expectation();
        let absent = |node| Unmet::Absent { node: NodeIndex(node) };
        assert_eq!(expectation.unmet(&[observed(0)]), [absent(1)]);
        assert_eq!(expectation.unmet(&[]), [absent(0), absent(1)]);
    }
}
