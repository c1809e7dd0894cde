//! What a run came to.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_event::{Digest, Height};
use quorate_replica::Replica;

use crate::node_id::NodeId;
use crate::oracle::Violation;
use crate::world::World;

/// What a run came to.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// Equal for equal cases.
    pub trace: Digest,
    /// The first thing that must not be, if any was.
    pub failure: Option<RunFailure>,
    /// The greatest height that anybody applied.
    pub height: Height,
    /// Virtual time.
    pub elapsed: Duration,
    /// How many things happened.
    pub event_count: u64,
    /// How often rare paths were taken.
    pub coverage: BTreeMap<&'static str, u64>,
}

impl RunReport {
    /// What a world came to.
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

/// What must not be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunFailure {
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

impl RunFailure {
    /// What did not happen in a world that was healed, and where each of its nodes stands.
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

    /// The invariant's name: what a shrunk case must still break.
    pub fn invariant(&self) -> String {
        let words = self.to_string();
        words.split_once(':').map_or(words.clone(), |(name, _)| name.to_owned())
    }
}
