//! The options of `genesis`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use quorate_event::Address;

use super::value::{member, stake};

#[derive(Debug, Subcommand)]
pub(crate) enum GenesisCommand {
    /// Write a genesis; the same options give the same network
    New(GenesisNewArgs),
    /// Show a genesis and the network it founds
    Show(GenesisShowArgs),
}

#[derive(Debug, Args)]
pub(crate) struct GenesisNewArgs {
    /// Members by the numbers of public demo keys; makes a demonstration, nothing of worth belongs in it
    #[arg(long, value_delimiter = ',', value_name = "S,…", required_unless_present = "member")]
    pub(crate) seeds: Vec<u64>,
    /// The stake of each seed, or one for all [default: 100]
    #[arg(long, value_delimiter = ',', value_name = "STAKE,…", value_parser = stake)]
    pub(crate) stake: Vec<u128>,
    /// A member with a key of its own, and its stake
    #[arg(long, value_name = "ADDRESS:STAKE", value_parser = member)]
    pub(crate) member: Vec<(Address, u128)>,
    /// A name for people
    #[arg(long, default_value = "quorate")]
    pub(crate) name: String,
    /// When it was written, in milliseconds since the Unix epoch
    #[arg(long, default_value_t = 0)]
    pub(crate) time_ms: u64,
    /// Who may write
    #[arg(long, value_enum, default_value_t = WritersArg::Members)]
    pub(crate) writers: WritersArg,
    /// When milestones are made: by work, or upon `milestone now` only
    #[arg(long, value_enum, default_value_t = PaceArg::Automatic)]
    pub(crate) pace: PaceArg,
    /// So many uncovered events are work at once
    #[arg(long)]
    pub(crate) min_events: Option<u64>,
    /// An uncovered event is work after so long
    #[arg(long)]
    pub(crate) max_wait_ms: Option<u64>,
    /// How long a view waits for its leader
    #[arg(long)]
    pub(crate) view_timer_ms: Option<u64>,
    /// Events that one milestone newly covers, at most
    #[arg(long)]
    pub(crate) cut_events: Option<u64>,
    /// Bytes that one milestone newly covers, at most
    #[arg(long)]
    pub(crate) cut_bytes: Option<u64>,
    /// Write here instead of to standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum WritersArg {
    Members,
    Open,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PaceArg {
    Automatic,
    Manual,
}

#[derive(Debug, Args)]
pub(crate) struct GenesisShowArgs {
    /// Which [default: genesis.json below --home]
    pub(crate) file: Option<PathBuf>,
}
