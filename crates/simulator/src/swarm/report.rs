//! What a run came to.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_event::{Digest, Height};

use crate::oracle::Violation;

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Report {
    /// Equal for equal cases.
    pub trace: Digest,
    /// The first thing that must not be, if any was.
    pub failure: Option<Failure>,
    /// The greatest height that anybody applied.
    pub height: Height,
    /// Virtual time.
    pub elapsed: Duration,
    /// How many things happened.
    pub happened: u64,
    /// How often rare paths were taken.
    pub sometimes: BTreeMap<&'static str, u64>,
}

/// What must not be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// An invariant does not hold.
    #[error(transparent)]
    Violated(#[from] Violation),
    /// I9: a quorum that nothing hinders did not go on.
    #[error("I9: {what} within {} s after the world was healed{state}", within.as_secs())]
    Stuck {
        /// What did not happen.
        what: &'static str,
        /// For how long it was waited for.
        within: Duration,
        /// Where each node stands, a line for each.
        state: String,
    },
    /// I8: a liar whose lies contradict each other was not found out.
    #[error("I8: not every honest node has evidence against the {liar} within {} s after the world was healed", within.as_secs())]
    NotFoundOut {
        /// What it is called.
        liar: &'static str,
        /// For how long it was waited for.
        within: Duration,
    },
    /// I8: a liar stands in evidence that signed nothing of the kind.
    #[error("I8: an honest node has evidence against the {liar}, which signs nothing that contradicts itself")]
    Slandered {
        /// What it is called.
        liar: &'static str,
    },
    /// I13: a replica panicked.
    #[error("I13: {message}")]
    Panicked {
        /// Where, and why.
        message: String,
    },
}

impl Failure {
    /// The invariant's name: what a shrunk case must still break.
    pub fn invariant(&self) -> String {
        let words = self.to_string();
        words.split_once(':').map_or(words.clone(), |(name, _)| name.to_owned())
    }
}
