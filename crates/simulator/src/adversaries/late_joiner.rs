//! A member that is away while the network goes on, comes late, and asks everybody for everything again and again.
//!
//! Whoever catches up must get all of it, from peers of which each has its own work to do. This one goes on asking after
//! it has it all, as if it held nothing.

use std::rc::Rc;
use std::time::Duration;

use quorate_replica::PeerMessage;

use super::insider::Insider;
use crate::actor::{Actor, ActorContext};
use crate::fault::Fault;
use crate::node_id::NodeId;
use crate::packet::Packet;

const AWAY: Duration = Duration::from_secs(10);
const ASKS_EVERY: Duration = Duration::from_millis(500);

pub(super) struct LateJoiner {
    insider: Insider,
    /// What it said that it holds when it held nothing.
    empty_handed: Option<Rc<Packet>>,
    has_left: bool,
}

impl LateJoiner {
    pub(super) const fn new(insider: Insider) -> Self {
        Self { insider, empty_handed: None, has_left: false }
    }
}

impl Actor for LateJoiner {
    fn name(&self) -> &'static str {
        "late joiner"
    }

    fn on_send(&mut self, _to: &[NodeId], packet: &Rc<Packet>, _context: &mut ActorContext<'_>) -> bool {
        if let Some(PeerMessage::Summary(_)) = packet.message() {
            self.empty_handed.get_or_insert_with(|| Rc::clone(packet));
        }
        true
    }

    fn on_wake(&mut self, context: &mut ActorContext<'_>) {
        let node = self.insider.node;
        if self.has_left {
            if let Some(summary) = &self.empty_handed {
                let asked = self.insider.somebody(context.rng);
                context.send(asked, summary);
            }
            return context.wake_after(ASKS_EVERY);
        }
        self.has_left = true;
        context.inject_after(Duration::ZERO, Fault::Crash(node));
        context.inject_after(AWAY, Fault::Start(node));
        context.wake_after(AWAY + ASKS_EVERY);
    }
}
