//! The options of the commands that simulate.

use std::path::PathBuf;

use clap::Args;
use quorate_simulator::{FuzzProfile, SwarmProfile};

/// `fuzz`.
#[derive(Debug, Args)]
pub(crate) struct FuzzArgs {
    /// Kind of world: agreement (four members, milestone requests only), full (seven members, documents, failing disks) or
    /// twins (four members, one of them twice; a seed is the number of a scenario)
    #[arg(long)]
    pub(crate) profile: Option<FuzzProfile>,
    /// Number of seeds
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) seeds: u64,
    /// The first seed [default: random]
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Number of parallel runs [default: number of processors]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub(crate) jobs: Option<u16>,
}

/// `replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Which
    pub(crate) seed: u64,
    /// Profile of the seed
    #[arg(long, default_value_t = FuzzProfile::Swarm(SwarmProfile::Agreement))]
    pub(crate) profile: FuzzProfile,
    /// Most runs for shrinking
    #[arg(long, default_value_t = 200)]
    pub(crate) shrink_runs: usize,
}

/// `play`.
#[derive(Debug, Args)]
pub(crate) struct PlayArgs {
    /// Which
    pub(crate) scenario: PathBuf,
    /// Seed of links and disks
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// `speed`.
#[derive(Debug, Args)]
pub(crate) struct SpeedArgs {
    /// Seeds per profile; twins runs twenty times as many scenarios
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) seeds: u64,
}

/// `emulate`.
#[derive(Debug, Args)]
pub(crate) struct EmulateArgs {
    /// Number of members; several numbers are measured one after the other
    #[arg(long, value_delimiter = ',', value_name = "N,…", default_values_t = [10])]
    pub(crate) nodes: Vec<usize>,
    /// Transactions per request
    #[arg(long, value_delimiter = ',', value_name = "K,…", default_values_t = [100])]
    pub(crate) txs: Vec<usize>,
    /// Bytes per transaction on the wire
    #[arg(long, default_value_t = 315)]
    pub(crate) tx_bytes: usize,
    /// Greatest latency of a message; latencies are uniform from a tenth of it
    #[arg(long, default_value_t = 350, value_parser = clap::value_parser!(u64).range(..=60_000))]
    pub(crate) latency_ms: u64,
    /// Bandwidth of each connection in megabits per second; 0 is unlimited
    #[arg(long, value_delimiter = ',', value_name = "MBPS,…", default_value = "30", value_parser = megabits)]
    pub(crate) bandwidth_mbps: Vec<u64>,
    /// Number of runs with different seeds; the median is printed
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) runs: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Compute only the model of the published system, without replicas
    #[arg(long)]
    pub(crate) classic: bool,
    /// Measure every cell of the published table; exit 1 if one misses its target
    #[arg(long, conflicts_with_all = ["nodes", "txs", "tx_bytes", "latency_ms", "bandwidth_mbps"])]
    pub(crate) table: bool,
    /// Write the figures to this CSV file
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Draw the figures into this SVG file
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
}

/// `plots`.
#[derive(Debug, Args)]
pub(crate) struct PlotsArgs {
    /// Directory of the drawings; created if it is missing
    #[arg(long, value_name = "DIR", default_value = "docs/plots")]
    pub(crate) out: PathBuf,
    /// Seed of the links
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Measure only a few points of each drawing, in about a second
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
