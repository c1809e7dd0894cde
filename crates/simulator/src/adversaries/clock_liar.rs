//! A member whose clock is off by up to ten years, runs too fast or too slow, and jumps.
//!
//! The times of its events and proposals are claims. An event's is never judged; a fresh proposal's must be near the
//! voters' clocks, else a leader could move the milestones' time where the next honest leader cannot follow.

use std::time::Duration;

use super::insider::Insider;
use crate::actor::{Actor, Hands};
use crate::clock::Clock;
use crate::fault::Deed;

const TEN_YEARS_MS: u64 = 10 * 365 * 86_400_000;

pub(super) struct ClockLiar(Insider);

impl ClockLiar {
    pub(super) const fn new(insider: Insider) -> Self {
        Self(insider)
    }
}

impl Actor for ClockLiar {
    fn name(&self) -> &'static str {
        "clock liar"
    }

    fn wakes(&mut self, hands: &mut Hands<'_>) {
        let most = match hands.chance.below(3) {
            0 => 1_100,
            1 => 15_000,
            _ => TEN_YEARS_MS,
        };
        let ahead = i64::try_from(hands.chance.below(most)).unwrap_or_default();
        let offset_ms = if hands.chance.per_mille(500) { ahead } else { -ahead };
        let drift_ppm = i32::try_from(hands.chance.below(600_000)).unwrap_or_default() - 300_000;
        hands.do_after(Duration::ZERO, Deed::Clock(self.0.node, Clock { offset_ms, drift_ppm }));
        hands.wake_after(Duration::from_secs(3));
    }
}
