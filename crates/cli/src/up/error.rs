//! Errors of `up`.

use std::io;
use std::path::PathBuf;

/// Why a network does not start, or does not meet the expectations of its scenario.
#[derive(Debug, thiserror::Error)]
pub enum UpError {
    /// A port of a node is in use.
    #[error("port {port}, {used_for}, cannot be taken")]
    PortInUse {
        /// Which.
        port: u16,
        /// Its intended use.
        used_for: String,
        /// The error of the system.
        source: io::Error,
    },
    /// The ports of the last nodes exceed 65535.
    #[error("{nodes} nodes from port {port} on reach beyond port 65535")]
    PortRange {
        /// The first.
        port: u16,
        /// How many nodes.
        nodes: usize,
    },
    /// The home holds another network.
    #[error("{} holds another network: other members, stakes or parameters", home.display())]
    OtherNetwork {
        /// Which home.
        home: PathBuf,
    },
    /// The home holds a history, and a scenario begins without one.
    #[error("{} holds the history of an earlier run, and a scenario begins without one", home.display())]
    History {
        /// Which home.
        home: PathBuf,
    },
    /// The home holds what `up` did not make.
    #[error("{} was not made by `up`, and is left alone", path.display())]
    NotOurs {
        /// What was found.
        path: PathBuf,
    },
    /// A process cannot be started.
    #[error("{node} cannot be started")]
    Spawn {
        /// Which node.
        node: String,
        /// The error of the system.
        source: io::Error,
    },
    /// A process cannot be stopped.
    #[error("{node} cannot be stopped")]
    Signal {
        /// Which node.
        node: String,
        /// The error of the system.
        source: io::Error,
    },
    /// A process ended before it was ready, or in the middle of a scenario.
    #[error("{node} ended ({status}){}", last_words(log_end))]
    Ended {
        /// Which node.
        node: String,
        /// How.
        status: String,
        /// The last lines of its log.
        log_end: String,
        /// The whole log.
        log: PathBuf,
    },
    /// A node does not become ready.
    #[error("{node} is not ready after {within_ms} ms")]
    NotReady {
        /// Which node.
        node: String,
        /// How long it was given.
        within_ms: u64,
        /// Its log.
        log: PathBuf,
    },
    /// The running nodes do not come to hold the same.
    #[error("barrier: after {within_ms} ms the nodes still differ: {standing}")]
    Barrier {
        /// How long they were given.
        within_ms: u64,
        /// Where each stands.
        standing: String,
    },
    /// A milestone is not made, or not applied everywhere.
    #[error("seal: after {within_ms} ms M{height} is not at every node: {standing}")]
    Seal {
        /// How long they were given.
        within_ms: u64,
        /// Which milestone.
        height: u64,
        /// Where each stands.
        standing: String,
    },
    /// A write does not become what was waited for.
    #[error("the write at {node} is not {level} after {within_ms} ms")]
    Write {
        /// Which node.
        node: String,
        /// What was waited for.
        level: &'static str,
        /// For how long.
        within_ms: u64,
    },
    /// A signal ended the scenario.
    #[error("the scenario was interrupted")]
    Interrupted,
    /// The signal handlers cannot be installed.
    #[error("cannot listen for Ctrl-C")]
    Signals(#[source] io::Error),
}

fn last_words(log_end: &str) -> String {
    if log_end.is_empty() {
        return String::new();
    }
    format!("; its log ends:\n{log_end}")
}

impl UpError {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::PortInUse { .. } | Self::PortRange { .. } => "port",
            Self::OtherNetwork { .. } => "other_network",
            Self::History { .. } => "history",
            Self::NotOurs { .. } => "not_ours",
            Self::Spawn { .. } | Self::Signal { .. } | Self::Signals(_) => "process",
            Self::Ended { .. } => "node_ended",
            Self::NotReady { .. } => "not_ready",
            Self::Barrier { .. } => "barrier",
            Self::Seal { .. } => "seal",
            Self::Write { .. } => "write",
            Self::Interrupted => "interrupted",
        }
    }

    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::PortInUse { .. } | Self::PortRange { .. } => {
                "pass another --port; nodes take PORT, PORT+1, … and libp2p 1000 above".to_owned()
            }
            Self::OtherNetwork { .. } => {
                "pass --reset to throw it away, the options it was made with to go on, or another --home".to_owned()
            }
            Self::History { .. } => "pass --reset to throw it away, or leave --home out".to_owned(),
            Self::NotOurs { .. } => "pass another --home".to_owned(),
            Self::Ended { log, .. } | Self::NotReady { log, .. } => {
                format!("the whole log is {}", log.display())
            }
            Self::Barrier { .. } | Self::Seal { .. } | Self::Write { .. } => {
                "see the nodes' logs below the home, and give the step more with within_ms".to_owned()
            }
            Self::Spawn { .. } | Self::Signal { .. } | Self::Signals(_) | Self::Interrupted => {
                return None;
            }
        };
        Some(hint)
    }
}
