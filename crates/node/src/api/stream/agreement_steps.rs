//! The steps of agreement as `/v1/stream?steps=true` tells them: live, to whoever watches, and not remembered.

use quorate_replica::{PbftStep, StakeTally, StepKind};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// The next step as an event's name and data; nothing once the core has ended.
pub(crate) async fn next(steps: &mut Receiver<PbftStep>) -> Option<(&'static str, Value)> {
    match steps.recv().await {
        Ok(step) => Some(("step", describe(&step))),
        Err(RecvError::Lagged(missed)) => Some(("missed", json!({ "steps": missed }))),
        Err(RecvError::Closed) => None,
    }
}

fn describe(step: &PbftStep) -> Value {
    let mut told = json!({
        "step": step.kind.name(),
        "height": step.height.0,
        "view": step.view.0,
        "who": step.who.to_string(),
    });
    match &step.kind {
        StepKind::Request { event } => told["event"] = json!(event.to_string()),
        StepKind::PrePrepare { proposal, behind }
        | StepKind::Prepare { proposal, behind }
        | StepKind::Commit { proposal, behind } => {
            told["proposal"] = json!(proposal.to_string());
            weigh(&mut told, behind);
        }
        StepKind::ViewChange { behind } => weigh(&mut told, behind),
        StepKind::Reply { milestone, covered } => {
            told["milestone"] = json!(milestone.to_string());
            told["covered"] = json!(covered);
        }
    }
    told
}

/// Amounts are decimal strings: they may be greater than what JSON readers hold as a number.
fn weigh(told: &mut Value, behind: &StakeTally) {
    for (name, stake) in
        [("stake", behind.stake), ("sum", behind.sum), ("quorum", behind.quorum), ("total", behind.total)]
    {
        told[name] = json!(stake.0.to_string());
    }
}

/// What a `step` holds, for the description.
pub(crate) fn schema() -> Value {
    let text = || json!({ "type": "string" });
    let number = || json!({ "type": "integer" });
    json!({
        "type": "object",
        "description": "The data of an event `step`. `event` comes with a request; `proposal` with pre-prepare, prepare \
                        and commit; `stake` of who voted, `sum` of all that said the same, `quorum` and `total` with \
                        votes; `milestone` and `covered` with a reply.",
        "required": ["step", "height", "view", "who"],
        "properties": {
            "step": { "enum": ["request", "pre-prepare", "prepare", "commit", "view-change", "reply"] },
            "height": number(), "view": number(), "who": text(),
            "event": text(), "proposal": text(), "milestone": text(), "covered": number(),
            "stake": text(), "sum": text(), "quorum": text(), "total": text(),
        },
    })
}
