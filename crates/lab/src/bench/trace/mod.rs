//! `quorate-lab bench trace`: replays a recorded editing session on a running network with its concurrency.
//!
//! ```text
//!  file -> RecordedTrace -> Turns -> TraceAuthor 1 --signed events--> node 1 --gossip--> node 2 <--signed events-- TraceAuthor 2 …
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
pub(crate) mod error;
mod finish;
mod read;
mod report;
mod turns;
mod typing;

use std::time::{Duration, Instant};

use quorate_cli::Exit;
use quorate_cli::args::UpArgs;
use quorate_cli::http::{Client, HttpError};
use quorate_cli::output::Printer;
use quorate_cli::token::ClientOptions;
use quorate_cli::up;
use quorate_cli::view::text;
use quorate_disk::home::HomeError;
use quorate_event::{DocumentEdits, Lane, NetworkId};
use quorate_scenario::{DemoSeed, demo_key};

use self::authors::{Identity, Sight, TraceAuthor};
use self::board::Board;
use self::desk::NodeDesk;
use self::error::TraceError;
use self::read::RecordedTrace;
use self::report::ReplayReport;
use self::turns::Turns;
use self::typing::Replay;
use crate::args::TraceArgs;
use crate::error::LabError;

/// `bench trace`.
pub(crate) fn trace(args: &TraceArgs, access: &ClientOptions, output: &Printer) -> Result<Exit, LabError> {
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
fn type_at(
    args: &TraceArgs,
    trace: &RecordedTrace,
    turns: &Turns,
    clients: &[Client],
) -> Result<ReplayReport, LabError> {
    let document = format!("trace-{:08x}", random()?);
    let authors = authors(turns.agents(), clients, &document)?;
    let desks = (0..turns.agents()).map(|agent| NodeDesk::open(clients[agent % clients.len()].clone()));
    let desks = desks.collect::<Result<Vec<_>, _>>()?;
    let board = Board::new(turns.all.len());
    let begun = Instant::now();
    let events = typing::all(&Replay { trace, turns, board: &board }, authors, desks)?;
    let typing: Duration = begun.elapsed();
    finish::wait_until_final(clients, &events)?;
    let finality = begun.elapsed().saturating_sub(typing);
    let mut sight = Sight::default();
    events.iter().for_each(|written| sight.learn(written));
    let changes = |edits: &DocumentEdits| edits.edits.iter().map(quorate_event::Edit::count).sum::<usize>();
    Ok(ReplayReport {
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
fn authors(agents: usize, clients: &[Client], document: &str) -> Result<Vec<TraceAuthor>, LabError> {
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
        Ok(TraceAuthor::new(identity, agent, agents))
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
