//! Waiting for a write: the level to wait for, the time limit, and the answer.

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

/// The time limit if the client names none.
const DEFAULT_MS: u64 = 30_000;
/// The greatest time limit: a waiting request holds a connection.
const MAX_MS: u64 = 300_000;

/// A write waits for the disk at least this long, since before that there is no result to report.
const DURABLE_MS: u64 = 10_000;

/// The level for which a client waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AwaitedLevel {
    Durable,
    Final,
}

/// The level for which a client waits, and the time limit.
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

    /// Waits for `write`, and then for its finality if the client asks for it.
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
            // First in order: a write that is final already is reported as final even with `timeout_ms=0`.
            milestone = written.finality => milestone.ok(),
            () = &mut timeout => None,
            // A node that stops still answers that the write is durable.
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
