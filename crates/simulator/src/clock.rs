//! The clock of a node, which may be wrong.

use std::time::Duration;

use quorate_event::Timestamp;
use quorate_replica::Now;

/// The world's clock starts here: 2026-01-01T00:00:00Z.
pub(crate) const EPOCH_MS: u64 = 1_767_225_600_000;

const MILLION: i128 = 1_000_000;

/// How a node's clock differs from the world's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClockSkew {
    /// How far the wall clock is ahead of the world's, in milliseconds.
    pub offset_ms: i64,
    /// How much too fast the clock runs, in parts per million; above -1,000,000.
    pub drift_ppm: i32,
}

impl ClockSkew {
    /// The node's reading of the world's time. The drift affects its timers and its wall clock, the offset its wall clock only.
    pub(crate) fn now(&self, world: Duration) -> Now {
        let elapsed = self.scale(world, MILLION + i128::from(self.drift_ppm), MILLION);
        let wall = i128::from(EPOCH_MS) + elapsed.as_millis() as i128 + i128::from(self.offset_ms);
        Now { elapsed, wall: Timestamp(u64::try_from(wall).unwrap_or(0)) }
    }

    /// The world's time at which the node's timers show `elapsed`, or up to 2 ns later.
    pub(crate) fn world_time(&self, elapsed: Duration) -> Duration {
        let world = self.scale(elapsed, MILLION, MILLION + i128::from(self.drift_ppm));
        if self.drift_ppm == 0 { world } else { world + Duration::from_nanos(2) }
    }

    fn scale(&self, time: Duration, by: i128, of: i128) -> Duration {
        if self.drift_ppm == 0 {
            return time;
        }
        let nanos = time.as_nanos() as i128 * by / of.max(1);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_has_run_out_when_the_world_says_so() {
        for drift_ppm in [-500_000, -300, 0, 7, 250, 900_000] {
            let clock = ClockSkew { offset_ms: -12_345, drift_ppm };
            for nanos in [0, 1, 999, 1_000_000_007, 86_400_000_000_000] {
                let timer = Duration::from_nanos(nanos);
                let now = clock.now(clock.world_time(timer));
                assert!(now.elapsed >= timer, "{drift_ppm} {nanos}");
                assert!(now.elapsed <= timer + Duration::from_nanos(8), "{drift_ppm} {nanos}");
            }
        }
    }

    #[test]
    fn a_clock_that_is_ahead_shows_it() {
        let clock = ClockSkew { offset_ms: 1_500, drift_ppm: 100_000 };
        let now = clock.now(Duration::from_secs(10));
        assert_eq!((now.elapsed, now.wall), (Duration::from_secs(11), Timestamp(EPOCH_MS + 12_500)));
    }
}
