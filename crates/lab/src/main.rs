//! The binary `quorate-lab`: networks of Quorate in virtual time, and load on networks of processes.
//!
//! | module | what it holds |
//! |---|---|
//! | `args` | the commands and their options |
//! | `sim` | `emulate`, `plots`, `fuzz`, `replay`, `play`, `speed`: production replicas in a world of virtual time |
//! | `bench` | `bench`: a network of processes, measured; each node is a process of this program, by its hidden command `run` |
//! | `error` | errors with their remedies |
//!
//! Output and exit codes are those of `quorate`: 0 done, 1 degraded, 2 failed.

mod args;
mod bench;
mod error;
mod sim;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use quorate_cli::output::{self, Output};
use quorate_cli::token::Access;
use quorate_cli::{Exit, run_node};

use args::{Cli, Command};
use error::LabError;

fn main() -> ExitCode {
    ExitCode::from(run(std::env::args_os().collect()))
}

fn run(arguments: Vec<OsString>) -> u8 {
    let json = arguments.iter().any(|argument| argument == "--json");
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return output::usage(json, &error),
    };
    let output = Output::new(cli.global.json);
    match dispatch(cli, output) {
        Ok(exit) => exit.code(),
        Err(error) => output.fail(&error),
    }
}

fn dispatch(cli: Cli, output: Output) -> Result<Exit, LabError> {
    let access = Access::new(&cli.global)?;
    match cli.command {
        Command::Emulate(args) => sim::emulate::emulate(&args, &output),
        Command::Plots(args) => sim::plots::plots(&args, output),
        Command::Fuzz(args) => sim::fuzz::fuzz(&args, output),
        Command::Replay(args) => sim::replay::replay(&args, output),
        Command::Play(args) => sim::play::play(&args, output),
        Command::Speed(args) => sim::speed::speed(&args, output),
        Command::Bench(args) => bench::bench(&args, &access, &output),
        Command::Run(args) => {
            run_node(args, &access)?;
            Ok(Exit::Done)
        }
    }
}

#[cfg(test)]
mod tests;
