//! The options of the commands that simulate.

use std::path::PathBuf;

use clap::Args;
use quorate_simulator::{FuzzProfile, SwarmProfile};

/// `fuzz`.
#[derive(Debug, Args)]
pub(crate) struct FuzzArgs {
    /// agreement: four members, bare seals; full: seven, documents, disks that fail; twins: four, one of them twice, all
    /// small scenarios by their numbers [default: agreement]
    #[arg(long)]
    pub(crate) profile: Option<FuzzProfile>,
    /// How many seeds
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) seeds: u64,
    /// The first seed; drawn unless told
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// How many at a time; as many as there are processors unless told
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub(crate) jobs: Option<u16>,
}

/// `replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Which
    pub(crate) seed: u64,
    /// Of which profile
    #[arg(long, default_value_t = FuzzProfile::Swarm(SwarmProfile::Agreement))]
    pub(crate) profile: FuzzProfile,
    /// How many runs may be spent on leaving things out
    #[arg(long, default_value_t = 200)]
    pub(crate) shrink_runs: usize,
}

/// `play`.
#[derive(Debug, Args)]
pub(crate) struct PlayArgs {
    /// Which
    pub(crate) scenario: PathBuf,
    /// What its links and disks draw from
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// `speed`.
#[derive(Debug, Args)]
pub(crate) struct SpeedArgs {
    /// Seeds of each profile; of twins, twenty times as many scenarios
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) seeds: u64,
}

/// `emulate`.
#[derive(Debug, Args)]
pub(crate) struct EmulateArgs {
    /// How many members; several, divided by commas, are measured one after the other
    #[arg(long, value_delimiter = ',', value_name = "N,…", default_values_t = [10])]
    pub(crate) nodes: Vec<usize>,
    /// Transactions of the request
    #[arg(long, value_delimiter = ',', value_name = "K,…", default_values_t = [100])]
    pub(crate) txs: Vec<usize>,
    /// Bytes of each transaction on the wire
    #[arg(long, default_value_t = 315)]
    pub(crate) tx_bytes: usize,
    /// The longest that a message travels; each takes a tenth of it to all of it
    #[arg(long, default_value_t = 350, value_parser = clap::value_parser!(u64).range(..=60_000))]
    pub(crate) latency_ms: u64,
    /// Megabits each second on each connection; 0 is unlimited
    #[arg(long, value_delimiter = ',', value_name = "MBPS,…", default_value = "30", value_parser = megabits)]
    pub(crate) bandwidth_mbps: Vec<u64>,
    /// Runs, each with a seed of its own, whose median is told
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) runs: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Only the law by which the published system behaves, without replicas
    #[arg(long)]
    pub(crate) classic: bool,
    /// Every cell of the published table; exit 1 if one is not as it shall be
    #[arg(long, conflicts_with_all = ["nodes", "txs", "tx_bytes", "latency_ms", "bandwidth_mbps"])]
    pub(crate) table: bool,
    /// Write the figures to this file, as comma-separated values
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Draw the figures into this file
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
}

/// `plots`.
#[derive(Debug, Args)]
pub(crate) struct PlotsArgs {
    /// The directory that the drawings are written to; made if it is not there
    #[arg(long, value_name = "DIR", default_value = "docs/plots")]
    pub(crate) out: PathBuf,
    /// What links draw from
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// A few points of each only, in a second
    #[arg(long)]
    pub(crate) quick: bool,
}

/// Megabits as bits.
fn megabits(text: &str) -> Result<u64, &'static str> {
    match text.parse::<f64>() {
        Ok(megabits) if (0.0..=1e9).contains(&megabits) => Ok((megabits * 1e6).round() as u64),
        _ => Err("expected megabits per second, such as 0.1 or 30; 0 is unlimited"),
    }
}
