//! The live view of a running network: the state of each node, the rounds of agreement, and nodes that ended.

use serde_json::Value;

use super::UpError;
use super::children::Children;
use super::plan::Plan;
use super::rounds::Rounds;
use super::signals::Stop;
use super::stakes::Stakes;
use super::step_listener::{StepListener, StepOutput};
use crate::args::VerbosityArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::http::Client;
use crate::output::Printer;
use crate::view::{NodeNames, inline, short_id, table, text};
use crate::wait::Deadline;

/// Interval between two refreshes: long enough for a person to read a line.
const LOOK_MS: u64 = 1_000;
/// Moves the cursor to the start of the line and erases from there on.
const ERASE: &str = "\r\x1b[J";
/// Most characters of a line that is overwritten: a wrapped line could not be erased.
const WIDTH: usize = 79;

/// How much is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verbosity {
    /// Warnings only.
    Quiet,
    /// A live table on a terminal; elsewhere one line for each refresh with a new milestone.
    Usual,
    /// One line for each step of agreement.
    Verbose,
}

impl From<VerbosityArgs> for Verbosity {
    fn from(args: VerbosityArgs) -> Self {
        match args {
            VerbosityArgs { quiet: true, .. } => Self::Quiet,
            VerbosityArgs { verbose: true, .. } => Self::Verbose,
            VerbosityArgs { .. } => Self::Usual,
        }
    }
}

/// Shows the nodes, the rounds of agreement and the nodes that ended, until Ctrl-C. A node that ended is not restarted:
/// the user decides that.
pub(super) fn watch(
    plan: &Plan,
    children: &mut Children,
    stop: &Stop,
    verbosity: Verbosity,
    output: Printer,
) -> Result<Exit, CliError> {
    let mut watch = Watch::start(plan, stop, verbosity, output);
    watch.tell_formation()?;
    while !stop.is_asked() {
        while let Some(ended) = children.ended() {
            watch.drawn = 0;
            let hint = ended.hint().unwrap_or_default();
            output.warn(&format!("{ended}\n{hint}; bring it back: {}", again(plan, &ended)));
        }
        watch.look()?;
        let mut look = Deadline::after_ms(LOOK_MS);
        while !look.is_over() && !stop.is_asked() {
            look.pause();
        }
    }
    output.say("ending the nodes")?;
    Ok(Exit::Done)
}

struct Watch<'a> {
    plan: &'a Plan,
    clients: Vec<Client>,
    names: NodeNames,
    stakes: Stakes,
    steps: Option<StepListener>,
    verbosity: Verbosity,
    is_live: bool,
    output: Printer,
    /// Lines of the live table that the next refresh overwrites.
    drawn: usize,
    /// The nodes that answered at the last refresh.
    present: Vec<bool>,
    /// Number of milestones that were printed.
    printed: u64,
    /// The round under way at the last refresh, and whether it was printed.
    stuck: Option<(String, bool)>,
}

impl<'a> Watch<'a> {
    fn start(plan: &'a Plan, stop: &Stop, verbosity: Verbosity, output: Printer) -> Self {
        let clients: Vec<Client> = plan.nodes.iter().map(|node| Client::new(&node.url(), None)).collect();
        let stakes = Stakes::of(plan);
        let steps = match verbosity {
            Verbosity::Verbose => Some(StepOutput::Printed),
            Verbosity::Usual if !output.is_json() => Some(StepOutput::Kept),
            Verbosity::Usual | Verbosity::Quiet => None,
        };
        let listen =
            |steps| StepListener::listen(clients.clone(), Rounds::new(stakes.clone()), steps, stop.clone(), output);
        Self {
            steps: steps.map(listen),
            is_live: verbosity == Verbosity::Usual && output.is_live(),
            present: vec![true; clients.len()],
            names: NodeNames::new(Some(plan.network_file(&plan.genesis))),
            plan,
            clients,
            stakes,
            verbosity,
            output,
            drawn: 0,
            printed: 0,
            stuck: None,
        }
    }

    fn tell_formation(&self) -> Result<(), CliError> {
        if self.verbosity != Verbosity::Quiet {
            self.output.say(&self.stakes.formation())?;
        }
        for warning in self.stakes.warnings() {
            self.output.warn(&warning);
        }
        self.output.say("Ctrl-C ends it.\n")
    }

    fn look(&mut self) -> Result<(), CliError> {
        if self.is_live {
            let statuses: Vec<Option<Value>> =
                self.clients.iter().map(|client| client.get("/v1/status").ok()).collect();
            self.tell_present(statuses.iter().map(Option::is_some).collect())?;
            return self.draw(&statuses);
        }
        self.tell_present(self.clients.iter().map(|client| client.is_ok("/livez")).collect())?;
        self.tell_rounds()
    }

    /// Prints nodes that started or ended, and whether the network makes progress.
    fn tell_present(&mut self, present: Vec<bool>) -> Result<(), CliError> {
        if present == self.present {
            return Ok(());
        }
        self.drawn = 0;
        self.present = present;
        let standing = self.stakes.standing(&self.present);
        if standing.goes_on {
            return self.output.say(&standing.sentence);
        }
        self.output.warn(&standing.sentence);
        Ok(())
    }

    /// Prints the last accepted round if it is new, and a round under way once if it makes no progress.
    fn tell_rounds(&mut self) -> Result<(), CliError> {
        let Some(steps) = self.steps.as_ref().filter(|_| self.verbosity == Verbosity::Usual) else {
            return Ok(());
        };
        let (count, accepted, under_way) = {
            let rounds = steps.rounds();
            (rounds.count, rounds.accepted_line(), rounds.under_way_line())
        };
        if let Some(line) = accepted.filter(|_| count > self.printed) {
            let before = count - self.printed - 1;
            self.printed = count;
            let more = if before > 0 { format!(" (and {before} before it)") } else { String::new() };
            self.output.say(&format!("{line}{more}"))?;
        }
        let last = self.stuck.take();
        self.stuck = under_way.map(|line| (line, false));
        if let (Some((line, printed)), Some((before, was_printed))) = (&mut self.stuck, last)
            && *line == before
        {
            *printed = true;
            if !was_printed {
                self.output.say(&format!("{line}; under way"))?;
            }
        }
        Ok(())
    }

    fn draw(&mut self, statuses: &[Option<Value>]) -> Result<(), CliError> {
        let nodes = self.plan.nodes.iter().zip(statuses);
        let rows: Vec<Vec<String>> =
            nodes.map(|(node, status)| row(&node.name, status.as_ref(), &self.names)).collect();
        let head = ["node", "milestone", "view", "leader", "events", "uncovered", "merged", "final"];
        let rounds = self.steps.as_ref().map(|steps| steps.rounds().picture()).unwrap_or_default();
        let picture = format!("{}\n{rounds}", table(&head, &rows));
        let lines = picture.lines().map(|line| line.chars().take(WIDTH).chain(['\n']).collect::<String>());
        let picture: String = lines.collect();
        let up = if self.drawn > 0 { format!("\x1b[{}A", self.drawn) } else { String::new() };
        self.drawn = picture.lines().count();
        self.output.raw(&format!("{up}{ERASE}{picture}"))
    }
}

fn again(plan: &Plan, ended: &UpError) -> String {
    let name = match ended {
        UpError::Ended { node, .. } => node,
        _ => "NAME",
    };
    format!("quorate run {name} --home {}", plan.home.display())
}

fn row(name: &str, status: Option<&Value>, names: &NodeNames) -> Vec<String> {
    let Some(status) = status else {
        return vec![name.to_owned(), "away".to_owned()];
    };
    vec![
        name.to_owned(),
        format!("M{} {}", inline(&status["height"]), short_id(text(status, "/milestone"))),
        inline(&status["view"]),
        names.of(text(status, "/leader")),
        inline(&status["events"]),
        inline(&status["uncovered"]),
        digest(status, "/digests/merged"),
        digest(status, "/digests/final"),
    ]
}

fn digest(status: &Value, pointer: &str) -> String {
    text(status, pointer).chars().take(10).collect()
}
