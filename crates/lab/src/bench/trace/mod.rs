//! `quorate-lab bench trace`: replays a recorded editing session on a running network with its concurrency.
//!
//! ```text
//!  file -> Trace -> Turns -> Author 1 --signed events--> node 1 --gossip--> node 2 <--signed events-- Author 2 …
//!                              ^                    Board                                               ^
//!                              +---- events of the others, once the trace has them as seen -------------+
//!  all final at all nodes -> one text? that of endContent?
//! ```
//! Each agent is an author with its own lane. It folds the changes that it has seen according to the trace, converts the
//! recorded positions to edits of that text, and signs them with exactly these parents. The time between two keystrokes is
//! left out.

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

/// Why a trace could not be replayed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TraceError {
    /// The file is not JSON of this format.
    #[error("{} is not an editing trace: {source}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// The place and the reason.
        source: serde_json::Error,
    },
    /// The kind of the trace is unknown.
    #[error("{} is a trace of kind {kind:?}", path.display())]
    Kind {
        /// Which file.
        path: PathBuf,
        /// Its kind.
        kind: String,
    },
    /// A transaction names a parent that does not precede it.
    #[error("transaction {transaction} has the parent {parent}, which does not precede it")]
    Parent {
        /// Index of the transaction, from 0.
        transaction: usize,
        /// Index of the parent.
        parent: usize,
    },
    /// An agent has two concurrent transactions, which a lane does not allow.
    #[error("transaction {transaction} of agent {agent} does not follow the previous transaction of this agent")]
    TwoAtOnce {
        /// Index of the transaction, from 0.
        transaction: usize,
        /// Index of the agent.
        agent: usize,
    },
    /// A transaction has more parents than an event can have.
    #[error("transaction {transaction} has more than {limit} parents of other agents")]
    TooManyParents {
        /// Index of the transaction, from 0.
        transaction: usize,
        /// The limit.
        limit: usize,
    },
    /// A position is past the end of the text: the trace is broken, or was recorded by a system that orders concurrent
    /// insertions differently.
    #[error("transaction {transaction} does not fit the text of its agent")]
    Position {
        /// Index of the transaction, from 0.
        transaction: usize,
        /// The reason.
        source: WriteError,
    },
    /// The text could not be created.
    #[error("the text cannot be written")]
    Edit {
        /// The reason.
        source: WriteError,
    },
    /// An event could not be signed.
    #[error("an event cannot be signed")]
    Sign(#[from] EventError),
    /// No demo key.
    #[error(transparent)]
    Key(#[from] SecretKeyError),
    /// An event did not reach another node.
    #[error("{url} has not received {event} within {within_ms} ms")]
    NotArrived {
        /// Which event.
        event: EventId,
        /// Which node.
        url: String,
        /// The timeout.
        within_ms: u64,
    },
    /// Not all events became final.
    #[error("not everything is final at {url} within {within_ms} ms")]
    NotFinal {
        /// Which node.
        url: String,
        /// The timeout.
        within_ms: u64,
    },
    /// A node lacks events, or shows them as void.
    #[error("{missing} events are not final at {url}")]
    Missing {
        /// Which node.
        url: String,
        /// The number of events.
        missing: usize,
    },
}

impl TraceError {
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Syntax { .. } | Self::Kind { .. } => {
                "use a trace of kind `sequential` or `concurrent` (github.com/josephg/editing-traces)"
            }
            Self::TwoAtOnce { .. } | Self::TooManyParents { .. } => "replay only the beginning: --transactions N",
            Self::NotArrived { .. } | Self::NotFinal { .. } => "check the node: quorate doctor --url URL",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// `bench trace`.
pub(crate) fn trace(args: &TraceArgs, access: &Access, output: &Output) -> Result<Exit, LabError> {
    let trace = read::read(&args.file, args.transactions)?;
    let turns = Turns::of(&trace)?;
    let typed = |clients: &[Client]| type_at(args, &trace, &turns, clients)?.print(output);
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

/// The demo keys of the nodes, each with a new lane; with more agents than nodes the keys repeat.
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
