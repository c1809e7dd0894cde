//! The options of `up`.

use std::path::PathBuf;

use clap::Args;

use quorate_node::run::TrustedMilestone;

use super::value::{stake, trusted};

/// `up`.
#[derive(Debug, Args)]
pub struct UpArgs {
    /// How many nodes [default: 4, or as the scenario or --stake says]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub nodes: Option<u16>,
    /// The stake of each node, or one for all [default: 100]
    #[arg(long, value_delimiter = ',', value_name = "STAKE,…", value_parser = stake)]
    pub stake: Vec<u128>,
    /// HTTP of the first node; the others follow, and libp2p is 1000 above
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Play this scenario, judge it, and end
    #[arg(long, value_name = "FILE", conflicts_with_all = ["nodes", "stake"])]
    pub scenario: Option<PathBuf>,
    /// Throw away what an earlier `up` left in this home
    #[arg(long)]
    pub reset: bool,
    /// A milestone that you know to be true, for every node: one that is told another at its height stops
    #[arg(long, value_name = "HEIGHT:ID", value_parser = trusted)]
    pub trusted_milestone: Option<TrustedMilestone>,
    /// How much it prints meanwhile
    #[command(flatten)]
    pub telling: TellingArgs,
}

impl UpArgs {
    /// A network of equal nodes that is there for one command.
    pub fn passing(nodes: u16, port: u16) -> Self {
        let (stake, telling) = (Vec::new(), TellingArgs::default());
        Self { nodes: Some(nodes), stake, port, scenario: None, reset: true, trusted_milestone: None, telling }
    }
}

/// How much `up` tells while the network runs.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct TellingArgs {
    /// Tell only what goes wrong
    #[arg(long, conflicts_with = "scenario")]
    pub quiet: bool,
    /// Tell each step of agreement: request, pre-prepare, prepare, commit, reply
    #[arg(long, conflicts_with_all = ["quiet", "scenario"])]
    pub verbose: bool,
}
