//! The options of `bench`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `bench`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    pub(crate) command: Option<BenchCommand>,
    /// How many nodes
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) nodes: u16,
    /// HTTP of the first node; the others follow, and libp2p is 1000 above
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Writes at full speed
    #[arg(long, default_value_t = 20_000)]
    pub(crate) writes: usize,
    /// Bytes of each value
    #[arg(long, default_value_t = 256)]
    pub(crate) bytes: usize,
    /// Writers, each with one write under way
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) connections: u16,
    /// Make an event of every write
    #[arg(long)]
    pub(crate) one_event_each: bool,
    /// Writes a second of the steady part
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) rate: u16,
    /// Seconds of the steady part
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u16,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Type a recorded editing session at a network, with the concurrency that it had, and compare what all nodes show
    Trace(TraceArgs),
    /// Hand in events, each signed by itself, as fast as the nodes take them
    Events(BenchEventsArgs),
    /// Take the history of a network below its milestones, in this process, and say where the time goes
    CatchUp(CatchUpArgs),
}

/// `bench events`.
#[derive(Debug, Args)]
pub(crate) struct BenchEventsArgs {
    /// How many nodes
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) nodes: u16,
    /// How many of them are killed before anything is handed in
    #[arg(long, default_value_t = 0)]
    pub(crate) dead: u16,
    /// HTTP of the first node; the others follow, and libp2p is 1000 above
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// How many events; rounded up to whole batches
    #[arg(long, default_value_t = 40_000)]
    pub(crate) events: usize,
    /// Bytes of an event with one edit, signature included
    #[arg(long, default_value_t = 256)]
    pub(crate) bytes: usize,
    /// Edits of an event; more than one are as small as they can be
    #[arg(long, default_value_t = 1, value_parser = counted)]
    pub(crate) edits: usize,
    /// Events of a request
    #[arg(long, default_value_t = 64, value_parser = counted)]
    pub(crate) batch: usize,
    /// Lanes that are written to at each node, each with one request under way
    #[arg(long, default_value_t = 4, value_parser = counted)]
    pub(crate) lanes: usize,
    /// Events a second; 0 is as fast as they are taken
    #[arg(long, default_value_t = 0)]
    pub(crate) rate: u32,
}

/// `bench catch-up`.
#[derive(Debug, Args)]
pub(crate) struct CatchUpArgs {
    /// How many events, made up to whole milestones
    #[arg(long, default_value_t = 100_000)]
    pub(crate) events: usize,
    /// Bytes of each event, about; none is smaller than 236
    #[arg(long, default_value_t = 256)]
    pub(crate) bytes: usize,
    /// Events that each milestone covers
    #[arg(long, default_value_t = 8_192, value_parser = clap::value_parser!(u64).range(1..=8_192))]
    pub(crate) covers: u64,
    /// Where the store is made, for as long as it lasts [default: where temporary files are]
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
}

/// `bench trace`.
#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// The trace: JSON as github.com/josephg/editing-traces describes it, plain or compressed by gzip
    pub(crate) file: PathBuf,
    /// How many nodes; with --url, type at those nodes of a demonstration instead of starting a network
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) nodes: u16,
    /// HTTP of the first node; the others follow, and libp2p is 1000 above
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Type only so many transactions, from the first [default: all]
    #[arg(long, value_name = "N")]
    pub(crate) transactions: Option<usize>,
}

/// A number from 1 to 1,024: as many edits as an event has, and as many events as a request.
fn counted(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1_024).contains(number));
    number.ok_or_else(|| "a number from 1 to 1,024".to_owned())
}
