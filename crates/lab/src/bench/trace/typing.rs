//! Replays all agents concurrently. A turn is written once its parents are there.
#![expect(clippy::disallowed_methods, reason = "an author's time is a claim, and typing is measured")]

use std::sync::Arc;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use quorate_event::{EventId, Timestamp};
use quorate_replica::{Editor, PositionRange, WriteError};

use super::authors::{TEXT, TraceAuthor, WrittenEvent};
use super::board::Board;
use super::error::TraceError;
use super::read::RecordedTrace;
use super::turns::{Turns, TypingTurn};
use crate::error::LabError;

/// The session to replay.
pub(super) struct Replay<'a> {
    pub(super) trace: &'a RecordedTrace,
    pub(super) turns: &'a Turns,
    pub(super) board: &'a Board,
}

/// Sends the events of an author in order. The node must hold the events of others that they cite.
pub(super) trait Desk: Send {
    /// Returns once the node has accepted them.
    fn take(&mut self, others: &[EventId], events: &[Arc<WrittenEvent>]) -> Result<(), LabError>;
}

/// Replays the session, and returns all events in causal order; the first creates the text.
pub(super) fn all(
    work: &Replay<'_>,
    authors: Vec<TraceAuthor>,
    mut desks: Vec<impl Desk>,
) -> Result<Vec<Arc<WrittenEvent>>, LabError> {
    let mut authors = authors;
    let begun: Arc<[Arc<WrittenEvent>]> = match (authors.first_mut(), desks.first_mut()) {
        (Some(author), Some(desk)) => {
            let begun = author.begin(&work.trace.start, now())?;
            desk.take(&[], &begun)?;
            begun.into()
        }
        _ => Arc::new([]),
    };
    let results: Vec<Result<(), LabError>> = thread::scope(|scope| {
        let begun = &begun;
        let agents = authors.into_iter().zip(desks).enumerate();
        let threads: Vec<_> =
            agents.map(|(agent, (author, desk))| scope.spawn(move || one(work, agent, author, desk, begun))).collect();
        let joined = threads.into_iter().map(|thread| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect()
    });
    results.into_iter().collect::<Result<(), _>>()?;
    let said = work.board.said();
    Ok(begun.iter().chain(said.iter().flat_map(|said| said.iter())).map(Arc::clone).collect())
}

fn one(
    work: &Replay<'_>,
    agent: usize,
    mut author: TraceAuthor,
    mut desk: impl Desk,
    begun: &[Arc<WrittenEvent>],
) -> Result<(), LabError> {
    if agent > 0 {
        begun.iter().for_each(|written| author.learn(written));
    }
    let mut seen = vec![0; work.turns.agents()];
    for place in &work.turns.by_agent[agent] {
        let turn = &work.turns.all[*place];
        let typed = take_turn(work, turn, &seen, &mut author, begun).and_then(|typed| {
            let Some((others, events)) = typed else { return Ok(None) };
            desk.take(&others, &events)?;
            Ok(Some(events))
        });
        match typed {
            Ok(Some(events)) => work.board.publish(*place, events.into()),
            // Another author failed and returns the reason.
            Ok(None) => return Ok(()),
            Err(error) => {
                work.board.give_up();
                return Err(error);
            }
        }
        seen.clone_from(&turn.clock);
    }
    Ok(())
}

/// The events of other authors that a turn cites, and the events of the turn.
type Typed = (Vec<EventId>, Vec<Arc<WrittenEvent>>);

fn take_turn(
    work: &Replay<'_>,
    turn: &TypingTurn,
    seen: &[usize],
    author: &mut TraceAuthor,
    begun: &[Arc<WrittenEvent>],
) -> Result<Option<Typed>, LabError> {
    for place in work.turns.new_to(turn, seen) {
        let Some(said) = work.board.wait_for(place) else { return Ok(None) };
        said.iter().for_each(|written| author.learn(written));
    }
    let said = turn.others.iter().map(|place| work.board.wait_for(*place));
    let Some(said) = said.collect::<Option<Vec<_>>>() else { return Ok(None) };
    let mut others: Vec<EventId> = said.iter().filter_map(|said| said.last()).map(|last| last.id()).collect();
    let is_first = turn.clock[turn.agent] == 1;
    if is_first && turn.agent > 0 && others.is_empty() {
        others.extend(begun.last().map(|last| last.id()));
    }
    let mut at = None;
    let session = |doc: &mut Editor<'_>| type_into(doc, work.trace, turn, &mut at);
    let events = author.write(&others, now(), session).map_err(|error| match (error, at) {
        (TraceError::Edit { source }, Some(transaction)) => TraceError::Position { transaction, source },
        (error, _) => error,
    })?;
    Ok(Some((others, events)))
}

/// Writes a turn; `at` is its progress.
fn type_into(
    doc: &mut Editor<'_>,
    trace: &RecordedTrace,
    turn: &TypingTurn,
    at: &mut Option<usize>,
) -> Result<(), WriteError> {
    let mut text = doc.text(TEXT)?;
    for place in &turn.transactions {
        *at = Some(*place);
        for patch in &trace.transactions[*place].patches {
            text.replace(PositionRange { at: patch.at, count: patch.removed }, &patch.inserted)?;
        }
    }
    Ok(())
}

pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let now_ms = since.map_or(0, |since| since.as_millis());
    Timestamp(u64::try_from(now_ms).unwrap_or(0))
}
