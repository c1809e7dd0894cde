//! Whose fault a refusal is.

/// How to treat whoever sent what was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The sender's, or that of somebody whom it should have checked.
    Remote,
    /// Nobody's: it may be right later, or elsewhere. Never a reason to punish.
    NotYet,
}
