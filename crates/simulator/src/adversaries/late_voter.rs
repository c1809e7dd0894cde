//! A member whose messages of agreement are late: by nothing, by just under a view timer, or by several views.
//!
//! A slow leader costs one view timer each turn but signs nothing wrong. Its late votes arrive after the view or the height is
//! over: they must neither count there nor cost anything.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::insider::Insider;
use super::messages::of_agreement;
use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;

pub(super) struct LateVoter {
    insider: Insider,
    /// Delayed messages, by their time of sending.
    held: BTreeMap<(Duration, u64), (Vec<NodeId>, Rc<Packet>)>,
    count: u64,
}

impl LateVoter {
    pub(super) const fn new(insider: Insider) -> Self {
        Self { insider, held: BTreeMap::new(), count: 0 }
    }

    fn delay(&self, context: &mut ActorContext<'_>) -> Duration {
        let timer = self.insider.view_timer();
        match context.rng.below(3) {
            0 => Duration::ZERO,
            1 => timer.saturating_sub(Duration::from_millis(5)),
            _ => context.rng.time(&(Duration::ZERO..=timer * 4)),
        }
    }
}

impl Actor for LateVoter {
    fn name(&self) -> &'static str {
        "late voter"
    }

    fn on_send(&mut self, to: &[NodeId], packet: &Rc<Packet>, context: &mut ActorContext<'_>) -> bool {
        if of_agreement(packet).is_none() {
            return true;
        }
        let delay = self.delay(context);
        self.count += 1;
        self.held.insert((context.now.elapsed + delay, self.count), (to.to_vec(), Rc::clone(packet)));
        context.wake_after(delay);
        false
    }

    fn on_wake(&mut self, context: &mut ActorContext<'_>) {
        while let Some(first) = self.held.first_entry().filter(|first| first.key().0 <= context.now.elapsed) {
            let (to, packet) = first.remove();
            for node in to {
                context.send(node, &packet);
            }
        }
    }
}
