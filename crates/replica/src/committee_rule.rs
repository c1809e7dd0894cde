//! The committee rule: the next committee follows from the documents that a milestone made final.

use std::fmt;

use quorate_event::Committee;
use serde_json::Value;

/// The rule by which a committee follows from a milestone. All replicas of a network follow one rule.
///
/// It is a function of its arguments alone: what two replicas derive of one milestone is one committee, and a milestone
/// that names another one is refused by both.
pub trait CommitteeRule: fmt::Debug + Send + Sync {
    /// The committee of height h + 1, when `committee` is that of h and `settled` what the milestone of h made final.
    /// Nothing where it stays.
    fn next(&self, committee: &Committee, settled: &FinalDocuments<'_>) -> Option<Committee>;

    /// Whether it ever names another committee. While it may, a milestone of a far height proves
    /// neither that its sender lies nor that it is ahead.
    fn may_change(&self) -> bool {
        true
    }
}

/// The committee of the genesis is the committee for ever.
#[derive(Debug, Clone, Copy, Default)]
pub struct FixedCommittee;

impl CommitteeRule for FixedCommittee {
    fn next(&self, _: &Committee, _: &FinalDocuments<'_>) -> Option<Committee> {
        None
    }

    fn may_change(&self) -> bool {
        false
    }
}

/// The documents that a milestone made final, as a [`CommitteeRule`] reads them.
pub struct FinalDocuments<'a> {
    read: &'a dyn Fn(&str) -> Option<Value>,
}

impl<'a> FinalDocuments<'a> {
    /// What `read` says of each document's name.
    pub const fn new(read: &'a dyn Fn(&str) -> Option<Value>) -> Self {
        Self { read }
    }

    /// The value of a document at the milestone, if it was known there.
    pub fn document(&self, name: &str) -> Option<Value> {
        (self.read)(name)
    }
}
