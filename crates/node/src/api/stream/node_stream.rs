//! Server-sent events: what happens, from a place on.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use quorate_replica::PbftStep;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};

use super::agreement_steps;
use super::document_stream::{self, DocumentStream};
use super::notice_log::{Since, StreamPosition, describe};
use crate::api::problem::Problem;
use crate::api::query::Query;
use crate::api::state::{AppState, MAX_STREAMS};
use crate::core::NumberedNotice;

/// A reader or proxy that hears nothing for longer may think that the connection is dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Entries that one stream takes out of the memory at a time.
const CHUNK: usize = 64;

/// `GET /v1/stream`
pub(crate) async fn open(
    State(app): State<Arc<AppState>>,
    Extension(query): Extension<Query>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let permit = Arc::clone(&app.streams).try_acquire_owned();
    let permit = permit.map_err(|_| Problem::TooManyStreams { limit: MAX_STREAMS })?;
    let last = headers.get("last-event-id");
    let choices = [("false", false), ("true", true)];
    let with_steps = query.choice("steps", &choices, "`true` or `false`")?;
    if let Some(document) = query.text("doc") {
        if with_steps {
            return Err(Problem::BadParameter { name: "steps", expected: "given without `doc`" });
        }
        let last = last.map(|last| last.to_str().ok().and_then(document_stream::parse));
        let reader = DocumentStream::start(app, document.to_owned(), last, permit).await?;
        return Ok(answer(reader.into_stream()));
    }
    let watch = app.notice_log.watch();
    // A place that cannot be read is a place that is not remembered.
    let place = last.map(|last| last.to_str().ok().and_then(|last| last.parse().ok()));
    let (place, greeting) = match place {
        None => (app.notice_log.latest(), Some("open")),
        Some(Some(place)) if !matches!(app.notice_log.since(place, 0), Since::Expired) => (place, None),
        Some(_) => (app.notice_log.latest(), Some("reset")),
    };
    let steps = with_steps.then(|| app.core.steps());
    let reader = NodeStream { app, place, greeting, watch, steps, waiting: Vec::new(), _permit: permit };
    Ok(answer(reader.into_stream()))
}

fn answer(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}

/// One stream. It holds a place and a chunk of what follows, whatever its client does.
struct NodeStream {
    app: Arc<AppState>,
    place: StreamPosition,
    /// What is said before anything that happened.
    greeting: Option<&'static str>,
    watch: watch::Receiver<u64>,
    /// The steps of agreement, if they were asked for.
    steps: Option<broadcast::Receiver<PbftStep>>,
    /// Taken and not told yet, the last first.
    waiting: Vec<NumberedNotice>,
    _permit: OwnedSemaphorePermit,
}

impl NodeStream {
    fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut reader| async move {
            let event = reader.next().await?;
            Some((Ok(event), reader))
        })
    }

    /// The next event; nothing once the node is closing.
    async fn next(&mut self) -> Option<Event> {
        if let Some(name) = self.greeting.take() {
            return Some(self.control_event(name));
        }
        loop {
            if let Some(NumberedNotice { cursor, notice }) = self.waiting.pop() {
                self.place.seen = cursor;
                let (name, data) = describe(&notice);
                return Some(Event::default().id(self.place.to_string()).event(name).data(data.to_string()));
            }
            let steps = async {
                match &mut self.steps {
                    Some(steps) => agreement_steps::next(steps).await,
                    None => std::future::pending().await,
                }
            };
            // In turn by chance, so that neither waits for ever behind the other.
            tokio::select! {
                since = follows(&self.app, self.place, &mut self.watch) => match since? {
                    Since::Entries(entries) => self.waiting.extend(entries.into_iter().rev()),
                    Since::Expired => {
                        self.place = self.app.notice_log.latest();
                        return Some(self.control_event("reset"));
                    }
                },
                step = steps => {
                    let (name, data) = step?;
                    // Without a place: a stream is resumed where its last remembered event was.
                    return Some(Event::default().event(name).data(data.to_string()));
                }
                () = self.app.closed() => return None,
            }
        }
    }

    /// An event about the stream itself. It has a place too, so that a client can resume before anything happens.
    fn control_event(&self, name: &str) -> Event {
        let data = json!({ "network": self.app.network.to_string() }).to_string();
        Event::default().id(self.place.to_string()).event(name).data(data)
    }
}

/// What follows a place, once something does; nothing once the core has ended.
async fn follows(app: &AppState, place: StreamPosition, watch: &mut watch::Receiver<u64>) -> Option<Since> {
    loop {
        // Marked as seen before looking, so that what comes in between wakes the wait below.
        watch.borrow_and_update();
        match app.notice_log.since(place, CHUNK) {
            Since::Entries(entries) if entries.is_empty() => watch.changed().await.ok()?,
            since => return Some(since),
        }
    }
}
