//! The steps of agreement for `/v1/stream?steps=true`: live, and not in the notice log.

use quorate_replica::{PbftStep, StakeTally, StepKind};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// The name and the data of the next step as an event; `None` once the core thread has ended.
pub(crate) async fn next(steps: &mut Receiver<PbftStep>) -> Option<(&'static str, Value)> {
    match steps.recv().await {
        Ok(step) => Some(("step", describe(&step))),
        Err(RecvError::Lagged(missed)) => Some(("missed", json!({ "steps": missed }))),
        Err(RecvError::Closed) => None,
    }
}

fn describe(step: &PbftStep) -> Value {
    let mut data = json!({
        "step": step.kind.name(),
        "height": step.height.0,
        "view": step.view.0,
        "who": step.who.to_string(),
    });
    match &step.kind {
        StepKind::Request { event } => data["event"] = json!(event.to_string()),
        StepKind::PrePrepare { proposal, behind }
        | StepKind::Prepare { proposal, behind }
        | StepKind::Commit { proposal, behind } => {
            data["proposal"] = json!(proposal.to_string());
            add_stakes(&mut data, behind);
        }
        StepKind::ViewChange { behind } => add_stakes(&mut data, behind),
        StepKind::Reply { milestone, covered } => {
            data["milestone"] = json!(milestone.to_string());
            data["covered"] = json!(covered);
        }
    }
    data
}

/// Stakes are decimal strings: they may exceed 2^53, beyond which many JSON parsers round.
fn add_stakes(data: &mut Value, behind: &StakeTally) {
    for (name, stake) in
        [("stake", behind.stake), ("sum", behind.sum), ("quorum", behind.quorum), ("total", behind.total)]
    {
        data[name] = json!(stake.0.to_string());
    }
}

/// The JSON schema of a step, for `/openapi.json`.
pub(crate) fn schema() -> Value {
    let text = || json!({ "type": "string" });
    let number = || json!({ "type": "integer" });
    json!({
        "type": "object",
        "description": "The data of an event `step`. A request has `event`. Pre-prepare, prepare and commit have \
                        `proposal`. Votes have `stake` of the voter, `sum` of all equal votes so far, `quorum` and \
                        `total`. A reply has `milestone` and `covered`.",
        "required": ["step", "height", "view", "who"],
        "properties": {
            "step": { "enum": ["request", "pre-prepare", "prepare", "commit", "view-change", "reply"] },
            "height": number(), "view": number(), "who": text(),
            "event": text(), "proposal": text(), "milestone": text(), "covered": number(),
            "stake": text(), "sum": text(), "quorum": text(), "total": text(),
        },
    })
}
