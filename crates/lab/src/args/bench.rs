//! The options of `bench`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `bench`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    pub(crate) command: Option<BenchCommand>,
    /// Number of nodes
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) nodes: u16,
    /// HTTP port of the first node; the other nodes take the next ones, libp2p takes the ports 1000 above
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Number of writes at full speed
    #[arg(long, default_value_t = 20_000)]
    pub(crate) writes: usize,
    /// Bytes per value
    #[arg(long, default_value_t = 256)]
    pub(crate) bytes: usize,
    /// Number of writers, each with one outstanding write
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) connections: u16,
    /// Create one event per write
    #[arg(long)]
    pub(crate) one_event_each: bool,
    /// Writes per second of the steady part
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) rate: u16,
    /// Length of the steady part in seconds
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u16,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Replay a recorded editing session on a network with its concurrency, and compare the texts of all nodes
    Trace(TraceArgs),
    /// Submit signed events at full speed or at a fixed rate
    Events(BenchEventsArgs),
    /// Measure how fast a late node takes history below milestones, in this process
    CatchUp(CatchUpArgs),
}

/// `bench events`.
#[derive(Debug, Args)]
pub(crate) struct BenchEventsArgs {
    /// Number of nodes
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) nodes: u16,
    /// Number of nodes to kill before the first event
    #[arg(long, default_value_t = 0)]
    pub(crate) dead: u16,
    /// HTTP port of the first node; the other nodes take the next ones, libp2p takes the ports 1000 above
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Number of events; rounded up to whole batches
    #[arg(long, default_value_t = 40_000)]
    pub(crate) events: usize,
    /// Bytes per event with one edit, signature included
    #[arg(long, default_value_t = 256)]
    pub(crate) bytes: usize,
    /// Edits per event; several edits are as small as possible
    #[arg(long, default_value_t = 1, value_parser = counted)]
    pub(crate) edits: usize,
    /// Events per request
    #[arg(long, default_value_t = 64, value_parser = counted)]
    pub(crate) batch: usize,
    /// Lanes per node, each with one outstanding request
    #[arg(long, default_value_t = 4, value_parser = counted)]
    pub(crate) lanes: usize,
    /// Events per second; 0 is full speed
    #[arg(long, default_value_t = 0)]
    pub(crate) rate: u32,
}

/// `bench catch-up`.
#[derive(Debug, Args)]
pub(crate) struct CatchUpArgs {
    /// Number of events, rounded up to whole milestones
    #[arg(long, default_value_t = 100_000)]
    pub(crate) events: usize,
    /// Approximate bytes per event, at least 236
    #[arg(long, default_value_t = 256)]
    pub(crate) bytes: usize,
    /// Events per milestone
    #[arg(long, default_value_t = 8_192, value_parser = clap::value_parser!(u64).range(1..=8_192))]
    pub(crate) covers: u64,
    /// Directory of the temporary store [default: the temporary directory of the system]
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
}

/// `bench trace`.
#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// Path of the trace: JSON in the format of github.com/josephg/editing-traces, plain or compressed with gzip
    pub(crate) file: PathBuf,
    /// Number of nodes; with --url, use those nodes of a demo network instead of starting one
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) nodes: u16,
    /// HTTP port of the first node; the other nodes take the next ones, libp2p takes the ports 1000 above
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Number of transactions to replay, from the first [default: all]
    #[arg(long, value_name = "N")]
    pub(crate) transactions: Option<usize>,
}

/// Parses a number from 1 to 1,024, the limit of edits per event and of events per request.
fn counted(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1_024).contains(number));
    number.ok_or_else(|| "expected a number from 1 to 1,024".to_owned())
}
