//! A member whose owner takes a backup now and then, puts it back later, and starts on it as if nothing had been.
//!
//! Its vote log is whole, but old: it may vote twice in a view, and begins its lane again where it was. It leaves evidence
//! if both votes, or both events, meet, and none if they do not.

use std::time::Duration;

use super::insider::Insider;
use crate::actor::{Actor, Hands};
use crate::fault::Deed;

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

    fn wakes(&mut self, hands: &mut Hands<'_>) {
        let node = self.insider.node;
        if self.has_backup && hands.chance.below(3) > 0 {
            hands.do_after(Duration::ZERO, Deed::Rollback(node));
            let down = hands.chance.time(&(Duration::ZERO..=Duration::from_millis(200)));
            hands.do_after(down, Deed::Start(node));
        } else {
            hands.do_after(Duration::ZERO, Deed::Snapshot(node));
            self.has_backup = true;
        }
        let up = hands.chance.time(&(Duration::from_millis(300)..=Duration::from_secs(4)));
        hands.wake_after(up);
    }
}
