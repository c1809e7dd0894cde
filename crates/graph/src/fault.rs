//! Whose fault a refusal is.

/// How to treat the sender of a vertex or cut that was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The sender's: it made this, or relayed it without the check that every node owes.
    Remote,
    /// No fault: it may be valid later, or at another node. Never a reason to punish.
    NotYet,
}
