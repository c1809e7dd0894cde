//! The command line of the binary `quorate`.
//!
//! Every command is a client of a node's HTTP interface, except those that work on files (`genesis`, `keys`, `init`) and
//! the two that run nodes: `run`, one node in this process, and `up`, a network of processes like this one.
//!
//! | module | what it holds |
//! |---|---|
//! | `args` | the commands and their options |
//! | `options` | the options of `run`, completed for [`quorate_node::run`] |
//! | `network_file` | `network.json`, by which a URL is a node of this machine |
//! | `http`, `stream`, `follow`, `token` | requests, server-sent events, events of one document, the choice of node and token |
//! | `output`, `error`, `view`, `patches` | the only place that prints; errors with their remedies; answers and changes as text |
//! | `documents`, `edit`, `typing`, `history`, `diff`, `import` | clients that read and write documents |
//! | `inspect`, `doctor`, `graph` | clients that look at a node |
//! | `evidence` | the evidence of a node, and a file that can be verified without a node |
//! | `genesis`, `keys` | files |
//! | `up` | a whole network, live or by a scenario |
//!
//! The binary `quorate-lab` uses the client, the output and `up`, so these are public.
//!
//! Exit codes: 0 done, 1 degraded (the answer is incomplete, or the node is not healthy), 2 failed.

pub mod args;
pub mod error;
mod options;
pub mod output;
pub mod view;

pub mod network_file;

mod follow;
pub mod http;
pub mod stream;
pub mod token;
pub mod wait;

mod diff;
mod doctor;
pub mod documents;
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
pub mod up;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

pub use error::CliError;
pub use http::HttpError;
pub use import::{ImportError, RecordError};
pub use up::UpError;

use args::{Cli, Command, GenesisCommand, LeaderCommand, MilestoneCommand, RunArgs};
use output::Output;
use token::Access;

/// How a command ended, if it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The command did all that it should.
    Done,
    /// The answer is incomplete, or shows a problem.
    Degraded,
    /// A check failed, and the output already shows it.
    Failed,
}

impl Exit {
    /// The exit code of the process.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Degraded => 1,
            Self::Failed => 2,
        }
    }
}

/// Parses the arguments, runs the command, and returns its exit code.
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
            run_node(args, &access)?;
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
        Command::Graph(args) => graph::export(&args.command, &access, output),
    }
}

/// `run`: one node in this process.
///
/// # Errors
/// Why it did not start, or could not go on.
pub fn run_node(args: RunArgs, access: &Access) -> Result<(), CliError> {
    let options = options::resolve(args, access)?;
    quorate_node::run::run(options).map_err(|error| CliError::Run(Box::new(error)))
}

#[cfg(test)]
mod tests;
