//! The state of the node and its network.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use quorate_replica::{NotFinal, Status};
use serde_json::{Value, json};

use crate::api::problem::Problem;
use crate::api::reply::json;
use crate::api::state::AppState;

/// `GET /v1/status`
pub(crate) async fn status(State(app): State<Arc<AppState>>) -> Result<Response, Problem> {
    let status = app.read(|replica| replica.status()).await?;
    Ok(json(StatusCode::OK, &describe(&app, &status)))
}

/// A status as JSON.
pub(crate) fn describe(app: &AppState, status: &Status) -> Value {
    let heads: Vec<String> = status.heads.iter().map(ToString::to_string).collect();
    json!({
        "network": status.network.to_string(),
        "name": app.name,
        "address": status.address.to_string(),
        "stake": status.stake.map(|stake| stake.0.to_string()),
        "peer_id": app.peer_id,
        "height": status.height.0,
        "milestone": status.milestone.to_string(),
        "view": status.view.0,
        "leader": status.leader.to_string(),
        "events": status.events,
        "uncovered": status.uncovered,
        "waiting": status.waiting,
        "heads": heads,
        "digests": { "merged": status.merged.to_string(), "final": status.finalised.to_string() },
        "why_not_final": why_not(&status.why_not_final),
    })
}

fn why_not(reason: &NotFinal) -> Value {
    match reason {
        NotFinal::NothingWaits => Value::Null,
        NotFinal::WaitsForMilestoneRequest => json!({
            "code": "waits_for_seal",
            "message": "this network makes milestones on request only: `quorate milestone now`, or POST /v1/milestones",
        }),
        NotFinal::NoQuorum { reachable, quorum, total, away } => {
            let missing: Vec<String> =
                away.iter().map(|(member, stake)| format!("{member:?} with {}", stake.0)).collect();
            json!({
                "code": "no_quorum",
                "message": format!(
                    "members with {reachable} of a stake of {total} can be reached, and a quorum is {quorum}: \
                     start those that are away, {}",
                    missing.join(", ")
                ),
                "reachable": reachable.to_string(),
                "quorum": quorum.to_string(),
                "total": total.to_string(),
                "away": away.iter().map(|(member, _)| member.to_string()).collect::<Vec<_>>(),
            })
        }
        NotFinal::UnderWay => {
            json!({ "code": "under_way", "message": "a milestone is being agreed on" })
        }
    }
}

/// `GET /v1/peers`
pub(crate) async fn peers(State(app): State<Arc<AppState>>) -> Response {
    json(StatusCode::OK, &json!({ "peers": app.peers.all().await }))
}

/// `GET /v1/committee`
pub(crate) async fn committee(State(app): State<Arc<AppState>>) -> Result<Response, Problem> {
    let (height, committee) = app.read(|replica| (replica.status().height, replica.committee().clone())).await?;
    let members = committee.members().iter();
    let members: Vec<Value> =
        members.map(|(member, stake)| json!({ "address": member.to_string(), "stake": stake.0.to_string() })).collect();
    let body = json!({
        "height": height.next().0,
        "digest": committee.digest().to_string(),
        "total": committee.total().0.to_string(),
        "members": members,
    });
    Ok(json(StatusCode::OK, &body))
}

/// `GET /v1/clock`
pub(crate) async fn clock(State(app): State<Arc<AppState>>) -> Result<Response, Problem> {
    let clock = app.read(|replica| replica.clock()).await?;
    let entries = clock.into_iter().map(|((author, lane), seq)| (format!("{author}/{}", lane.0), json!(seq.0)));
    let entries: serde_json::Map<String, Value> = entries.collect();
    Ok(json(StatusCode::OK, &json!({ "clock": entries })))
}
