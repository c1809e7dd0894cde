//! The only function of this crate that reads a clock.

use std::time::Instant;

/// Now, for waits, bans and `last_seen`; no message and no verdict depends on it.
#[expect(clippy::disallowed_methods, reason = "the edge: here time becomes an argument")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
