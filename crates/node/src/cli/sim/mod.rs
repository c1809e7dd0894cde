//! `quorate sim`: worlds of virtual time around the production replica.

mod bench;
mod emulate;
mod fuzz;
mod play;
mod plots;
mod replay;

use super::Exit;
use super::args::SimCommand;
use super::error::CliError;
use super::output::Output;

/// `sim`.
pub(crate) fn sim(command: &SimCommand, output: &Output) -> Result<Exit, CliError> {
    match command {
        SimCommand::Emulate(args) => emulate::emulate(args, output),
        SimCommand::Plots(args) => plots::plots(args, *output),
        SimCommand::Fuzz(args) => fuzz::fuzz(args, *output),
        SimCommand::Replay(args) => replay::replay(args, *output),
        SimCommand::Play(args) => play::play(args, *output),
        SimCommand::Bench(args) => bench::bench(args, *output),
    }
}
