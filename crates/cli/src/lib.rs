//! The command line of the binary `quorate`.
//!
//! Words: [glossary](../../../docs/glossary.md).
//!
//! Every command is a client of a node's HTTP interface, except those that work on files (`genesis`, `keys`, `init`) and
//! the two that run nodes: `run`, one node in this process, and `up`, a network of processes like this one.
//!
//! | module | what it holds |
//! |---|---|
//! | `args`, `dispatch`, `exit` | the commands and their options; the call of a command; exit codes |
//! | `options` | the options of `run`, completed for [`quorate_node::run`] |
//! | `network_file` | `network.json`, by which a URL is a node of this machine |
//! | `http`, `stream`, `follow`, `token` | requests, server-sent events, events of one document, the choice of node and token |
//! | `output`, `error`, `view`, `patches` | the only place that prints; errors with their remedies; answers and changes as text |
//! | `documents`, `edit`, `typing`, `history`, `diff`, `import` | clients that read and write documents |
//! | `inspect`, `doctor`, `graph` | clients that look at a node |
//! | `evidence` | the evidence of a node, and a file that can be verified without a node |
//! | `genesis`, `keys` | files |
//! | `up` | a whole network, live or by a scenario |
//!
//! The binary `quorate-lab` uses the client, the output and `up`, so these are public.
//!
//! Exit codes: 0 done, 1 degraded (the answer is incomplete, or the node is not healthy), 2 failed.

pub mod args;
mod dispatch;
pub mod error;
mod exit;
mod options;
pub mod output;
pub mod view;

pub mod network_file;

mod follow;
pub mod http;
pub mod stream;
pub mod token;
pub mod wait;

mod diff;
mod doctor;
pub mod documents;
mod edit;
mod evidence;
mod graph;
mod history;
mod import;
mod inspect;
mod patches;
mod typing;

mod genesis;
mod keys;
pub mod up;

pub use dispatch::{main, run_node};
pub use error::CliError;
pub use exit::Exit;
pub use http::HttpError;
pub use import::{ImportError, RecordError};
pub use up::UpError;

#[cfg(test)]
mod tests;
