//! Writing documents: a handler makes an intent of the body and the query, and the replica makes events of it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::{Extension, body};
use quorate_event::Digest;
use quorate_replica::{Atomicity, ConsistencyLevel, Intent};

use crate::api::body::BODY_BYTES;
use crate::api::guard::MediaType;
use crate::api::media_types::{EDITS, JSON_PATCH};
use crate::api::preconditions::Preconditions;
use crate::api::problem::Problem;
use crate::api::query::{DocumentName, Query, pointer};
use crate::api::state::AppState;
use crate::api::wait::WriteWait;
use crate::core::DurableWrite;

/// `PUT /v1/docs/{name}`
pub(crate) async fn put(
    State(app): State<Arc<AppState>>,
    DocumentName(document): DocumentName,
    Extension(query): Extension<Query>,
    headers: HeaderMap,
    body: body::Body,
) -> Result<Response, Problem> {
    let request = WriteParameters::of(&query, &headers, document)?;
    let pointer = pointer(query.text("pointer").unwrap_or_default())?.to_owned();
    let (value, _room) = app.bodies.receive(&headers, body, BODY_BYTES).await?.into_json()?;
    let document = request.document.clone();
    let intent = match pointer.as_str() {
        "" => Intent::Put { document, value },
        _ => Intent::Set { document, pointer, value },
    };
    request.answer(&app, intent).await
}

/// `PATCH /v1/docs/{name}`
pub(crate) async fn patch(
    State(app): State<Arc<AppState>>,
    DocumentName(document): DocumentName,
    Extension(query): Extension<Query>,
    Extension(MediaType(media_type)): Extension<MediaType>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let request = WriteParameters::of(&query, &headers, document)?;
    let (patch, _room) = app.bodies.receive(&headers, body, BODY_BYTES).await?.into_json()?;
    let document = request.document.clone();
    let intent = match media_type {
        JSON_PATCH => Intent::JsonPatch { document, patch },
        EDITS => Intent::Edit { document, commands: serde_json::from_value(patch).map_err(Problem::BadPatch)? },
        _ => Intent::MergePatch { document, patch },
    };
    request.answer(&app, intent).await
}

/// `DELETE /v1/docs/{name}`
pub(crate) async fn delete(
    State(app): State<Arc<AppState>>,
    DocumentName(document): DocumentName,
    Extension(query): Extension<Query>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut request = WriteParameters::of(&query, &headers, document)?;
    let expected = "given; the empty pointer would name the whole document, and documents are not deleted";
    let wrong = Problem::BadParameter { name: "pointer", expected };
    let named = query.text("pointer").filter(|text| !text.is_empty()).ok_or(wrong)?;
    let (document, pointer) = (request.document.clone(), pointer(named)?.to_owned());
    request.must_exist = true;
    request.answer(&app, Intent::Delete { document, pointer }).await
}

/// The parts of a writing request other than the content.
struct WriteParameters {
    document: String,
    wait: WriteWait,
    atomicity: Atomicity,
    expected: Preconditions,
    /// Whether it is an error if the document does not exist.
    must_exist: bool,
}

impl WriteParameters {
    fn of(query: &Query, headers: &HeaderMap, document: String) -> Result<Self, Problem> {
        let choices = [("0", Atomicity::Split), ("1", Atomicity::Whole)];
        Ok(Self {
            document,
            wait: WriteWait::of(query)?,
            atomicity: query.choice("atomic", &choices, "`0` or `1`")?,
            expected: Preconditions::of(headers),
            must_exist: false,
        })
    }

    /// Writes, and answers. A conditional write excludes all others between its check and its write; others run concurrently.
    async fn answer(self, app: &Arc<AppState>, intent: Intent) -> Result<Response, Problem> {
        if self.expected.is_empty() {
            self.wait.answer(app, self.write_unconditionally(app, intent)).await
        } else {
            self.wait.answer(app, self.write_if_expected(app, intent)).await
        }
    }

    async fn write_if_expected(&self, app: &AppState, intent: Intent) -> Result<DurableWrite, Problem> {
        let _turn = app.write_lock.write().await;
        let found = self.digest(app).await?;
        if self.must_exist && found.is_none() {
            return Err(self.unknown());
        }
        if !self.expected.allows(found) {
            return Err(Problem::Changed);
        }
        Ok(app.core.write(intent, self.atomicity).await??)
    }

    async fn write_unconditionally(&self, app: &AppState, intent: Intent) -> Result<DurableWrite, Problem> {
        let _turn = app.write_lock.read().await;
        if self.must_exist && self.digest(app).await?.is_none() {
            return Err(self.unknown());
        }
        Ok(app.core.write(intent, self.atomicity).await??)
    }

    fn unknown(&self) -> Problem {
        Problem::UnknownDocument { name: self.document.clone() }
    }

    /// The digest of the document at level merged; `None` if there is no such document.
    async fn digest(&self, app: &AppState) -> Result<Option<Digest>, Problem> {
        let name = self.document.clone();
        app.read(move |replica| replica.document(&name, ConsistencyLevel::Merged).map(|found| found.digest)).await
    }
}
