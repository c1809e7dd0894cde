//! The commands and their options. The text of `--help` stands here.
//!
//! | module | whose options |
//! |---|---|
//! | `network` | `up` |
//! | `genesis` | `genesis` |
//! | `node` | `keys`, `init`, `run` |
//! | `document` | `put`, `edit`, `type`, `get`, `docs`, `watch`, `import` |
//! | `past` | `history`, `diff`, `conflicts` |
//! | `graph` | `events`, `milestones`, `milestone`, `evidence`, `leader`, `graph` |
//! | `value` | none: how a value is read from a word |

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
pub use network::{TellingArgs, UpArgs};
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

/// What every command takes.
#[derive(Debug, Default, Args)]
pub struct Global {
    /// The node to ask [default: http://127.0.0.1:8080]
    #[arg(long, global = true, value_delimiter = ',', value_parser = url)]
    pub url: Vec<String>,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Where nodes live, each in a directory of its name [default: ~/.quorate]
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// The token to show; else $QUORATE_TOKEN, else the node's own below --home
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a whole network on this machine, one process per node
    Up(UpArgs),
    /// Make or show a genesis
    #[command(subcommand)]
    Genesis(GenesisCommand),
    /// Make, show, import or export a node's key
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Make the home of a node: its key and its token
    Init(InitArgs),
    /// Run one node
    Run(RunArgs),
    /// Set a document, or the value at a pointer inside it
    Put(PutArgs),
    /// Edit a document: insert, remove, move, add, make, set, delete; or a JSON Patch, or a merge patch
    Edit(EditArgs),
    /// Type a text together with others, line by line: what you type is appended, what anybody types is shown
    Type(TypeArgs),
    /// Show a document, or the value at a pointer inside it
    Get(GetArgs),
    /// The documents and their digests
    Docs(DocsArgs),
    /// Show a document, and what changes in it
    Watch(WatchArgs),
    /// Who changed what in a document, and which milestone covers it
    History(HistoryArgs),
    /// What differs between a document then and now, or between two moments
    Diff(DiffArgs),
    /// What was written to a document concurrently
    Conflicts(ConflictsArgs),
    /// Write a JSON file into a document, record by record, at one node or at several
    Import(ImportArgs),
    /// Where the node stands
    Status,
    /// Whom the node knows
    Peers,
    /// What is wrong, and what to do about it
    Doctor,
    /// The events that the node holds
    Events(EventsArgs),
    /// The milestones, or one of them with its signers
    Milestones(MilestonesArgs),
    /// Ask for a milestone
    #[command(subcommand)]
    Milestone(MilestoneCommand),
    /// Who signed what an honest key never signs; written to a file, and checked by anybody
    Evidence(EvidenceArgs),
    /// Move on from a leader
    #[command(subcommand)]
    Leader(LeaderCommand),
    /// Export the graph of events
    Graph(GraphArgs),
}
