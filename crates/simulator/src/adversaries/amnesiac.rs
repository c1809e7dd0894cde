//! A member that crashes again and again, loses the end of its vote log each time, and votes on as if nothing had been.
//!
//! That is a home restored from a backup by somebody who does not say so. It may vote twice in a view, forget what it
//! prepared, and skip what it committed. It leaves evidence if both votes meet, and none if they do not.

use std::time::Duration;

use super::insider::Insider;
use crate::actor::{Actor, Hands};
use crate::fault::Deed;

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

    fn wakes(&mut self, hands: &mut Hands<'_>) {
        if self.has_begun {
            let node = self.insider.node;
            hands.do_after(Duration::ZERO, Deed::Forget(node));
            let down = hands.chance.time(&(Duration::ZERO..=Duration::from_millis(200)));
            hands.do_after(down, Deed::Start(node));
        }
        self.has_begun = true;
        let up = hands.chance.time(&(Duration::from_millis(300)..=Duration::from_secs(2)));
        hands.wake_after(up);
    }
}
