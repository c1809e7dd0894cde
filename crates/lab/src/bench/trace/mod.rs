//! `quorate-lab bench trace`: a recorded editing session, typed at a running network with the concurrency that it had.
//!
//! ```text
//!  file -> Trace -> Turns -> Author 1 --signed events--> node 1 --gossip--> node 2 <--signed events-- Author 2 …
//!                              ^                    Board                                               ^
//!                              +---- what the others wrote, once the trace says that it was seen -------+
//!  all final at all nodes -> one text? that of endContent?
//! ```
//! Each agent is an author with a lane of its own, who folds what the trace says that it has seen, turns the positions
//! that it typed at into edits of what it sees, and signs them upon just that. Nothing is typed before it could be; the
//! time between two strokes is left out.

mod authors;
mod board;
mod desk;
mod finish;
mod read;
mod report;
mod turns;
mod typing;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use quorate_cli::Exit;
use quorate_cli::args::UpArgs;
use quorate_cli::http::{Client, HttpError};
use quorate_cli::output::Output;
use quorate_cli::token::Access;
use quorate_cli::up;
use quorate_cli::view::text;
use quorate_disk::home::HomeError;
use quorate_event::{DocumentEdits, EventError, EventId, Lane, NetworkId, SecretKeyError};
use quorate_replica::WriteError;
use quorate_scenario::{DemoSeed, demo_key};

use self::authors::{Author, Identity, Sight};
use self::board::Board;
use self::desk::NodeDesk;
use self::read::Trace;
use self::report::Report;
use self::turns::Turns;
use self::typing::Work;
use crate::args::TraceArgs;
use crate::error::LabError;

/// Why a trace could not be typed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TraceError {
    /// Not JSON, or JSON of another form.
    #[error("{} is no editing trace: {source}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Where, and what was expected.
        source: serde_json::Error,
    },
    /// Another kind of trace.
    #[error("{} is a trace of kind {kind:?}", path.display())]
    Kind {
        /// Which file.
        path: PathBuf,
        /// What it says that it is.
        kind: String,
    },
    /// A transaction that was made upon what did not exist.
    #[error("transaction {transaction} is made upon {parent}, which is not before it")]
    Parent {
        /// Which, from 0.
        transaction: usize,
        /// Upon which.
        parent: usize,
    },
    /// An agent that did two things at once: no lane allows that.
    #[error("transaction {transaction} of agent {agent} is not made upon that agent's transaction before it")]
    TwoAtOnce {
        /// Which, from 0.
        transaction: usize,
        /// Whose.
        agent: usize,
    },
    /// More parents than an event has.
    #[error("transaction {transaction} is made upon more than {limit} others' at once")]
    TooManyParents {
        /// Which, from 0.
        transaction: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A position that the text does not have. The trace was recorded where ties fell out differently, or it is broken.
    #[error("transaction {transaction} does not fit the text that its agent sees")]
    Position {
        /// Which, from 0.
        transaction: usize,
        /// Why not.
        source: WriteError,
    },
    /// The text could not be begun.
    #[error("the text cannot be written")]
    Edit {
        /// Why not.
        source: WriteError,
    },
    /// An event could not be signed.
    #[error("an event cannot be signed")]
    Sign(#[from] EventError),
    /// No demo key.
    #[error(transparent)]
    Key(#[from] SecretKeyError),
    /// A node did not learn what another one was told.
    #[error("{url} has not received {event} within {within_ms} ms")]
    NotArrived {
        /// Which event.
        event: EventId,
        /// Which node.
        url: String,
        /// How long was waited.
        within_ms: u64,
    },
    /// What was typed did not become final.
    #[error("not everything is final at {url} within {within_ms} ms")]
    NotFinal {
        /// Which node.
        url: String,
        /// How long was waited.
        within_ms: u64,
    },
    /// Events that a node lacks, or shows as void.
    #[error("{missing} events are not final at {url}")]
    Missing {
        /// Which node.
        url: String,
        /// How many.
        missing: usize,
    },
}

impl TraceError {
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Syntax { .. } | Self::Kind { .. } => {
                "traces are `sequential` or `concurrent`, as github.com/josephg/editing-traces describes them"
            }
            Self::TwoAtOnce { .. } | Self::TooManyParents { .. } => "type only the beginning: --transactions N",
            Self::NotArrived { .. } | Self::NotFinal { .. } => "ask the node: quorate doctor --url URL",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// `bench trace`.
pub(crate) fn trace(args: &TraceArgs, access: &Access, output: &Output) -> Result<Exit, LabError> {
    let trace = read::read(&args.file, args.transactions)?;
    let turns = Turns::of(&trace)?;
    let typed = |clients: &[Client]| type_at(args, &trace, &turns, clients)?.tell(output);
    if access.names_nodes() {
        let clients = access.urls(&[]).iter().map(|url| access.writer_at(url)).collect::<Result<Vec<_>, _>>()?;
        return typed(&clients);
    }
    let plan = UpArgs::passing(args.nodes, args.port);
    up::in_a_passing_network(&plan, access, Vec::new(), |network| typed(&network.writers()?))
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn type_at(args: &TraceArgs, trace: &Trace, turns: &Turns, clients: &[Client]) -> Result<Report, LabError> {
    let document = format!("trace-{:08x}", random()?);
    let authors = authors(turns.agents(), clients, &document)?;
    let desks = (0..turns.agents()).map(|agent| NodeDesk::open(clients[agent % clients.len()].clone()));
    let desks = desks.collect::<Result<Vec<_>, _>>()?;
    let board = Board::new(turns.all.len());
    let begun = Instant::now();
    let events = typing::all(&Work { trace, turns, board: &board }, authors, desks)?;
    let typing: Duration = begun.elapsed();
    finish::wait_until_final(clients, &events)?;
    let finality = begun.elapsed().saturating_sub(typing);
    let mut sight = Sight::default();
    events.iter().for_each(|written| sight.learn(written));
    let changes = |edits: &DocumentEdits| edits.edits.iter().map(quorate_event::Edit::count).sum::<usize>();
    Ok(Report {
        file: args.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        nodes: finish::shown(clients, &document)?,
        document,
        agents: turns.agents(),
        transactions: trace.transactions.len(),
        events: events.len(),
        changes: events.iter().flat_map(|written| written.edits()).map(changes).sum(),
        bytes: events.iter().map(|written| written.event.bytes().len()).sum(),
        typing,
        finality,
        folded: sight.text(),
        end: trace.end.clone(),
    })
}

/// The members of the demonstration, each with a fresh lane; as many as there are nodes, then the first again.
fn authors(agents: usize, clients: &[Client], document: &str) -> Result<Vec<Author>, LabError> {
    let status = clients.first().map(|client| client.get("/v1/status")).transpose()?.unwrap_or_default();
    let not_ours = || HttpError::NotOurs {
        url: clients.first().map(|c| c.url().to_owned()).unwrap_or_default(),
        shown: status.to_string(),
    };
    let network: NetworkId = text(&status, "/network").parse().map_err(|_| not_ours())?;
    let author = |agent: usize| {
        let seed = u64::try_from(agent % clients.len()).unwrap_or(0).saturating_add(1);
        let key = demo_key(DemoSeed(seed)).map_err(TraceError::from)?;
        let identity = Identity { key, lane: Lane(random()?), network, document: document.to_owned() };
        Ok(Author::new(identity, agent, agents))
    };
    (0..agents).map(author).collect()
}

fn random() -> Result<u32, LabError> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|source| HomeError::Random { source })?;
    Ok(u32::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests;
