//! Concurrent values of a document.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use quorate_replica::{ConcurrentValue, ConflictsError};
use serde_json::{Value, json};

use super::documents::describe;
use crate::api::problem::Problem;
use crate::api::query::{DocumentName, PAGE, POINTER, Query, pointer};
use crate::api::reply::json;
use crate::api::state::AppState;

/// `GET /v1/docs/{name}/conflicts`: the concurrent values at a pointer, first the one that the
/// document shows; or all pointers that have several.
pub(crate) async fn get(
    State(app): State<Arc<AppState>>,
    DocumentName(name): DocumentName,
    Extension(query): Extension<Query>,
) -> Result<Response, Problem> {
    let moment = query.moment()?;
    let place = query.text("pointer").map(|text| pointer(text).map(ToOwned::to_owned)).transpose()?;
    let wanted = name.clone();
    let (milestone, found) = app
        .read(move |replica| {
            let milestone = replica.height();
            let found = match place {
                Some(place) => replica.conflicts(&wanted, &place, moment)?.map(|values| at_place(&place, &values)),
                None => replica.conflicted(&wanted, moment)?.map(places),
            };
            Ok::<_, Problem>((milestone, found))
        })
        .await??;
    let found = found.ok_or_else(|| Problem::UnknownDocument { name: name.clone() })?;
    let mut body = describe(&name, moment, milestone);
    if let (Value::Object(body), Value::Object(found)) = (&mut body, found) {
        body.extend(found);
    }
    Ok(json(StatusCode::OK, &body))
}

fn at_place(pointer: &str, values: &[ConcurrentValue]) -> Value {
    let values = values.iter().map(|written| {
        json!({
            "event": written.id.event.to_string(),
            "index": written.id.index,
            "author": written.author.map(|author| author.to_string()),
            "value": written.value,
        })
    });
    json!({ "pointer": pointer, "values": values.collect::<Vec<_>>() })
}

fn places(mut pointers: Vec<String>) -> Value {
    let more = pointers.len() > PAGE;
    pointers.truncate(PAGE);
    json!({ "pointers": pointers, "more": more })
}

impl From<ConflictsError> for Problem {
    fn from(error: ConflictsError) -> Self {
        match error {
            ConflictsError::Moment(unknown) => unknown.into(),
            ConflictsError::Pointer(_) => Self::BadParameter { name: "pointer", expected: POINTER },
        }
    }
}
