//! The commands and their options. The text of `--help` stands here.
//!
//! | module | options of |
//! |---|---|
//! | `network` | `up` |
//! | `genesis` | `genesis` |
//! | `node` | `keys`, `init`, `run` |
//! | `document` | `put`, `edit`, `type`, `get`, `docs`, `watch`, `import` |
//! | `past` | `history`, `diff`, `conflicts` |
//! | `graph` | `events`, `milestones`, `milestone`, `evidence`, `leader`, `graph` |
//! | `value` | none: the parsers of single values |

mod document;
mod genesis;
mod graph;
mod network;
mod node;
mod past;
mod value;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use document::LevelArg;
pub(crate) use document::{DocsArgs, EditArgs, GetArgs, ImportArgs, PutArgs, TypeArgs, WaitArg, WatchArgs};
pub(crate) use genesis::{GenesisCommand, GenesisNewArgs, GenesisShowArgs, PaceArg, WritersArg};
pub(crate) use graph::{
    EventsArgs, EvidenceArgs, ExportArgs, GraphArgs, GraphCommand, GraphFormat, LeaderCommand, MilestoneCommand,
    MilestonesArgs, SealArgs,
};
pub use network::{UpArgs, VerbosityArgs};
pub use node::RunArgs;
pub(crate) use node::{InitArgs, KeysCommand, KeysExportArgs, KeysImportArgs};
pub(crate) use past::{ConflictsArgs, DiffArgs, HistoryArgs};

use value::url;

/// Shared state for parties who do not trust each other.
#[derive(Debug, Parser)]
#[command(name = "quorate", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The options that every command takes.
#[derive(Debug, Default, Args)]
pub struct Global {
    /// URL of the node [default: http://127.0.0.1:8080]
    #[arg(long, global = true, value_delimiter = ',', value_parser = url)]
    pub url: Vec<String>,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Directory of the nodes' homes, one directory per node [default: ~/.quorate]
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// File with the token to send [default: $QUORATE_TOKEN, then the token file of the node below --home]
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a whole network on this machine, one process per node
    Up(UpArgs),
    /// Create or show a genesis
    #[command(subcommand)]
    Genesis(GenesisCommand),
    /// Create, show, import or export the key of a node
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Create the home of a node with its key and its token
    Init(InitArgs),
    /// Run one node
    Run(RunArgs),
    /// Set a document, or the value at a pointer inside it
    Put(PutArgs),
    /// Apply edits (insert, remove, move, add, make, set, delete), a JSON Patch or a merge patch to a document
    Edit(EditArgs),
    /// Write a text together with others: append each line that you type, and show the lines of all writers
    Type(TypeArgs),
    /// Show a document, or the value at a pointer inside it
    Get(GetArgs),
    /// List the documents and their digests
    Docs(DocsArgs),
    /// Show a document, then each change of it
    Watch(WatchArgs),
    /// List the changes of a document with their authors and milestones
    History(HistoryArgs),
    /// Compare a document at two moments
    Diff(DiffArgs),
    /// List the concurrent writes of a document
    Conflicts(ConflictsArgs),
    /// Write a JSON file into a document, record by record, at one node or at several
    Import(ImportArgs),
    /// Show the state of the node
    Status,
    /// List the peers of the node
    Peers,
    /// List the problems of the node, each with its remedy
    Doctor,
    /// List the events of the node
    Events(EventsArgs),
    /// List the milestones, or show one with its signers
    Milestones(MilestonesArgs),
    /// Request a milestone
    #[command(subcommand)]
    Milestone(MilestoneCommand),
    /// Show, export or verify evidence of keys that signed conflicting statements
    Evidence(EvidenceArgs),
    /// Skip a leader
    #[command(subcommand)]
    Leader(LeaderCommand),
    /// Export the graph of events
    Graph(GraphArgs),
}
