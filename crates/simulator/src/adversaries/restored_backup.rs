//! A member whose operator sometimes takes a backup, restores it later, and starts the node without declaring it.
//!
//! Its vote log is intact but old: it may vote twice in a view, and continues its lane from the old end. It leaves evidence if
//! two contradicting votes, or two events of one position, reach the same member.

use std::time::Duration;

use super::insider::Insider;
use crate::actor::{Actor, ActorContext};
use crate::fault::Fault;

pub(super) struct RestoredBackup {
    insider: Insider,
    has_backup: bool,
}

impl RestoredBackup {
    pub(super) const fn new(insider: Insider) -> Self {
        Self { insider, has_backup: false }
    }
}

impl Actor for RestoredBackup {
    fn name(&self) -> &'static str {
        "restored backup"
    }

    fn on_wake(&mut self, context: &mut ActorContext<'_>) {
        let node = self.insider.node;
        if self.has_backup && context.rng.below(3) > 0 {
            context.inject_after(Duration::ZERO, Fault::RestoreDisk(node));
            let down = context.rng.time(&(Duration::ZERO..=Duration::from_millis(200)));
            context.inject_after(down, Fault::Start(node));
        } else {
            context.inject_after(Duration::ZERO, Fault::BackUpDisk(node));
            self.has_backup = true;
        }
        let up = context.rng.time(&(Duration::from_millis(300)..=Duration::from_secs(4)));
        context.wake_after(up);
    }
}
