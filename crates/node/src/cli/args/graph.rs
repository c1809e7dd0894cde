//! The options of the commands that look at events and milestones, and ask for one.

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
