//! Reading documents, at the level that the client names.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, ETAG, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use quorate_event::Height;
use quorate_replica::{ConsistencyLevel, Moment};
use serde_json::{Value, json};

use crate::api::preconditions::Preconditions;
use crate::api::problem::Problem;
use crate::api::query::{DocumentName, PAGE, Query};
use crate::api::reply::json;
use crate::api::state::AppState;

/// `GET /v1/docs`
pub(crate) async fn list(
    State(app): State<Arc<AppState>>,
    Extension(query): Extension<Query>,
) -> Result<Response, Problem> {
    let (level, limit) = (query.level()?, query.limit(PAGE)?);
    let after = query.text("after").unwrap_or_default().to_owned();
    let (milestone, page, more) = app
        .read(move |replica| {
            let mut page = replica.documents(level);
            page.retain(|(name, _)| *name > after);
            page.sort_unstable();
            let more = page.len() > limit;
            page.truncate(limit);
            (replica.status().height, page, more)
        })
        .await?;
    let next = page.last().filter(|_| more).map(|(name, _)| name.clone());
    let documents: Vec<Value> = page
        .into_iter()
        .map(|(name, digest)| json!({ "name": name, "digest": digest.map(|digest| digest.to_string()) }))
        .collect();
    let body = json!({ "level": word(level), "milestone": milestone.0, "documents": documents, "next": next });
    Ok(json(StatusCode::OK, &body))
}

/// `GET /v1/docs/{name}`
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    DocumentName(name): DocumentName,
    Extension(query): Extension<Query>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let moment = query.moment()?;
    let wanted = name.clone();
    let found = app.read(move |replica| replica.document_at(&wanted, moment)).await??;
    let Some(found) = found else {
        return Err(Problem::UnknownDocument { name });
    };
    let expected = Preconditions::of(&headers);
    if !expected.if_match_holds(found.digest) {
        return Err(Problem::Changed);
    }
    let mut response = if expected.if_none_match_holds(found.digest) {
        let mut body = describe(&name, moment, found.milestone);
        body["digest"] = json!(found.digest.to_string());
        body["value"] = found.value;
        json(StatusCode::OK, &body)
    } else {
        StatusCode::NOT_MODIFIED.into_response()
    };
    let tag = HeaderValue::from_str(&format!("\"{}\"", found.digest));
    let headers = response.headers_mut();
    // A digest is 0x and hexadecimal digits, which any header can hold.
    headers.extend(tag.ok().map(|tag| (ETAG, tag)));
    // Clients may keep the answer, and must revalidate it by its entity tag.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// The fields of every answer about a document: its name, the level or moment, and the last milestone by then.
pub(crate) fn describe(name: &str, moment: Moment, milestone: Height) -> Value {
    let mut body = json!({ "name": name, "milestone": milestone.0 });
    match moment {
        Moment::Level(level) => body["level"] = json!(word(level)),
        Moment::Event(id) => body["at"] = json!(id.to_string()),
        Moment::Milestone(height) => body["at"] = json!(height.0),
    }
    body
}

const fn word(level: ConsistencyLevel) -> &'static str {
    match level {
        ConsistencyLevel::Merged => "merged",
        ConsistencyLevel::Final => "final",
    }
}
