//! How long a write waits, for which level, and what it answers.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use quorate_event::{EventId, Height};
use serde_json::json;

use super::problem::Problem;
use super::query::Query;
use super::reply::json;
use super::state::AppState;
use crate::core::DurableWrite;

/// How long a write waits unless told otherwise.
const DEFAULT_MS: u64 = 30_000;
/// How long it may wait, at most: it holds a connection.
const MAX_MS: u64 = 300_000;

/// How long a write waits for the disk at least: before that, there is nothing that an answer could level.
const DURABLE_MS: u64 = 10_000;

/// Which of the two promises a client waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AwaitedLevel {
    Durable,
    Final,
}

/// What a client waits for, and how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct WriteWait {
    level: AwaitedLevel,
    timeout_ms: u64,
}

impl WriteWait {
    /// Reads `wait` and `timeout_ms`.
    pub(super) fn of(query: &Query) -> Result<Self, Problem> {
        let choices = [("durable", AwaitedLevel::Durable), ("final", AwaitedLevel::Final)];
        let level = query.choice("wait", &choices, "`durable` or `final`")?;
        let (name, expected) = ("timeout_ms", "0 to 300000");
        let timeout_ms = query.number(name, expected)?.unwrap_or(DEFAULT_MS);
        if timeout_ms > MAX_MS {
            return Err(Problem::BadParameter { name, expected });
        }
        Ok(Self { level, timeout_ms })
    }

    /// Waits for `write` and then for its finality, if that is wanted.
    pub(super) async fn answer(
        self,
        app: &Arc<AppState>,
        write: impl Future<Output = Result<DurableWrite, Problem>>,
    ) -> Result<Response, Problem> {
        let timeout = tokio::time::sleep(Duration::from_millis(self.timeout_ms));
        tokio::pin!(timeout);
        let durable_ms = self.timeout_ms.max(DURABLE_MS);
        let written = tokio::time::timeout(Duration::from_millis(durable_ms), write).await;
        let written = written.map_err(|_| Problem::NotDurableYet { after_ms: durable_ms })??;
        if self.level == AwaitedLevel::Durable {
            return Ok(answer(StatusCode::OK, &written.events, None));
        }
        let milestone = tokio::select! {
            biased;
            // Whatever is done already is told, even where the client wanted to wait for nothing.
            milestone = written.finality => milestone.ok(),
            () = &mut timeout => None,
            // What is durable stays durable: a node that stops owes this answer still.
            () = app.closed() => None,
        };
        let status = if milestone.is_some() { StatusCode::OK } else { StatusCode::ACCEPTED };
        Ok(answer(status, &written.events, milestone))
    }
}

fn answer(status: StatusCode, events: &[EventId], milestone: Option<Height>) -> Response {
    let events: Vec<String> = events.iter().map(ToString::to_string).collect();
    let level = if milestone.is_some() { "final" } else { "durable" };
    let milestone = milestone.map(|height| height.0);
    json(status, &json!({ "events": events, "level": level, "milestone": milestone }))
}
