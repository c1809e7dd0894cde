//! The steps of a scenario.

use serde_json::{Map, Value};

use crate::expect::Expectation;
use crate::node_index::NodeIndex;

/// The event that a write waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitFor {
    /// The write is on the node's disk.
    Durable,
    /// A milestone covers it.
    Final,
}

/// One write at one node.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioWrite {
    /// The node.
    pub node: NodeIndex,
    /// The document.
    pub document: String,
    /// The merge patch (RFC 7386).
    pub set: Map<String, Value>,
    /// When the scenario continues.
    pub wait: WaitFor,
    /// The time limit, in milliseconds.
    pub within_ms: u64,
}

/// How a node is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By SIGKILL.
    Kill,
    /// By SIGTERM.
    Terminate,
}

/// A step. If it waits, the scenario fails after `within_ms`.
#[derive(Debug, Clone, PartialEq)]
pub enum ScenarioStep {
    /// A heading.
    Phase {
        /// Its text.
        label: String,
    },
    /// A write.
    Write(ScenarioWrite),
    /// All running nodes hold the same events, and show the same documents at level merged.
    Barrier {
        /// The time limit, in milliseconds.
        within_ms: u64,
    },
    /// A milestone is asked for at one node; every running node applies it.
    Seal {
        /// The node.
        at: NodeIndex,
        /// The time limit, in milliseconds.
        within_ms: u64,
    },
    /// A running node is stopped.
    Stop {
        /// The node.
        node: NodeIndex,
        /// The signal.
        how: Ending,
    },
    /// A stopped node is started again with its disk.
    Start {
        /// The node.
        node: NodeIndex,
        /// The time limit, in milliseconds.
        within_ms: u64,
    },
    /// Time passes.
    Pause {
        /// The time, in milliseconds.
        pause_ms: u64,
    },
    /// The clock and the documents of each running node are printed.
    Print,
    /// An expectation holds within its time limit.
    Expect(Expectation),
}
