//! The commands of `quorate-lab` and their options. The text of `--help` stands here.

mod bench;
mod sim;

use clap::{Parser, Subcommand};
use quorate_cli::args::{Global, RunArgs};

pub(crate) use bench::{BenchArgs, BenchCommand, BenchEventsArgs, CatchUpArgs, TraceArgs};
pub(crate) use sim::{EmulateArgs, FuzzArgs, PlayArgs, PlotsArgs, ReplayArgs, SpeedArgs};

/// Networks of Quorate in virtual time, and load on networks of processes.
#[derive(Debug, Parser)]
#[command(name = "quorate-lab", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// How long a client waits until enough members say that its request is final, under latency and bandwidth
    Emulate(EmulateArgs),
    /// Latency, load and a partition as drawings, all written by this one command
    Plots(PlotsArgs),
    /// Seed after seed, whatever can go wrong: what must hold, holds, and a healed quorum goes on
    Fuzz(FuzzArgs),
    /// One seed again, and what of it can be left out if it fails
    Replay(ReplayArgs),
    /// A scenario file in virtual time, judged as `quorate up --scenario` judges it
    Play(PlayArgs),
    /// How many seeds, and how many simulated events, a second of CPU time takes
    Speed(SpeedArgs),
    /// Measure a network of processes on this machine
    Bench(BenchArgs),
    /// Run one node of a network that is measured
    #[command(hide = true)]
    Run(RunArgs),
}
