//! A member that is down while the network makes progress, joins late, and requests the whole history again and again.
//!
//! A late member must get all history from peers that have other work. This one goes on requesting it as if it held nothing.

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
    /// Its first summary, sent when it held nothing.
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
