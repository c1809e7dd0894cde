//! Parses the command line, and calls the command.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command, GenesisCommand, LeaderCommand, MilestoneCommand, RunArgs};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, Printer};
use crate::token::ClientOptions;
use crate::{
    diff, doctor, documents, edit, evidence, genesis, graph, history, import, inspect, keys, options, typing, up,
};

/// Parses the arguments, runs the command, and returns its exit code.
pub fn main() -> ExitCode {
    ExitCode::from(run(std::env::args_os().collect()))
}

pub(crate) fn run(arguments: Vec<OsString>) -> u8 {
    let json = arguments.iter().any(|argument| argument == "--json");
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return output::usage(json, &error),
    };
    let output = Printer::new(cli.global.json);
    match dispatch(cli, &output) {
        Ok(exit) => exit.code(),
        Err(error) => output.fail(&error),
    }
}

fn dispatch(cli: Cli, output: &Printer) -> Result<Exit, CliError> {
    let access = ClientOptions::new(&cli.global)?;
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
pub fn run_node(args: RunArgs, access: &ClientOptions) -> Result<(), CliError> {
    let options = options::resolve(args, access)?;
    quorate_node::run::run(options).map_err(|error| CliError::Run(Box::new(error)))
}
