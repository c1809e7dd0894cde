//! The result of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_event::{Digest, Height};
use quorate_replica::Replica;

use crate::node_id::NodeId;
use crate::oracle::Violation;
use crate::world::World;

/// The result of a run.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// The trace digest: equal for equal cases (W1).
    pub trace: Digest,
    /// The first failure, if any.
    pub failure: Option<RunFailure>,
    /// The greatest height of any honest node.
    pub height: Height,
    /// Virtual time.
    pub elapsed: Duration,
    /// Number of events processed.
    pub event_count: u64,
    /// How often each coverage mark was reached.
    pub coverage: BTreeMap<&'static str, u64>,
}

impl RunReport {
    /// The report of a finished world.
    pub(crate) fn of(world: &World, failure: Option<RunFailure>) -> Self {
        let honest = world.honest_up().into_iter().filter_map(|node| world.replica(node));
        Self {
            trace: world.trace(),
            failure,
            height: honest.map(Replica::height).max().unwrap_or(Height(0)),
            elapsed: world.elapsed(),
            event_count: world.event_count(),
            coverage: world.coverage().clone(),
        }
    }
}

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunFailure {
    /// An invariant does not hold.
    #[error(transparent)]
    Violated(#[from] Violation),
    /// I9: a quorum without faults made no progress.
    #[error("I9: {what} within {} s after the world was healed{state}", within.as_secs())]
    Stuck {
        /// The awaited condition.
        what: &'static str,
        /// The time limit.
        within: Duration,
        /// The state of each node, one line each.
        state: String,
    },
    /// I8: not all honest nodes have evidence against an adversary that contradicts itself.
    #[error("I8: not every honest node has evidence against the {adversary} within {} s after the world was healed", within.as_secs())]
    NoEvidence {
        /// The name of the adversary.
        adversary: &'static str,
        /// The time limit.
        within: Duration,
    },
    /// I8: an honest node has evidence against an adversary that never contradicts itself.
    #[error("I8: an honest node has evidence against the {adversary}, which never contradicts itself")]
    FalseEvidence {
        /// The name of the adversary.
        adversary: &'static str,
    },
    /// I13: a replica panicked.
    #[error("I13: {message}")]
    Panicked {
        /// The location and the message of the panic.
        message: String,
    },
}

impl RunFailure {
    /// A healed world in which an awaited condition did not come, with the state of each node.
    pub(crate) fn stuck(world: &World, what: &'static str, within: Duration) -> Self {
        let line = |node: NodeId| {
            let Some(replica) = world.replica(node) else {
                return format!("\n  node {} is down", node.0);
            };
            let status = replica.status();
            let (height, view, waits) = (status.height.0, status.view.0, status.why_not_final);
            let (events, uncovered, waiting) = (status.events, status.uncovered, status.waiting);
            format!(
                "\n  node {}: height {height}, view {view}, {events} events, {uncovered} uncovered, {waiting} waiting, {waits:?}",
                node.0
            )
        };
        Self::Stuck { what, within, state: world.nodes().into_iter().map(line).collect() }
    }

    /// The name of the broken invariant: a shrunk case must break the same one.
    pub fn invariant(&self) -> String {
        let words = self.to_string();
        words.split_once(':').map_or(words.clone(), |(name, _)| name.to_owned())
    }
}
