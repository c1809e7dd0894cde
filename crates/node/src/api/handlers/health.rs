//! Health: whether the process runs, whether the core answers, and whether the node has caught up.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::status;
use crate::api::problem::Problem;
use crate::api::reply::{json, with_type};
use crate::api::state::AppState;

/// `GET /livez`: does not wait for the core thread, so that a busy core does not look like a dead process.
pub(crate) async fn live() -> Response {
    with_type(StatusCode::OK, "text/plain; charset=utf-8", "live\n")
}

/// `GET /readyz`
pub(crate) async fn ready(State(app): State<Arc<AppState>>) -> Result<Response, Problem> {
    app.read(|_| ()).await?;
    Ok(with_type(StatusCode::OK, "text/plain; charset=utf-8", "ready\n"))
}

/// `GET /v1/health`
pub(crate) async fn health(State(app): State<Arc<AppState>>) -> Result<Response, Problem> {
    let (found, reaches_trust) = app.read(|replica| (replica.status(), replica.reaches_trust())).await?;
    // Waiting vertices have parents that other nodes hold and this node lacks.
    let (code, state) = match found.waiting {
        0 if reaches_trust => (StatusCode::OK, "ready"),
        _ => (StatusCode::PARTIAL_CONTENT, "catching_up"),
    };
    let why = status::describe(&app, &found)["why_not_final"].take();
    let body = json!({ "state": state, "waiting": found.waiting, "height": found.height.0, "why_not_final": why });
    Ok(json(code, &body))
}
