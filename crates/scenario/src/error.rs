//! Why a file is not a scenario.

use quorate_event::{CommitteeError, GenesisError, SecretKeyError};

/// Why a file is not a scenario. Names the file, the place, and what would be right.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScenarioError {
    /// Not TOML, or with a key that is unknown, missing or of the wrong kind.
    #[error("{file}: {source}")]
    Syntax {
        /// Which file.
        file: String,
        /// The line, the key, and the keys that are known.
        source: Box<toml::de::Error>,
    },
    /// The network cannot be founded.
    #[error("{file}: {source}")]
    Scene {
        /// Which file.
        file: String,
        /// Why not.
        source: SceneFault,
    },
    /// A step cannot be played.
    #[error("{file}, line {line}: {source}")]
    Step {
        /// Which file.
        file: String,
        /// Where the step stands, from 1.
        line: usize,
        /// Why not.
        source: StepFault,
    },
}

/// Why a scenario's network cannot be founded.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SceneFault {
    /// Not as many as there are nodes.
    #[error("`{key}` has {found} entries for {nodes} nodes; give one for each")]
    Count {
        /// Which list.
        key: &'static str,
        /// How many entries it has.
        found: usize,
        /// How many nodes there are.
        nodes: usize,
    },
    /// More nodes than one machine plays.
    #[error("a scenario has 1 to {limit} nodes, not {found}")]
    Nodes {
        /// How many were named.
        found: usize,
        /// How many can be.
        limit: usize,
    },
    /// Two nodes with one name, or a name that cannot be a directory.
    #[error("{name:?} cannot name a node: use 1 to 64 of a-z, 0-9, '-' and '_', each name once")]
    Name {
        /// The name.
        name: String,
    },
    /// A demo key that is none.
    #[error(transparent)]
    Key(#[from] SecretKeyError),
    /// Stakes that make no committee.
    #[error(transparent)]
    Committee(#[from] CommitteeError),
    /// Parameters out of range.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// Nothing could fail.
    #[error("nothing is expected, so that nothing could fail; add `expect = {{ equal_digests = true }}`")]
    NothingExpected,
    /// Its ranges spell out too much.
    #[error("the steps come to more than {limit}; shorten the ranges of `writes`")]
    TooManySteps {
        /// How many there may be.
        limit: usize,
    },
}

/// Why a step cannot be played.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepFault {
    /// It says nothing.
    #[error("the step does nothing; give it one of {known}")]
    NoVerb {
        /// What it could do.
        known: String,
    },
    /// It says two things.
    #[error("the step does both `{one}` and `{other}`; make two steps of it")]
    TwoVerbs {
        /// One.
        one: &'static str,
        /// And another.
        other: &'static str,
    },
    /// A key that means nothing here.
    #[error("`{key}` does not belong to `{verb}`; it takes {known}")]
    Stray {
        /// The key.
        key: &'static str,
        /// What the step does.
        verb: &'static str,
        /// Which keys it takes.
        known: String,
    },
    /// A key that must be there.
    #[error("`{verb}` needs `{key}`")]
    Missing {
        /// What the step does.
        verb: &'static str,
        /// What it lacks.
        key: &'static str,
    },
    /// A node that is none.
    #[error("there is no node {name:?}; the nodes are {known}")]
    UnknownNode {
        /// What was asked for.
        name: String,
        /// Which there are.
        known: String,
    },
    /// A node that does not run at that time.
    #[error("{name} is stopped by then; `start` it first")]
    Stopped {
        /// Which.
        name: String,
    },
    /// A node that runs already.
    #[error("{name} runs already; `stop` it first")]
    Running {
        /// Which.
        name: String,
    },
    /// No node runs at that time.
    #[error("no node runs by then; `start` one first")]
    NobodyRuns,
    /// A range that holds nothing.
    #[error("the range from {from} to {to} is empty; count from 1 upwards")]
    EmptyRange {
        /// Its first number.
        from: u64,
        /// Its last.
        to: u64,
    },
    /// A range that always writes the same key.
    #[error("neither `key` nor `value` holds {{i}}, so that every write is the same")]
    NoPlaceholder,
    /// It expects nothing.
    #[error("`expect` is empty; say what must hold")]
    NothingExpected,
}
