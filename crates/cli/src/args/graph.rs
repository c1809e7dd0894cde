//! The options of the commands that look at events, milestones and evidence, and ask for a milestone.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    /// Start after this cursor of the previous answer
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,
    /// Most events to list
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: u64,
}

#[derive(Debug, Args)]
pub(crate) struct MilestonesArgs {
    /// Show the milestone of this height with its signers
    pub(crate) height: Option<u64>,
    /// Most milestones to list, the last ones
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MilestoneCommand {
    /// Request a milestone that covers all events of the node
    Now(SealArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SealArgs {
    /// How long to wait for the milestone
    #[arg(long, default_value_t = 30_000)]
    pub(crate) timeout_ms: u64,
}

#[derive(Debug, Args)]
pub(crate) struct EvidenceArgs {
    /// Write the evidence to a file that can be verified without a node
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    /// Verify an exported file without a node
    #[arg(long, value_name = "FILE", conflicts_with = "export")]
    pub(crate) verify: Option<PathBuf>,
    /// With --verify: the genesis whose network and members the evidence must match
    #[arg(long, value_name = "FILE", requires = "verify")]
    pub(crate) genesis: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LeaderCommand {
    /// Vote to skip the leader of the current view
    Skip,
}

#[derive(Debug, Args)]
pub(crate) struct GraphArgs {
    #[command(subcommand)]
    pub(crate) command: GraphCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GraphCommand {
    /// Print the graph
    Export(ExportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Format
    #[arg(long, value_enum)]
    pub(crate) format: GraphFormat,
    /// Number of the node of `up`, from 1; 0 for all nodes [default: the node at --url]
    #[arg(long, value_name = "0..")]
    pub(crate) node: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    Json,
    Dot,
}
