//! A member whose clock is off by up to ten years, runs too fast or too slow, and jumps.
//!
//! The times of its events and proposals are claims. The time of an event is never checked. The time of a new proposal must
//! be near the voters' clocks, else a leader could move the time of milestones ahead of what the next honest leader can
//! propose.

use std::time::Duration;

use super::insider::Insider;
use crate::actor::{Actor, ActorContext};
use crate::clock::ClockSkew;
use crate::fault::Fault;

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

    fn on_wake(&mut self, context: &mut ActorContext<'_>) {
        let most = match context.rng.below(3) {
            0 => 1_100,
            1 => 15_000,
            _ => TEN_YEARS_MS,
        };
        let ahead = i64::try_from(context.rng.below(most)).unwrap_or_default();
        let offset_ms = if context.rng.per_mille(500) { ahead } else { -ahead };
        let drift_ppm = i32::try_from(context.rng.below(600_000)).unwrap_or_default() - 300_000;
        context.inject_after(Duration::ZERO, Fault::SetClock(self.0.node, ClockSkew { offset_ms, drift_ppm }));
        context.wake_after(Duration::from_secs(3));
    }
}
