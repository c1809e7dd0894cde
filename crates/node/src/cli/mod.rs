//! The command line of the binary `quorate`.
//!
//! Every command is a client of a node's HTTP interface, except those that work on files (`genesis`, `keys`, `init`) and
//! the two that run nodes: `run`, one node in this process, and `up`, a network of processes like this one.
//!
//! | module | what it holds |
//! |---|---|
//! | `args` | the commands and their options |
//! | `options` | what `run` was told, for [`crate::run`] |
//! | `genesis_file`, `network_file` | `genesis.json`; `network.json`, by which a URL is a node of this machine |
//! | `http`, `stream`, `follow`, `token` | requests, server-sent events, those of one document, which token goes to which node |
//! | `output`, `error`, `view`, `patches` | the only place that prints; what goes wrong, with its fix; answers and changes as text |
//! | `documents`, `edit`, `typing`, `history`, `diff`, `import` | clients that read and write documents |
//! | `inspect`, `doctor`, `graph` | clients that look at a node |
//! | `evidence` | what a node has against somebody, and the file by which anybody can check it |
//! | `genesis`, `keys` | files |
//! | `up`, `bench` | a whole network, live, by a scenario, or measured |
//! | `sim` | a whole network in virtual time |
//!
//! Exit codes: 0 done, 1 degraded (it answered, but less than was asked for), 2 failed.

mod args;
mod error;
mod options;
mod output;
mod view;

pub mod genesis_file;
pub mod network_file;
mod peer_id;

mod follow;
mod http;
mod stream;
mod token;
mod wait;

mod bench;
mod diff;
mod doctor;
mod documents;
mod edit;
mod evidence;
mod graph;
mod history;
mod import;
mod inspect;
mod patches;
mod typing;

mod genesis;
mod keys;
mod sim;
mod up;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

pub use bench::{CatchUpError, EventsError, TraceError};
pub use error::CliError;
pub use http::HttpError;
pub use import::{ImportError, RecordError};
pub use options::{GenesisSource, RunOptions};
pub use up::UpError;

use args::{Cli, Command, GenesisCommand, LeaderCommand, MilestoneCommand};
use output::Output;
use token::Access;

/// How a command ended, if it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All that was asked for.
    Done,
    /// Less than was asked for.
    Degraded,
    /// Something must hold and does not; it was told already.
    Failed,
}

impl Exit {
    const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Degraded => 1,
            Self::Failed => 2,
        }
    }
}

/// Reads the arguments, does what they say, and tells how it went.
pub fn main() -> ExitCode {
    ExitCode::from(run(std::env::args_os().collect()))
}

fn run(arguments: Vec<OsString>) -> u8 {
    let json = arguments.iter().any(|argument| argument == "--json");
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return output::usage(json, &error),
    };
    let output = Output::new(cli.global.json);
    match dispatch(cli, &output) {
        Ok(exit) => exit.code(),
        Err(error) => output.fail(&error),
    }
}

fn dispatch(cli: Cli, output: &Output) -> Result<Exit, CliError> {
    let access = Access::new(&cli.global)?;
    match cli.command {
        Command::Up(args) => up::up(args, &access, output),
        Command::Genesis(GenesisCommand::New(args)) => genesis::create(args, output),
        Command::Genesis(GenesisCommand::Show(args)) => genesis::show(&args, &access, output),
        Command::Keys(command) => keys::keys(command, &access, output),
        Command::Init(args) => keys::init(&args, &access, output),
        Command::Run(args) => {
            let options = options::resolve(args, &access)?;
            let ended = crate::run::run(options);
            ended.map_err(|error| CliError::Run(Box::new(error)))?;
            Ok(Exit::Done)
        }
        Command::Put(args) => documents::put(&args, &access, output),
        Command::Edit(args) => edit::edit(&args, &access, output),
        Command::Type(args) => typing::type_lines(&args, &access, output),
        Command::Get(args) => documents::get(&args, &access, output),
        Command::Docs(args) => documents::docs(&args, &access, output),
        Command::Watch(args) => documents::watch(&args, &access, output),
        Command::History(args) => history::history(&args, &access, output),
        Command::Diff(args) => diff::diff(&args, &access, output),
        Command::Conflicts(args) => history::conflicts(&args, &access, output),
        Command::Import(args) => import::import(&args, &access, output),
        Command::Status => inspect::status(&access, output),
        Command::Peers => inspect::peers(&access, output),
        Command::Doctor => doctor::doctor(&access, output),
        Command::Events(args) => inspect::events(&args, &access, output),
        Command::Milestones(args) => inspect::milestones(&args, &access, output),
        Command::Milestone(MilestoneCommand::Now(args)) => inspect::seal(&args, &access, output),
        Command::Evidence(args) => evidence::evidence(&args, &access, output),
        Command::Leader(LeaderCommand::Skip) => inspect::skip_leader(&access, output),
        Command::Bench(args) => bench::bench(&args, &access, output),
        Command::Sim(command) => sim::sim(&command, output),
        Command::Graph(args) => graph::export(&args.command, &access, output),
    }
}

#[cfg(test)]
mod tests;
