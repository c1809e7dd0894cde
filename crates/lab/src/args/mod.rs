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
pub(crate) struct LabCli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: LabCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LabCommand {
    /// Emulate latency and bandwidth, and measure the time from request to final
    Emulate(EmulateArgs),
    /// Draw latency, load and a partition as SVG files
    Plots(PlotsArgs),
    /// Simulate random faults for many seeds, and check safety and liveness
    Fuzz(FuzzArgs),
    /// Simulate one seed again, and shrink it if it fails
    Replay(ReplayArgs),
    /// Play a scenario file in virtual time, with the expectations of `quorate up --scenario`
    Play(PlayArgs),
    /// Measure seeds and simulated events per CPU time
    Speed(SpeedArgs),
    /// Measure a network of processes on this machine
    Bench(BenchArgs),
    /// Run one node of a network that is measured
    #[command(hide = true)]
    Run(RunArgs),
}
