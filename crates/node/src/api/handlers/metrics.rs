//! Metrics for Prometheus.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::api::metrics::OPEN_METRICS;
use crate::api::problem::Problem;
use crate::api::reply::with_type;
use crate::api::state::AppState;

/// `GET /metrics`
pub(crate) async fn scrape(State(app): State<Arc<AppState>>) -> Result<Response, Problem> {
    let status = app.read(|replica| replica.status()).await?;
    let connected_peers = app.peers.all().await.iter().filter(|peer| peer.connected).count();
    // Writing to a string fails only if a metric of the caller cannot print itself.
    let text = app.metrics.encode(&status, connected_peers).map_err(|_| Problem::NoAnswer)?;
    Ok(with_type(StatusCode::OK, OPEN_METRICS, text))
}
