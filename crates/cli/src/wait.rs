//! Polling with a deadline.

use std::thread;
use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// Bounds of the interval between two polls: no load at the upper one, not noticeable at the lower one.
const LAST_PAUSE: Duration = Duration::from_millis(250);

/// The moment at which polling ends.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    at: Option<Instant>,
    pause: Duration,
}

impl Deadline {
    /// A deadline this number of milliseconds from now.
    pub fn after_ms(limit_ms: u64) -> Self {
        Self {
            // A moment that `Instant` cannot hold is never reached.
            at: now().checked_add(Duration::from_millis(limit_ms)),
            pause: FIRST_PAUSE,
        }
    }

    /// Whether the deadline has passed.
    pub fn is_over(&self) -> bool {
        self.at.is_some_and(|at| now() >= at)
    }

    /// Sleeps, each time a little longer.
    pub fn pause(&mut self) {
        thread::sleep(self.pause);
        self.pause = LAST_PAUSE.min(self.pause.saturating_mul(2));
    }
}

#[expect(clippy::disallowed_methods, reason = "a person or a script waits at this end of the wire")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_passes_and_a_far_one_does_not() {
        assert!(Deadline::after_ms(0).is_over());
        assert!(!Deadline::after_ms(u64::MAX).is_over());
    }
}
