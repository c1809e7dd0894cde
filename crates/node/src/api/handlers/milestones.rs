//! Milestones with their certificates; requests of an operator for a milestone or another leader.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use quorate_disk::store::{Store, StoreError};
use quorate_event::{Canonical, Committee, VerifiedMilestone};
use quorate_replica::{Atomicity, Intent};
use serde_json::{Value, json};

use crate::api::json::vertex::hex;
use crate::api::problem::Problem;
use crate::api::query::Query;
use crate::api::reply::json;
use crate::api::state::AppState;
use crate::api::wait::WriteWait;

/// Milestones that may be applied and not stored yet. The disk is rarely more than one behind.
const BEHIND: u64 = 8;

/// `GET /v1/milestones/head`
pub(crate) async fn head(State(app): State<Arc<AppState>>) -> Result<Response, Problem> {
    let applied = app.read(|replica| replica.status().height.0).await?;
    let heights = (applied.saturating_sub(BEHIND)..=applied).rev();
    let stored = app
        .load(move |store| {
            let mut newest = heights.filter(|height| *height > 0).map(|height| load(store, height));
            newest.find_map(Result::transpose).transpose()
        })
        .await?;
    answer(&app, stored).await
}

/// `GET /v1/milestones/{height}`
pub(crate) async fn at(
    State(app): State<Arc<AppState>>,
    path: Result<Path<u64>, PathRejection>,
) -> Result<Response, Problem> {
    let expected = "`head` or a decimal number";
    let wrong = Problem::BadParameter { name: "height", expected };
    let Path(height) = path.map_err(|_| wrong)?;
    if height == 0 {
        return answer(&app, None).await;
    }
    let stored = app.load(move |store| load(store, height)).await?;
    if stored.is_none() {
        return Err(Problem::UnknownMilestone { height });
    }
    answer(&app, stored).await
}

fn load(store: &Store, height: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(id) = store.milestone(height)? else {
        return Ok(None);
    };
    Ok(store.get(&id)?.map(|record| record.bytes))
}

/// The answer for a milestone; without stored bytes, for the genesis.
async fn answer(app: &AppState, stored: Option<Vec<u8>>) -> Result<Response, Problem> {
    let Some(bytes) = stored else {
        return Ok(json(StatusCode::OK, &describe_genesis(app)));
    };
    let milestone = VerifiedMilestone::from_store(&bytes, app.network).map_err(|_| Problem::Damaged)?;
    let height = milestone.height();
    let committee = app.read(move |replica| replica.committee_of(height).cloned()).await?;
    Ok(json(StatusCode::OK, &describe(&milestone, committee.as_ref())))
}

/// A milestone as JSON. The stakes are those of its height, and null if the replica no longer holds that committee.
fn describe(milestone: &VerifiedMilestone, committee: Option<&Committee>) -> Value {
    let (proposal, certificate) = (milestone.proposal(), milestone.certificate());
    let heads: Vec<String> = proposal.heads.iter().map(ToString::to_string).collect();
    let signers = certificate.signatures.iter().map(|(signer, _)| {
        let stake = committee.and_then(|committee| committee.stake(*signer)).map(|stake| stake.0.to_string());
        json!({ "address": signer.to_string(), "stake": stake })
    });
    json!({
        "height": proposal.height.0,
        "id": milestone.id().to_string(),
        "previous": proposal.previous.to_string(),
        "heads": heads,
        "events_root": proposal.events_root.to_string(),
        "documents_root": proposal.documents_root.to_string(),
        "ledger_root": proposal.ledger_root.to_string(),
        "outbox_root": proposal.outbox_root.to_string(),
        "next_committee": proposal.next_committee.to_string(),
        "time_ms": proposal.time.0,
        "view": certificate.vote.view.0,
        "signers": signers.collect::<Vec<_>>(),
        "cbor": hex(milestone.bytes()),
    })
}

/// M0, the genesis, as a milestone. It has no certificate: a node that joins is configured to trust it.
fn describe_genesis(app: &AppState) -> Value {
    let genesis = &app.genesis;
    json!({
        "height": 0,
        "id": app.network.to_string(),
        "previous": null,
        "heads": [],
        "events_root": null,
        "documents_root": null,
        "ledger_root": null,
        "outbox_root": null,
        "next_committee": genesis.committee.digest().to_string(),
        "time_ms": genesis.time.0,
        "view": 0,
        "signers": [],
        "cbor": hex(&genesis.to_bytes()),
    })
}

/// `POST /v1/milestones`
pub(crate) async fn seal(
    State(app): State<Arc<AppState>>,
    Extension(query): Extension<Query>,
) -> Result<Response, Problem> {
    let wait = WriteWait::of(&query)?;
    let write = async { Ok(app.core.write(Intent::RequestMilestone, Atomicity::Split).await??) };
    wait.answer(&app, write).await
}

/// `POST /v1/leader/skip`
pub(crate) async fn skip_leader(State(app): State<Arc<AppState>>) -> Result<Response, Problem> {
    app.core.skip_leader().await?;
    Ok(json(StatusCode::OK, &json!({ "asked": true })))
}
