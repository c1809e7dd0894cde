//! Errors of a replay.

use std::path::PathBuf;

use quorate_event::{EventError, EventId, SecretKeyError};
use quorate_replica::WriteError;

/// Why a trace could not be replayed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TraceError {
    /// The file is not JSON of this format.
    #[error("{} is not an editing trace: {source}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// The place and the reason.
        source: serde_json::Error,
    },
    /// The kind of the trace is unknown.
    #[error("{} is a trace of kind {kind:?}", path.display())]
    Kind {
        /// Which file.
        path: PathBuf,
        /// Its kind.
        kind: String,
    },
    /// A transaction names a parent that does not precede it.
    #[error("transaction {transaction} has the parent {parent}, which does not precede it")]
    Parent {
        /// Index of the transaction, from 0.
        transaction: usize,
        /// Index of the parent.
        parent: usize,
    },
    /// An agent has two concurrent transactions, which a lane does not allow.
    #[error("transaction {transaction} of agent {agent} does not follow the previous transaction of this agent")]
    TwoAtOnce {
        /// Index of the transaction, from 0.
        transaction: usize,
        /// Index of the agent.
        agent: usize,
    },
    /// A transaction has more parents than an event can have.
    #[error("transaction {transaction} has more than {limit} parents of other agents")]
    TooManyParents {
        /// Index of the transaction, from 0.
        transaction: usize,
        /// The limit.
        limit: usize,
    },
    /// A position is past the end of the text: the trace is broken, or was recorded by a system that orders concurrent
    /// insertions differently.
    #[error("transaction {transaction} does not fit the text of its agent")]
    Position {
        /// Index of the transaction, from 0.
        transaction: usize,
        /// The reason.
        source: WriteError,
    },
    /// The text could not be created.
    #[error("the text cannot be written")]
    Edit {
        /// The reason.
        source: WriteError,
    },
    /// An event could not be signed.
    #[error("an event cannot be signed")]
    Sign(#[from] EventError),
    /// No demo key.
    #[error(transparent)]
    Key(#[from] SecretKeyError),
    /// An event did not reach another node.
    #[error("{url} has not received {event} within {within_ms} ms")]
    NotArrived {
        /// Which event.
        event: EventId,
        /// Which node.
        url: String,
        /// The timeout.
        within_ms: u64,
    },
    /// Not all events became final.
    #[error("not everything is final at {url} within {within_ms} ms")]
    NotFinal {
        /// Which node.
        url: String,
        /// The timeout.
        within_ms: u64,
    },
    /// A node lacks events, or shows them as void.
    #[error("{missing} events are not final at {url}")]
    Missing {
        /// Which node.
        url: String,
        /// The number of events.
        missing: usize,
    },
}

impl TraceError {
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Syntax { .. } | Self::Kind { .. } => {
                "use a trace of kind `sequential` or `concurrent` (github.com/josephg/editing-traces)"
            }
            Self::TwoAtOnce { .. } | Self::TooManyParents { .. } => "replay only the beginning: --transactions N",
            Self::NotArrived { .. } | Self::NotFinal { .. } => "check the node: quorate doctor --url URL",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}
