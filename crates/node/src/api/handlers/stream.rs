//! Opening a stream of server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;

use crate::api::problem::Problem;
use crate::api::query::Query;
use crate::api::state::{AppState, MAX_STREAMS};
use crate::api::stream::document_stream::{DocumentPosition, DocumentStream};
use crate::api::stream::last_event_id::LastEventId;
use crate::api::stream::node_stream::NodeStream;

/// Proxies close a connection that is idle for longer, often after 30 s or 60 s.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// `GET /v1/stream`
pub(crate) async fn open(
    State(app): State<Arc<AppState>>,
    Extension(query): Extension<Query>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let permit = Arc::clone(&app.streams).try_acquire_owned();
    let permit = permit.map_err(|_| Problem::TooManyStreams { limit: MAX_STREAMS })?;
    let choices = [("false", false), ("true", true)];
    let with_steps = query.choice("steps", &choices, "`true` or `false`")?;
    let Some(document) = query.text("doc") else {
        let last = LastEventId::read(&headers, |id| id.parse().ok());
        return Ok(respond(NodeStream::new(app, last, with_steps, permit).into_stream()));
    };
    if with_steps {
        return Err(Problem::BadParameter { name: "steps", expected: "given without `doc`" });
    }
    let last = LastEventId::read(&headers, DocumentPosition::parse);
    let stream = DocumentStream::start(app, document.to_owned(), last, permit).await?;
    Ok(respond(stream.into_stream()))
}

fn respond(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
}
