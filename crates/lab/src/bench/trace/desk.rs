//! The node of one author: accepts signed events whose parents it holds.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use quorate_cli::http::{Client, HttpError, WriteRequest};
use quorate_cli::stream::EventStream;
use quorate_cli::view::text;
use quorate_cli::wait::Deadline;
use quorate_event::EventId;
use serde_json::Value;

use super::authors::WrittenEvent;
use super::error::TraceError;
use super::typing::Desk;
use crate::error::LabError;

/// Timeout for an event to reach another node and its disk.
const ARRIVAL_MS: u64 = 60_000;
/// Interval of polling after the stream of the node broke.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// Most event ids in memory. For an older event the node is asked.
const REMEMBERED: usize = 100_000;

/// The node of one author.
pub(super) struct NodeDesk {
    client: Client,
    arrivals: Arc<ArrivedEvents>,
}

/// The events that a node has admitted.
#[derive(Default)]
struct ArrivedEvents {
    ids: Mutex<BTreeSet<EventId>>,
    changed: Condvar,
}

impl NodeDesk {
    /// Follows the stream of the node on a thread that ends with the stream.
    pub(super) fn open(client: Client) -> Result<Self, HttpError> {
        let arrivals = Arc::new(ArrivedEvents::default());
        let stream = client.open("/v1/stream", None)?;
        let heard = Arc::clone(&arrivals);
        thread::spawn(move || {
            let sent = EventStream::new(stream).map_while(Result::ok);
            for sent in sent.filter(|sent| sent.kind == "admitted") {
                let data: Value = serde_json::from_str(&sent.data).unwrap_or_default();
                heard.note(text(&data, "/id"));
            }
        });
        Ok(Self { client, arrivals })
    }

    /// Waits until the node holds an event.
    fn wait_for(&self, id: EventId) -> Result<(), LabError> {
        let deadline = Deadline::after_ms(ARRIVAL_MS);
        while !self.arrivals.wait_for(id) {
            match self.client.get(&format!("/v1/events/{id}")) {
                Ok(_) => return Ok(()),
                Err(HttpError::Refused { status: 404, .. }) if !deadline.is_over() => {}
                Err(HttpError::Refused { status: 404, .. }) => {
                    let url = self.client.url().to_owned();
                    return Err(TraceError::NotArrived { event: id, url, within_ms: ARRIVAL_MS }.into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn post(&self, written: &WrittenEvent) -> Result<(), LabError> {
        let path = format!("/v1/events?wait=durable&timeout_ms={ARRIVAL_MS}");
        let mut deadline = Deadline::after_ms(ARRIVAL_MS);
        loop {
            let answer = self.client.change(&WriteRequest {
                method: "POST",
                path: &path,
                content_type: "application/cbor",
                body: written.event.bytes(),
                if_match: None,
                timeout_ms: ARRIVAL_MS,
            });
            match answer {
                Ok(answer) if answer.status == 200 => return Ok(()),
                Ok(_) => return Err(HttpError::Late { url: self.client.url().to_owned() }.into()),
                Err(error) if error.may_pass() && !deadline.is_over() => deadline.pause(),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Desk for NodeDesk {
    fn take(&mut self, others: &[EventId], events: &[Arc<WrittenEvent>]) -> Result<(), LabError> {
        others.iter().try_for_each(|id| self.wait_for(*id))?;
        events.iter().try_for_each(|written| self.post(written))
    }
}

impl ArrivedEvents {
    fn note(&self, id: &str) {
        let Ok(id) = id.parse() else { return };
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        if ids.len() >= REMEMBERED {
            ids.clear();
        }
        ids.insert(id);
        drop(ids);
        self.changed.notify_all();
    }

    /// Waits for an event for a while; false after the timeout.
    fn wait_for(&self, id: EventId) -> bool {
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(ids, ASK_AGAIN, |ids| !ids.contains(&id));
        let (ids, _) = waited.unwrap_or_else(PoisonError::into_inner);
        ids.contains(&id)
    }
}
