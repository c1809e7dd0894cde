//! Events: pages in the order in which this node admitted them, one event by its id, and submission of signed events.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use quorate_disk::store::{Cursor, StoredVertex, UNCHECKED};
use quorate_event::cbor::sequence;
use quorate_event::{EventError, EventId, VerifiedVertex, limits};
use quorate_replica::VertexStatus;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::api::body::BODY_BYTES;
use crate::api::guard::MediaType;
use crate::api::json::vertex;
use crate::api::media_types::CBOR_SEQUENCE;
use crate::api::problem::Problem;
use crate::api::query::Query;
use crate::api::reply::json;
use crate::api::state::AppState;
use crate::api::wait::WriteWait;

/// Events on a page by default.
const DEFAULT_PAGE: usize = 100;
/// Events that one request submits, at most. Their checks take about 40 ms.
const SUBMITTED: usize = 1_024;

/// `GET /v1/events`
pub(crate) async fn list(
    State(app): State<Arc<AppState>>,
    Extension(query): Extension<Query>,
) -> Result<Response, Problem> {
    let limit = query.limit(DEFAULT_PAGE)?;
    let after = query.number("after", "a cursor of this node's, as `next` gave it")?;
    // M0, the genesis, is not stored as an event. The first page shows it first.
    let from_genesis = after.is_none();
    let room = limit.saturating_sub(usize::from(from_genesis));
    let after = Cursor(after.unwrap_or(Cursor::START.0));
    let mut next = from_genesis.then_some(Cursor::START);
    let mut events = Vec::new();
    if from_genesis {
        events.push(vertex::describe_genesis(app.network, app.genesis.time.0));
    }
    let render = async |records: Vec<StoredVertex>| {
        next = records.last().map(|record| record.cursor).or(next);
        describe_all(&app, &records).await
    };
    events.extend(app.page(after, room, render).await?);
    let next = next.map(|cursor| cursor.0.to_string());
    Ok(json(StatusCode::OK, &json!({ "events": events, "next": next })))
}

async fn describe_all(app: &AppState, records: &[StoredVertex]) -> Result<Vec<Value>, Problem> {
    let placed = place(app, records).await?;
    let described = placed.iter().map(|(cursor, vertex, place)| vertex::describe(cursor.0, vertex, place.as_ref()));
    Ok(described.collect())
}

/// Stored vertices with their placement in the graph. M0 is left out if it is stored.
pub(crate) async fn place(
    app: &AppState,
    records: &[StoredVertex],
) -> Result<Vec<(Cursor, VerifiedVertex, Option<VertexStatus>)>, Problem> {
    let genesis = app.network.as_bytes();
    let stored = records.iter().filter(|record| record.id != *genesis);
    let ids: Vec<EventId> = stored.clone().map(|record| EventId::new(record.id)).collect();
    let places = app.read(move |replica| ids.iter().map(|id| replica.placement(*id)).collect::<Vec<_>>()).await?;
    let placed = stored.zip(places).map(|(record, place)| {
        let vertex = vertex::decode(record, app.network)?;
        Ok((record.cursor, vertex, place))
    });
    placed.collect()
}

/// `GET /v1/events/{id}`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let expected = "0x and 64 hexadecimal digits";
    let id = path.ok().and_then(|Path(id)| id.parse::<EventId>().ok());
    let id = id.ok_or(Problem::BadParameter { name: "id", expected })?;
    if id == app.network.event_id() {
        let genesis = vertex::describe_genesis(app.network, app.genesis.time.0);
        return Ok(json(StatusCode::OK, &genesis));
    }
    let record = app.load(move |store| store.get(id.as_bytes())).await?;
    let record = record.ok_or(Problem::UnknownEvent { id })?;
    let mut described = describe_all(&app, std::slice::from_ref(&record)).await?.pop();
    let described = described.as_mut().ok_or(Problem::UnknownEvent { id })?;
    // An event that a milestone covers may have entered with an unchecked signature. With an invalid one, no bytes are shown.
    let is_proven = record.flags & UNCHECKED == 0 || app.verify(&[record.bytes.as_slice()]).is_ok();
    described["cbor"] = json!(is_proven.then(|| vertex::hex(&record.bytes)));
    Ok(json(StatusCode::OK, described))
}

/// `POST /v1/events`
pub(crate) async fn submit(
    State(app): State<Arc<AppState>>,
    Extension(query): Extension<Query>,
    Extension(MediaType(media_type)): Extension<MediaType>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let wait = WriteWait::of(&query)?;
    let events = match media_type {
        CBOR_SEQUENCE => {
            let held = app.bodies.receive(&headers, body, BODY_BYTES).await?;
            let checking = Arc::clone(&app);
            // Checking 1,024 signatures would block the runtime.
            let verified =
                spawn_blocking(move || checking.verify(&sequence(held.bytes(), SUBMITTED).map_err(EventError::from)?));
            verified.await.map_err(|_| Problem::NoAnswer)??
        }
        _ => {
            let held = app.bodies.receive(&headers, body, limits::EVENT_BYTES).await?;
            app.verify(&[held.bytes()])?
        }
    };
    let write = async {
        let _turn = app.write_lock.read().await;
        Ok(app.core.submit(events).await??)
    };
    wait.answer(&app, write).await
}
