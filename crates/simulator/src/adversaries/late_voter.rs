//! A member whose every word of agreement comes late: by nothing, by just under a view's timer, or by several views.
//!
//! A slow leader costs a view's timer each turn but is never seen to lie. Its late votes arrive when the view, or the
//! height, is over: they must neither count there nor cost anything.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::insider::Insider;
use super::messages::of_agreement;
use crate::actor::{Actor, Hands};
use crate::packet::Wire;
use crate::world::Node;

pub(super) struct LateVoter {
    insider: Insider,
    /// What is held back, by when it leaves.
    held: BTreeMap<(Duration, u64), (Vec<Node>, Rc<Wire>)>,
    count: u64,
}

impl LateVoter {
    pub(super) const fn new(insider: Insider) -> Self {
        Self { insider, held: BTreeMap::new(), count: 0 }
    }

    fn delay(&self, hands: &mut Hands<'_>) -> Duration {
        let timer = self.insider.view_timer();
        match hands.chance.below(3) {
            0 => Duration::ZERO,
            1 => timer.saturating_sub(Duration::from_millis(5)),
            _ => hands.chance.time(&(Duration::ZERO..=timer * 4)),
        }
    }
}

impl Actor for LateVoter {
    fn name(&self) -> &'static str {
        "late voter"
    }

    fn says(&mut self, to: &[Node], wire: &Rc<Wire>, hands: &mut Hands<'_>) -> bool {
        if of_agreement(wire).is_none() {
            return true;
        }
        let delay = self.delay(hands);
        self.count += 1;
        self.held.insert((hands.now.elapsed + delay, self.count), (to.to_vec(), Rc::clone(wire)));
        hands.wake_after(delay);
        false
    }

    fn wakes(&mut self, hands: &mut Hands<'_>) {
        while let Some(first) = self.held.first_entry().filter(|first| first.key().0 <= hands.now.elapsed) {
            let (to, wire) = first.remove();
            for node in to {
                hands.send(node, &wire);
            }
        }
    }
}
