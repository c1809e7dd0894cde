//! The options of the commands that look at events, milestones and evidence, and ask for a milestone.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    /// After this cursor, which the last answer named
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,
    /// How many, at most
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: u64,
}

#[derive(Debug, Args)]
pub(crate) struct MilestonesArgs {
    /// Only this one, with its signers
    pub(crate) height: Option<u64>,
    /// How many of the last, at most
    #[arg(long, default_value_t = 20)]
    pub(crate) limit: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MilestoneCommand {
    /// Make a milestone of all that the node holds
    Now(SealArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SealArgs {
    /// How long to wait for it
    #[arg(long, default_value_t = 30_000)]
    pub(crate) timeout_ms: u64,
}

#[derive(Debug, Args)]
pub(crate) struct EvidenceArgs {
    /// Write it to a file, by which anybody can check it
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    /// Check such a file; asks no node
    #[arg(long, value_name = "FILE", conflicts_with = "export")]
    pub(crate) verify: Option<PathBuf>,
    /// With --verify: the network it must be of, and whose members to look among
    #[arg(long, value_name = "FILE", requires = "verify")]
    pub(crate) genesis: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LeaderCommand {
    /// Vote to move on from the present leader
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
    /// In which form
    #[arg(long, value_enum)]
    pub(crate) format: GraphFormat,
    /// Of which node of `up`: 1 is the first, 0 all of them [default: the node at --url]
    #[arg(long, value_name = "0..")]
    pub(crate) node: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    Json,
    Dot,
}
