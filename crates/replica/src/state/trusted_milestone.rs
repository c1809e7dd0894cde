//! A milestone that the operator knows to be true: a checkpoint against keys that leaked long ago (weak subjectivity).
//!
//! A certificate proves a history if less than a third of each committee's stake lies, and if its keys never leak. Old keys
//! do leak: a node with an empty disk can be shown another history that they signed. One trusted milestone, from a person
//! or a page that the operator trusts, distinguishes the two.

use std::fmt;

use quorate_event::{EventId, Height};

/// The milestone that is true at a height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedMilestone {
    /// Its height.
    pub height: Height,
    /// Its id.
    pub id: EventId,
}

impl fmt::Display for TrustedMilestone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.height.0, self.id)
    }
}

/// The disk holds another milestone than the trusted one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("milestone {} is {held} on this disk, and {} is trusted", height.0, trusted)]
pub struct TrustConflict {
    /// The height of both.
    pub height: Height,
    /// The milestone on this disk.
    pub held: EventId,
    /// The trusted milestone.
    pub trusted: EventId,
}
