//! What must hold, and what does not.

use std::collections::BTreeMap;

use quorate_event::{Digest, EventId, Height};
use serde_json::Value;

use crate::scenario::NodeIndex;

/// How strongly a thing is agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// All that a node holds.
    Merged,
    /// What its last milestone covers.
    Final,
}

/// What must hold at some nodes, all of it at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// At which level documents and digests are compared.
    pub level: Level,
    /// At which nodes; all of them run by then.
    pub nodes: Vec<NodeIndex>,
    /// The last milestone's height: no more, no fewer.
    pub milestones: Option<Height>,
    /// Every milestone but the genesis carries so many signatures, or more.
    pub signers_at_least: Option<usize>,
    /// These documents have exactly these values.
    pub documents: BTreeMap<String, Value>,
    /// These documents are objects with so many keys.
    pub keys: BTreeMap<String, usize>,
    /// All nodes have the same digest over all documents.
    pub equal_digests: bool,
    /// How long it may take to come true, in milliseconds.
    pub within_ms: u64,
}

/// A milestone as one node tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedMilestone {
    /// Its place in the chain.
    pub height: Height,
    /// Its name.
    pub id: EventId,
    /// How many members signed it.
    pub signers: usize,
}

/// What a player saw of one node, at the expectation's level.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// Which node.
    pub node: NodeIndex,
    /// From the genesis on, ascending.
    pub milestones: Vec<ObservedMilestone>,
    /// Over all documents.
    pub digest: Digest,
    /// The documents that the expectation names; absent where the node has none of that name.
    pub documents: BTreeMap<String, Value>,
}

/// One thing that does not hold. Nodes are told by their places; the player knows their names.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unmet {
    /// Too few milestones, or too many.
    #[error("the last milestone is M{}, expected M{}", found.0, expected.0)]
    Height {
        /// Where.
        node: NodeIndex,
        /// What it has.
        found: Height,
        /// What it should have.
        expected: Height,
    },
    /// Nothing was heard of the node.
    #[error("it was not heard of")]
    Absent {
        /// Which.
        node: NodeIndex,
    },
    /// A milestone with too few signatures.
    #[error("milestone M{} has {found} signers, expected at least {least}", height.0)]
    Signers {
        /// Where.
        node: NodeIndex,
        /// Which milestone.
        height: Height,
        /// How many it has.
        found: usize,
        /// How many it should have.
        least: usize,
    },
    /// Two nodes have two milestones of one height.
    #[error("milestone M{} is {found:?}, and {expected:?} at another node", height.0)]
    Fork {
        /// Where.
        node: NodeIndex,
        /// At which height.
        height: Height,
        /// What it has.
        found: EventId,
        /// What another has.
        expected: EventId,
    },
    /// A document with another value.
    #[error("document {document:?} is {}, expected {}", shown(found.as_ref()), shown(Some(expected)))]
    Document {
        /// Where.
        node: NodeIndex,
        /// Its name.
        document: String,
        /// What it is, if it is.
        found: Option<Value>,
        /// What it should be.
        expected: Value,
    },
    /// A document with too few keys, or too many, or none since it is no object.
    #[error("document {document:?} has {found} keys, expected {expected}")]
    Keys {
        /// Where.
        node: NodeIndex,
        /// Its name.
        document: String,
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// Two nodes differ.
    #[error("the digest over all documents is {found:?}, and {expected:?} at another node")]
    Digests {
        /// Where.
        node: NodeIndex,
        /// What it has.
        found: Digest,
        /// What another has.
        expected: Digest,
    },
}

impl Unmet {
    /// At which node it does not hold.
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

/// Characters of a value that are shown: a message is read, not parsed.
const SHOWN: usize = 120;

fn shown(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "absent".to_owned(), Value::to_string);
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}

impl Expectation {
    /// Whether anything at all is expected.
    pub(crate) fn is_empty(&self) -> bool {
        let nothing_counted = self.milestones.is_none() && self.signers_at_least.is_none();
        let nothing_read = self.documents.is_empty() && self.keys.is_empty();
        nothing_counted && nothing_read && !self.equal_digests
    }

    /// The documents that a player must read to judge this.
    pub fn reads(&self) -> impl Iterator<Item = &str> {
        let names = self.documents.keys().chain(self.keys.keys());
        names.map(String::as_str)
    }

    /// What does not hold of what was seen; nothing if all holds.
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
        // Agreement is not a matter of taste: no scenario needs to ask for it.
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
            level: Level::Final,
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
    fn each_thing_that_does_not_hold_is_told() {
        check(
            |seen| {
                seen.milestones.pop();
            },
            &["the last milestone is M0, expected M1"],
        );
        check(|seen| seen.milestones[1].signers = 2, &["milestone M1 has 2 signers, expected at least 3"]);
        check(
            |seen| seen.milestones[1].id = EventId::new([9; 32]),
            &["milestone M1 is e:0909, and e:0101 at another node"],
        );
        check(
            |seen| seen.digest = Digest::new([2; 32]),
            &["the digest over all documents is d:0202, and d:0101 at another node"],
        );
        check(
            |seen| seen.documents.clear(),
            &["document \"a\" is absent, expected {\"k\":1}", "document \"a\" has 0 keys, expected 1"],
        );
    }

    #[test]
    fn a_node_that_was_not_seen_is_told() {
        let expectation = expectation();
        let absent = |node| Unmet::Absent { node: NodeIndex(node) };
        assert_eq!(expectation.unmet(&[observed(0)]), [absent(1)]);
        assert_eq!(expectation.unmet(&[]), [absent(0), absent(1)]);
    }
}
