//! The options of `genesis`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use quorate_event::Address;

use super::value::{member, stake};

#[derive(Debug, Subcommand)]
pub(crate) enum GenesisCommand {
    /// Create a genesis; the same options give the same network
    New(GenesisNewArgs),
    /// Show a genesis and the id of its network
    Show(GenesisShowArgs),
}

#[derive(Debug, Args)]
pub(crate) struct GenesisNewArgs {
    /// Members by the numbers of public demo keys: never use such a network for anything valuable
    #[arg(long, value_delimiter = ',', value_name = "S,…", required_unless_present = "member")]
    pub(crate) seeds: Vec<u64>,
    /// Stake of each seed, or one stake for all [default: 100]
    #[arg(long, value_delimiter = ',', value_name = "STAKE,…", value_parser = stake)]
    pub(crate) stake: Vec<u128>,
    /// Address and stake of a member with its own key
    #[arg(long, value_name = "ADDRESS:STAKE", value_parser = member)]
    pub(crate) member: Vec<(Address, u128)>,
    /// Human-readable name of the network
    #[arg(long, default_value = "quorate")]
    pub(crate) name: String,
    /// Time of the genesis, in milliseconds since the Unix epoch
    #[arg(long, default_value_t = 0)]
    pub(crate) time_ms: u64,
    /// Who may write
    #[arg(long, value_enum, default_value_t = WritersArg::Members)]
    pub(crate) writers: WritersArg,
    /// When milestones are made: automatically, or only after `milestone now`
    #[arg(long, value_enum, default_value_t = PaceArg::Automatic)]
    pub(crate) pace: PaceArg,
    /// Number of uncovered events that start a milestone at once
    #[arg(long)]
    pub(crate) min_events: Option<u64>,
    /// Age of an uncovered event that starts a milestone
    #[arg(long)]
    pub(crate) max_wait_ms: Option<u64>,
    /// Timer of a view
    #[arg(long)]
    pub(crate) view_timer_ms: Option<u64>,
    /// Most events that one milestone newly covers
    #[arg(long)]
    pub(crate) cut_events: Option<u64>,
    /// Most bytes of events that one milestone newly covers
    #[arg(long)]
    pub(crate) cut_bytes: Option<u64>,
    /// Write to this file instead of standard output
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
    /// Path of the genesis [default: genesis.json below --home]
    pub(crate) file: Option<PathBuf>,
}
