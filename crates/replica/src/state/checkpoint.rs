//! A milestone that the operator knows to be true, from somebody trusted: a checkpoint against keys that leaked long ago.
//!
//! Certificates prove a history to whoever believes that less than a third of each committee lies, and its keys are lost
//! for ever. Old keys do leak. Whoever comes with a fresh disk can be shown another history that they signed; one
//! trusted milestone tells the two apart.

use std::fmt;

use quorate_event::{EventId, Height};

use crate::output::Output;
use crate::replica::Replica;

/// The milestone that is true at a height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedMilestone {
    /// Its height.
    pub height: Height,
    /// Its name.
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
    /// At which height.
    pub height: Height,
    /// What is on this disk.
    pub held: EventId,
    /// What is trusted.
    pub trusted: EventId,
}

impl Replica {
    /// From now on no other milestone than this one is believed at its height.
    ///
    /// # Errors
    /// When another one is held already.
    pub fn trust(&mut self, trusted: TrustedMilestone) -> Result<(), TrustConflict> {
        let TrustedMilestone { height, id } = trusted;
        match self.graph.milestone(height) {
            Some(held) if held != id => Err(TrustConflict { height, held, trusted: id }),
            _ => {
                self.trusted = Some(trusted);
                Ok(())
            }
        }
    }

    /// Whether the trusted milestone, if there is one, is held: before that, what this replica calls final rests on
    /// certificates alone.
    pub fn reaches_trust(&self) -> bool {
        self.trusted.is_none_or(|trusted| self.graph.milestone(trusted.height) == Some(trusted.id))
    }

    /// Halts upon a certified milestone that the operator knows to be false.
    pub(crate) fn contradicts_trust(&mut self, height: Height, certified: EventId, out: &mut Vec<Output>) -> bool {
        match self.trusted {
            Some(trusted) if trusted.height == height && trusted.id != certified => {
                self.halted = true;
                out.push(Output::Contradicted { height, certified, trusted: trusted.id });
                true
            }
            _ => false,
        }
    }
}
