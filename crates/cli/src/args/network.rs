//! The options of `up`.

use std::path::PathBuf;

use clap::Args;

use quorate_node::run::TrustedMilestone;

use super::value::{stake, trusted};

/// `up`.
#[derive(Debug, Args)]
pub struct UpArgs {
    /// Number of nodes [default: 4, or the number in the scenario or --stake]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub nodes: Option<u16>,
    /// Stake of each node, or one stake for all [default: 100]
    #[arg(long, value_delimiter = ',', value_name = "STAKE,…", value_parser = stake)]
    pub stake: Vec<u128>,
    /// HTTP port of the first node; the other nodes take the next ones, libp2p takes the ports 1000 above
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Play this scenario, check its expectations, and end
    #[arg(long, value_name = "FILE", conflicts_with_all = ["nodes", "stake"])]
    pub scenario: Option<PathBuf>,
    /// Delete the homes of an earlier `up` first
    #[arg(long)]
    pub reset: bool,
    /// A milestone that you trust, for every node: a node that receives another one of this height stops
    #[arg(long, value_name = "HEIGHT:ID", value_parser = trusted)]
    pub trusted_milestone: Option<TrustedMilestone>,
    /// How much it prints while the network runs
    #[command(flatten)]
    pub verbosity: VerbosityArgs,
}

impl UpArgs {
    /// A network of equal nodes that lives as long as one command.
    pub fn passing(nodes: u16, port: u16) -> Self {
        let (stake, verbosity) = (Vec::new(), VerbosityArgs::default());
        Self { nodes: Some(nodes), stake, port, scenario: None, reset: true, trusted_milestone: None, verbosity }
    }
}

/// How much `up` prints while the network runs.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct VerbosityArgs {
    /// Print only warnings
    #[arg(long, conflicts_with = "scenario")]
    pub quiet: bool,
    /// Print each step of agreement: request, pre-prepare, prepare, commit, reply
    #[arg(long, conflicts_with_all = ["quiet", "scenario"])]
    pub verbose: bool,
}
