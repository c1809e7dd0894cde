//! The stream of a node: notices from a position on, and the steps of agreement on request.

use std::convert::Infallible;
use std::sync::Arc;

use axum::response::sse::Event;
use futures_util::{Stream, stream};
use quorate_replica::PbftStep;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};

use super::agreement_steps;
use super::last_event_id::LastEventId;
use super::notice_log::{Since, StreamPosition, describe};
use crate::api::state::AppState;
use crate::core::NumberedNotice;

/// Notices that one stream takes out of the log at a time.
const CHUNK: usize = 64;

/// The stream of one client. It holds a position and a chunk of notices, however slowly the client reads.
pub(crate) struct NodeStream {
    app: Arc<AppState>,
    position: StreamPosition,
    /// The first event: `open` or `reset`.
    greeting: Option<&'static str>,
    latest: watch::Receiver<u64>,
    /// The steps of agreement, if the client asked for them.
    steps: Option<broadcast::Receiver<PbftStep>>,
    /// Notices that were taken out of the log and not sent yet, in reverse order.
    pending: Vec<NumberedNotice>,
    _permit: OwnedSemaphorePermit,
}

impl NodeStream {
    /// Resumes at the position of the client if the log still holds what follows it. Otherwise starts now, with the event
    /// `open` for a new client and `reset` for one that missed events.
    pub(crate) fn new(
        app: Arc<AppState>,
        last: LastEventId<StreamPosition>,
        with_steps: bool,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        // Subscribed before the position is read, so that no notice falls between the two.
        let latest = app.notice_log.watch();
        let (position, greeting) = match last {
            LastEventId::Absent => (app.notice_log.latest(), Some("open")),
            LastEventId::Position(position) if !matches!(app.notice_log.since(position, 0), Since::Expired) => {
                (position, None)
            }
            LastEventId::Position(_) | LastEventId::Unreadable => (app.notice_log.latest(), Some("reset")),
        };
        let steps = with_steps.then(|| app.core.steps());
        Self { app, position, greeting, latest, steps, pending: Vec::new(), _permit: permit }
    }

    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut stream| async move {
            let event = stream.next().await?;
            Some((Ok(event), stream))
        })
    }

    /// The next event; `None` once the node closes.
    async fn next(&mut self) -> Option<Event> {
        if let Some(name) = self.greeting.take() {
            return Some(self.control_event(name));
        }
        loop {
            if let Some(NumberedNotice { cursor, notice }) = self.pending.pop() {
                self.position.seen = cursor;
                let (name, data) = describe(&notice);
                return Some(Event::default().id(self.position.to_string()).event(name).data(data.to_string()));
            }
            let steps = async {
                match &mut self.steps {
                    Some(steps) => agreement_steps::next(steps).await,
                    None => std::future::pending().await,
                }
            };
            // `select!` polls its branches in random order, so that notices and steps cannot starve each other.
            tokio::select! {
                since = next_notices(&self.app, self.position, &mut self.latest) => match since? {
                    Since::Notices(notices) => self.pending.extend(notices.into_iter().rev()),
                    Since::Expired => {
                        self.position = self.app.notice_log.latest();
                        return Some(self.control_event("reset"));
                    }
                },
                step = steps => {
                    let (name, data) = step?;
                    // Steps have no id, since the log does not hold them: a client resumes after its last notice.
                    return Some(Event::default().event(name).data(data.to_string()));
                }
                () = self.app.closed() => return None,
            }
        }
    }

    /// An event about the stream itself. It has an id too, so that a client can resume before the first notice.
    fn control_event(&self, name: &str) -> Event {
        let data = json!({ "network": self.app.network.to_string() }).to_string();
        Event::default().id(self.position.to_string()).event(name).data(data)
    }
}

/// Waits for notices after `position`; `None` once the core thread has ended.
async fn next_notices(app: &AppState, position: StreamPosition, latest: &mut watch::Receiver<u64>) -> Option<Since> {
    loop {
        // Marked as seen before the log is read, so that a notice that arrives in between wakes the wait below.
        latest.borrow_and_update();
        match app.notice_log.since(position, CHUNK) {
            Since::Notices(notices) if notices.is_empty() => latest.changed().await.ok()?,
            since => return Some(since),
        }
    }
}
