//! Reading documents, at the level that the client names.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, ETAG, HeaderValue, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use quorate_event::Digest;
use quorate_replica::Level;
use serde_json::{Value, json};

use super::app::App;
use super::problem::Problem;
use super::query::{DocumentName, PAGE, Query};
use super::reply::json;

/// `GET /v1/docs`
pub(super) async fn list(State(app): State<Arc<App>>, Extension(query): Extension<Query>) -> Result<Response, Problem> {
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
pub(super) async fn get(
    State(app): State<Arc<App>>,
    DocumentName(name): DocumentName,
    Extension(query): Extension<Query>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let level = query.level()?;
    let wanted = name.clone();
    let found = app.read(move |replica| replica.document(&wanted, level)).await?;
    let Some(found) = found else {
        return Err(Problem::UnknownDocument { name });
    };
    let known: Vec<HeaderValue> = headers.get_all(IF_NONE_MATCH).iter().cloned().collect();
    let mut response = if names_digest(&known, found.digest) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let body = json!({
            "name": name,
            "level": word(level),
            "milestone": found.milestone.0,
            "digest": found.digest.to_string(),
            "value": found.value,
        });
        json(StatusCode::OK, &body)
    };
    let tag = HeaderValue::from_str(&format!("\"{}\"", found.digest));
    let headers = response.headers_mut();
    // A digest is 0x and hexadecimal digits, which any header can hold.
    headers.extend(tag.ok().map(|tag| (ETAG, tag)));
    // To be kept, and asked for again each time: that is what the tag is for.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Merged => "merged",
        Level::Final => "final",
    }
}

/// Whether entity tags (`*`, `"a", W/"b"`) name a digest.
pub(super) fn names_digest(tags: &[HeaderValue], digest: Digest) -> bool {
    let wanted = format!("\"{digest}\"");
    let texts = tags.iter().filter_map(|tags| tags.to_str().ok());
    let mut tags = texts.flat_map(|tags| tags.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == wanted)
}
