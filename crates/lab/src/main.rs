//! The binary `quorate-lab`: networks of Quorate in virtual time, and load on networks of processes.
//!
//! Words: [glossary](../../../docs/glossary.md).
//!
//! | module | what it holds |
//! |---|---|
//! | `args` | the commands and their options |
//! | `sim` | `emulate`, `plots`, `fuzz`, `replay`, `play`, `speed`: production replicas in a world of virtual time |
//! | `bench` | `bench`: a network of processes, measured; each node is a process of this program, by its hidden command `run` |
//! | `error` | errors with their remedies |
//!
//! Printer and exit codes are those of `quorate`: 0 done, 1 degraded, 2 failed.

mod args;
mod bench;
mod error;
mod sim;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use quorate_cli::output::{self, Printer};
use quorate_cli::token::ClientOptions;
use quorate_cli::{Exit, run_node};

use args::{LabCli, LabCommand};
use error::LabError;

fn main() -> ExitCode {
    ExitCode::from(run(std::env::args_os().collect()))
}

fn run(arguments: Vec<OsString>) -> u8 {
    let json = arguments.iter().any(|argument| argument == "--json");
    let cli = match LabCli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return output::usage(json, &error),
    };
    let output = Printer::new(cli.global.json);
    match dispatch(cli, output) {
        Ok(exit) => exit.code(),
        Err(error) => output.fail(&error),
    }
}

fn dispatch(cli: LabCli, output: Printer) -> Result<Exit, LabError> {
    let access = ClientOptions::new(&cli.global)?;
    match cli.command {
        LabCommand::Emulate(args) => sim::emulate::emulate(&args, &output),
        LabCommand::Plots(args) => sim::plots::plots(&args, output),
        LabCommand::Fuzz(args) => sim::fuzz::fuzz(&args, output),
        LabCommand::Replay(args) => sim::replay::replay(&args, output),
        LabCommand::Play(args) => sim::play::play(&args, output),
        LabCommand::Speed(args) => sim::speed::speed(&args, output),
        LabCommand::Bench(args) => bench::bench(&args, &access, &output),
        LabCommand::Run(args) => {
            run_node(args, &access)?;
            Ok(Exit::Done)
        }
    }
}

#[cfg(test)]
mod tests;
