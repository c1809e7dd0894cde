//! `quorate up`: a whole network on this machine, one process per node.
//!
//! ```text
//!  arguments or a scenario -> Plan -> homes, keys, genesis.json, network.json -> Children (quorate run n1 …)
//!                                                                                    |  all answer /readyz
//!                                        a live table until Ctrl-C   <---------------+--------------->  Player: the steps, judged
//! ```
//! Each child ends when its standard input, a pipe from this process, closes. So no child outlives this process.

mod children;
pub(crate) mod error;
mod homes;
mod live;
mod plan;
mod player;
mod ready;
mod rounds;
mod signals;
mod stakes;
mod step_listener;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use quorate_scenario::{Ending, Scenario};

pub use error::UpError;

use self::children::Children;
use self::plan::Plan;
pub(crate) use self::signals::Stop;
use super::args::UpArgs;
use super::error::{CliError, file_error};
use super::http::Client;
use super::output::Printer;
use super::token::ClientOptions;
use crate::exit::Exit;

/// `up`.
pub fn up(args: UpArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, CliError> {
    let scenario = args.scenario.as_deref().map(read_scenario).transpose()?;
    let home = HomeLocation::choose(access, scenario.is_some());
    let plan = match &scenario {
        Some(scenario) => Plan::of_scenario(scenario, home.path(), args.port)?,
        None => Plan::of_arguments(&args, home.path())?,
    };
    let result = run(&plan, scenario.as_ref(), &args, output);
    home.leave(matches!(result, Ok(Exit::Done)), *output);
    result
}

/// A scenario file.
pub fn read_scenario(path: &Path) -> Result<Scenario, CliError> {
    let text = fs::read_to_string(path).map_err(file_error(path))?;
    Ok(Scenario::parse(&text, &path.display().to_string())?)
}

fn run(plan: &Plan, scenario: Option<&Scenario>, args: &UpArgs, output: &Printer) -> Result<Exit, CliError> {
    let stop = Stop::on_signals()?;
    plan.check_ports()?;
    let network = homes::prepare(plan, args.reset, scenario.is_some())?;
    let trusted = args.trusted_milestone.map(|trusted| format!("--trusted-milestone={trusted}"));
    let mut children = Children::new(plan)?.with(trusted.into_iter().collect());
    children.start_all()?;
    if !ready::wait_for_all(plan, &mut children, &stop)? {
        children.end_all();
        return Ok(Exit::Done);
    }
    ready::announce(plan, &network, &children, output)?;
    let result = match scenario {
        Some(scenario) => player::play(scenario, plan, &mut children, &stop, *output),
        None => live::watch(plan, &mut children, &stop, args.verbosity.into(), *output),
    };
    children.end_all();
    result
}

/// A network that lives as long as the closure that uses it.
pub struct PassingNetwork {
    access: ClientOptions,
    plan: Plan,
    children: Children,
}

impl PassingNetwork {
    /// Starts it, and waits until all nodes answer; `None` if a signal arrived before.
    fn start(args: &UpArgs, place: &HomeLocation, more: Vec<String>) -> Result<Option<Self>, CliError> {
        let plan = Plan::of_arguments(args, place.path())?;
        let stop = Stop::on_signals()?;
        plan.check_ports()?;
        homes::prepare(&plan, args.reset, true)?;
        let mut children = Children::new(&plan)?.with(more);
        children.start_all()?;
        if !ready::wait_for_all(&plan, &mut children, &stop)? {
            children.end_all();
            return Ok(None);
        }
        Ok(Some(Self { access: ClientOptions::of_home(place.path()), plan, children }))
    }

    /// A client for each node, with its token.
    pub fn writers(&self) -> Result<Vec<Client>, CliError> {
        self.plan.nodes.iter().map(|node| self.access.writer_at(&node.url())).collect()
    }

    /// Kills a node with SIGKILL.
    pub fn kill(&mut self, index: usize) -> Result<(), CliError> {
        Ok(self.children.stop(index, Ending::Kill)?)
    }

    /// The nodes' processes.
    pub fn pids(&self) -> Vec<u32> {
        (0..self.plan.nodes.len()).filter_map(|index| self.children.pid(index)).collect()
    }
}

/// Runs a closure with a new network whose nodes get these further arguments, and ends the network.
pub fn in_a_passing_network<E: From<CliError>>(
    args: &UpArgs,
    access: &ClientOptions,
    more: Vec<String>,
    work: impl FnOnce(&mut PassingNetwork) -> Result<Exit, E>,
) -> Result<Exit, E> {
    let place = HomeLocation::choose(access, true);
    let Some(mut network) = PassingNetwork::start(args, &place, more)? else {
        return Ok(Exit::Done);
    };
    let result = work(&mut network);
    network.children.end_all();
    if matches!(place, HomeLocation::Passing(_)) {
        // A leftover in the temporary directory does no harm.
        let _left = fs::remove_dir_all(place.path());
    }
    result
}

/// The directory of the homes.
enum HomeLocation {
    /// The given one, or the default.
    Kept(PathBuf),
    /// A temporary directory for a scenario without --home. It is kept if the scenario fails.
    Passing(PathBuf),
}

impl HomeLocation {
    fn choose(access: &ClientOptions, scenario: bool) -> Self {
        if !scenario || access.home_is_named() {
            return Self::Kept(access.home().to_path_buf());
        }
        Self::Passing(env::temp_dir().join(format!("quorate-scenario-{}", process::id())))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) | Self::Passing(path) => path,
        }
    }

    fn leave(&self, done: bool, output: Printer) {
        match self {
            Self::Passing(path) if done => {
                // A leftover in the temporary directory does no harm.
                let _left = fs::remove_dir_all(path);
            }
            Self::Passing(path) if path.exists() => {
                output.warn(&format!("the nodes' homes and logs are left in {}", path.display()));
            }
            _ => {}
        }
    }
}
