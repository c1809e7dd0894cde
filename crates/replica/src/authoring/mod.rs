//! Authoring: intents of clients become signed events of this replica.
//!
//! While a write of this replica is on its way to the disk, further intents wait, and share the next event.

mod access_set;
mod evidence;
mod submit;
mod write;
mod write_batch;

use std::collections::VecDeque;

use quorate_event::{EventBody, EventId, Lane, Payload, VerifiedEvent, VerifiedVertex};
use quorate_graph::Origin;

use self::write_batch::WriteBatch;
use crate::config::Sharing;
use crate::input::{Atomicity, DiskTicket, Intent, Request};
use crate::output::{Output, Refusal};
use crate::persistence::HeldOutputs;
use crate::state::admission::Admission;
use crate::turn::Turn;

/// Intents that wait for the disk, at most: some seconds of a busy node; clients then have to try again.
const WAITING: usize = 16_384;

/// A client's write that is not an event yet.
#[derive(Debug)]
pub(crate) struct PendingIntent {
    pub(crate) request: Request,
    pub(crate) intent: Intent,
    pub(crate) atomicity: Atomicity,
}

/// The intents of clients, and the lane in which they become events.
#[derive(Debug)]
pub(crate) struct Authoring {
    lane: Lane,
    sharing: Sharing,
    waiting: VecDeque<PendingIntent>,
}

impl Authoring {
    pub(crate) const fn new(lane: Lane, sharing: Sharing) -> Self {
        Self { lane, sharing, waiting: VecDeque::new() }
    }

    /// Takes in an intent, or refuses it.
    pub(crate) fn write(&mut self, intent: PendingIntent, turn: &mut Turn<'_>) {
        let author = turn.state.author();
        let refusal = if !turn.state.validator().may_write(author) {
            Some(Refusal::MayNotWrite { author })
        } else if self.waiting.len() >= WAITING {
            Some(Refusal::Busy { waiting: self.waiting.len() })
        } else {
            None
        };
        if let Some(refusal) = refusal {
            return turn.output(Output::Refused { request: intent.request, refusal });
        }
        self.waiting.push_back(intent);
        self.write_waiting(turn);
    }

    /// Everything up to `ticket` is on disk: events signed here are published, and requests are acknowledged.
    pub(crate) fn stored(&mut self, ticket: DiskTicket, turn: &mut Turn<'_>) {
        for held in turn.persistence.stored(ticket) {
            if !held.publish.is_empty() {
                turn.output(Output::Publish(held.publish));
            }
            turn.outputs.extend(held.others);
            for (request, events) in held.acknowledge {
                acknowledge(request, events, turn);
            }
        }
        self.write_waiting(turn);
    }

    /// Signs an event on the present heads, and admits it as every other vertex.
    fn sign(&self, payload: Payload, batch: &mut WriteBatch, turn: &mut Turn<'_>) -> Result<EventId, Refusal> {
        let author = turn.state.author();
        let (seq, parents) = turn.state.graph().parents_for(author, self.lane)?;
        let body = EventBody { author, lane: self.lane, seq, parents, time: turn.now.wall, payload };
        let event = VerifiedEvent::sign(body, turn.state.network(), turn.key)
            .map_err(|error| Refusal::Malformed { reason: error.to_string() })?;
        let id = event.id();
        match turn.admit(VerifiedVertex::Event(event), Origin::Local) {
            Admission::Admitted(vertices) => {
                batch.held.publish.extend(vertices.iter().filter(|vertex| vertex.id() == id).cloned());
                batch.vertices.extend(vertices);
                Ok(id)
            }
            other => Err(Refusal::Malformed { reason: format!("{other:?}") }),
        }
    }
}

/// A request's events are on disk.
fn acknowledge(request: Request, events: Vec<EventId>, turn: &mut Turn<'_>) {
    let graph = turn.state.graph();
    // Where no event was needed, the value that stands there may itself not be final yet.
    let awaited = if events.is_empty() { graph.heads() } else { events.clone() };
    let uncovered: Vec<EventId> = awaited.into_iter().filter(|id| graph.covered_at(*id).is_none()).collect();
    let milestone = turn.state.height();
    turn.output(Output::Durable { request, events });
    if uncovered.is_empty() {
        // The milestone that covers them may itself not be on disk yet.
        let others = vec![Output::Final { request, milestone }];
        turn.persist(Vec::new(), HeldOutputs { others, ..HeldOutputs::default() });
    } else {
        turn.state.await_finality(request, uncovered);
    }
}
