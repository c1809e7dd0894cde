//! What happens in a scenario.

use serde_json::{Map, Value};

use crate::expect::Expectation;
use crate::scenario::NodeIndex;

/// What a write waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// It is on that node's disk.
    Durable,
    /// A milestone covers it.
    Final,
}

/// One write at one node.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// Where.
    pub node: NodeIndex,
    /// To which document.
    pub document: String,
    /// What: a merge patch (RFC 7386).
    pub set: Map<String, Value>,
    /// What the scenario waits for before it goes on.
    pub wait: Wait,
    /// For how long, in milliseconds.
    pub within_ms: u64,
}

/// How a node ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// At once, wherever it is: SIGKILL.
    Kill,
    /// As it is asked to: SIGTERM.
    Terminate,
}

/// One thing that happens. Where it waits, `within_ms` is its limit; past it the scenario has failed.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A heading.
    Phase {
        /// Its text.
        label: String,
    },
    /// Something is written.
    Write(Write),
    /// All running nodes hold the same events, and show the same documents at level merged.
    Barrier {
        /// The limit.
        within_ms: u64,
    },
    /// A milestone is asked for at one node; every running node applies it.
    Seal {
        /// Where.
        at: NodeIndex,
        /// The limit.
        within_ms: u64,
    },
    /// A running node ends.
    Stop {
        /// Which.
        node: NodeIndex,
        /// How.
        how: Ending,
    },
    /// A stopped node runs again, with the disk it had.
    Start {
        /// Which.
        node: NodeIndex,
        /// The limit.
        within_ms: u64,
    },
    /// Time passes.
    Pause {
        /// How much, in milliseconds.
        pause_ms: u64,
    },
    /// Each running node's clock and store are shown.
    Print,
    /// Something holds, at the latest after its limit.
    Expect(Expectation),
}
