//! Request bodies, with bounds on their size, their time, and the memory of all of them.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::Problem;

/// Bytes of a request body, at most.
pub const BODY_BYTES: usize = 8 * 1024 * 1024;
/// A client that sends 8 MiB more slowly than this holds memory for which other clients wait.
const BODY_TIME: Duration = Duration::from_secs(30);
/// The unit in which memory is reserved, so that one semaphore permit does not stand for one byte.
const BUDGET_UNIT: usize = 64 * 1024;
/// Bytes of all bodies that are held at once, at most. Further requests wait.
const BUDGET_BYTES: usize = 64 * 1024 * 1024;

/// The memory for all bodies.
#[derive(Debug, Clone)]
pub(super) struct BodyBudget(Arc<Semaphore>);

impl Default for BodyBudget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(BUDGET_BYTES / BUDGET_UNIT)))
    }
}

/// A body with the reservation of its memory, which lasts until the request is answered.
#[derive(Debug)]
pub(super) struct ReceivedBody {
    bytes: Bytes,
    room: OwnedSemaphorePermit,
}

impl BodyBudget {
    /// Reads a body of at most `limit` bytes. A body whose `Content-Length` is greater is refused unread.
    pub(super) async fn receive(&self, headers: &HeaderMap, body: Body, limit: usize) -> Result<ReceivedBody, Problem> {
        let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let weight = announced.unwrap_or(limit);
        if weight > limit {
            return Err(Problem::BodyTooLarge { limit });
        }
        let units = u32::try_from(weight.div_ceil(BUDGET_UNIT)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.0).acquire_many_owned(units).await;
        // The semaphore is never closed.
        let room = room.map_err(|_| Problem::BodyIncomplete)?;
        let bytes = tokio::time::timeout(BODY_TIME, to_bytes(body, limit)).await;
        match bytes.map_err(|_| Problem::BodyIncomplete)? {
            Ok(bytes) => Ok(ReceivedBody { bytes, room }),
            // Without a `Content-Length`, only reading shows that the body is too long.
            Err(_) if announced.is_none() => Err(Problem::BodyTooLarge { limit }),
            Err(_) => Err(Problem::BodyIncomplete),
        }
    }
}

impl ReceivedBody {
    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The body as JSON, read strictly, and the reservation, which the caller keeps as long as the value.
    pub(super) fn into_json(self) -> Result<(Value, OwnedSemaphorePermit), Problem> {
        let value = quorate_replica::parse_json(&self.bytes);
        let value = value.map_err(|error| Problem::BadJson(error.into()))?;
        Ok((value, self.room))
    }
}
