//! The two clocks of a node. The core reads the time here and nowhere else.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use quorate_event::Timestamp;
use quorate_replica::Now;

/// The time since the start of the process (monotonic), and the time of day.
#[derive(Clone, Copy)]
pub(crate) struct NodeClock {
    start: Instant,
}

impl NodeClock {
    #[expect(clippy::disallowed_methods, reason = "the edge: here time becomes an argument")]
    pub(crate) fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Both clocks now. Timers follow the first one, since it never jumps.
    #[expect(clippy::disallowed_methods, reason = "the edge: here time becomes an argument")]
    pub(crate) fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { elapsed: self.start.elapsed(), wall: Timestamp(u64::try_from(wall.as_millis()).unwrap_or(u64::MAX)) }
    }

    /// The instant at which `elapsed` has passed since the start.
    pub(crate) fn instant(&self, elapsed: Duration) -> tokio::time::Instant {
        let instant = self.start.checked_add(elapsed).unwrap_or(self.start);
        tokio::time::Instant::from_std(instant)
    }
}
