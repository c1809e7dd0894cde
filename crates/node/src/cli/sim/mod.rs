//! `quorate sim`: worlds of virtual time around the production replica.

mod emulate;

use super::Exit;
use super::args::SimCommand;
use super::error::CliError;
use super::output::Output;

/// `sim`.
pub(crate) fn sim(command: &SimCommand, output: &Output) -> Result<Exit, CliError> {
    match command {
        SimCommand::Emulate(args) => emulate::emulate(args, output),
    }
}
