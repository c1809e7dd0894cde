//! Errors of scenario files.

use quorate_event::{CommitteeError, GenesisError, SecretKeyError};

/// Why a scenario file is invalid. Messages name the file, the line, and the correction.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScenarioError {
    /// The file is not TOML, or has a key that is unknown, missing or of the wrong type.
    #[error("{file}: {source}")]
    Syntax {
        /// The file.
        file: String,
        /// The line, the key, and the known keys.
        source: Box<toml::de::Error>,
    },
    /// The network is invalid.
    #[error("{file}: {source}")]
    Network {
        /// The file.
        file: String,
        /// The reason.
        source: NetworkFault,
    },
    /// A step cannot be played.
    #[error("{file}, line {line}: {source}")]
    Step {
        /// The file.
        file: String,
        /// The line of the step, from 1.
        line: usize,
        /// The reason.
        source: StepFault,
    },
}

/// Why a scenario's network is invalid.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NetworkFault {
    /// A list has another length than the list of nodes.
    #[error("`{key}` has {found} entries for {nodes} nodes; give one for each")]
    Count {
        /// The key of the list.
        key: &'static str,
        /// Its number of entries.
        found: usize,
        /// The number of nodes.
        nodes: usize,
    },
    /// No nodes, or more than one machine can run.
    #[error("a scenario has 1 to {limit} nodes, not {found}")]
    Nodes {
        /// The number of nodes in the file.
        found: usize,
        /// The largest number.
        limit: usize,
    },
    /// Two nodes with one name, or a name that cannot be a directory.
    #[error("{name:?} cannot name a node: use 1 to 64 of a-z, 0-9, '-' and '_', each name once")]
    Name {
        /// The name.
        name: String,
    },
    /// A demo key is invalid.
    #[error(transparent)]
    Key(#[from] SecretKeyError),
    /// The stakes form no valid committee.
    #[error(transparent)]
    Committee(#[from] CommitteeError),
    /// A parameter is out of range.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The scenario has no expectation.
    #[error("the scenario has no expectation, so it cannot fail; add `expect = {{ equal_digests = true }}`")]
    NothingExpected,
    /// Its ranges expand to too many steps.
    #[error("the scenario expands to more than {limit} steps; shorten the ranges of `writes`")]
    TooManySteps {
        /// The largest number of steps.
        limit: usize,
    },
}

/// Why a step is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepFault {
    /// The step has no action.
    #[error("the step has no action; add one of {known}")]
    NoAction {
        /// The known actions.
        known: String,
    },
    /// The step has two actions.
    #[error("the step has two actions, `{one}` and `{other}`; write two steps")]
    TwoActions {
        /// The first.
        one: &'static str,
        /// The second.
        other: &'static str,
    },
    /// A key that does not belong to this action.
    #[error("`{key}` does not belong to `{action}`, which takes {known}")]
    UnexpectedKey {
        /// The key.
        key: &'static str,
        /// The action of the step.
        action: &'static str,
        /// The keys that the action takes.
        known: String,
    },
    /// A required key is missing.
    #[error("`{action}` needs `{key}`")]
    Missing {
        /// The action of the step.
        action: &'static str,
        /// The missing key.
        key: &'static str,
    },
    /// An unknown node.
    #[error("there is no node {name:?}; the nodes are {known}")]
    UnknownNode {
        /// The unknown name.
        name: String,
        /// The names of the nodes.
        known: String,
    },
    /// The node is stopped at this step.
    #[error("{name} is stopped at this step; `start` it first")]
    Stopped {
        /// The node.
        name: String,
    },
    /// The node runs at this step.
    #[error("{name} is running at this step; `stop` it first")]
    Running {
        /// The node.
        name: String,
    },
    /// No node runs at this step.
    #[error("no node is running at this step; `start` one first")]
    NoNodeRunning,
    /// A range without numbers.
    #[error("the range from {from} to {to} is empty; the first number must be at least 1 and at most the last")]
    EmptyRange {
        /// Its first number.
        from: u64,
        /// Its last.
        to: u64,
    },
    /// A range whose writes are all the same.
    #[error("neither `key` nor `value` contains {{i}}, so all writes are the same")]
    NoPlaceholder,
    /// The expectation is empty.
    #[error("`expect` is empty; add a condition")]
    NothingExpected,
}
