//! A member that crashes repeatedly, loses the end of its vote log each time, and votes on without declaring the loss.
//!
//! This is a home restored from a backup by an operator who does not declare it. It may vote twice in a view, contradict what
//! it prepared, and skip a view in which it committed. It leaves evidence if two contradicting votes reach the same member.

use std::time::Duration;

use super::insider::Insider;
use crate::actor::{Actor, ActorContext};
use crate::fault::Fault;

pub(super) struct Amnesiac {
    insider: Insider,
    has_begun: bool,
}

impl Amnesiac {
    pub(super) const fn new(insider: Insider) -> Self {
        Self { insider, has_begun: false }
    }
}

impl Actor for Amnesiac {
    fn name(&self) -> &'static str {
        "amnesiac"
    }

    fn on_wake(&mut self, context: &mut ActorContext<'_>) {
        if self.has_begun {
            let node = self.insider.node;
            context.inject_after(Duration::ZERO, Fault::TruncateVoteLog(node));
            let down = context.rng.time(&(Duration::ZERO..=Duration::from_millis(200)));
            context.inject_after(down, Fault::Start(node));
        }
        self.has_begun = true;
        let up = context.rng.time(&(Duration::from_millis(300)..=Duration::from_secs(2)));
        context.wake_after(up);
    }
}
