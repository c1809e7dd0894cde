//! A member that is away while the network goes on, comes late, and asks everybody for everything again and again.
//!
//! Whoever catches up must get all of it, from peers of which each has its own work to do. This one goes on asking after
//! it has it all, as if it held nothing.

use std::rc::Rc;
use std::time::Duration;

use quorate_replica::PeerMessage;

use super::insider::Insider;
use crate::actor::{Actor, Hands};
use crate::fault::Deed;
use crate::packet::Wire;
use crate::world::Node;

const AWAY: Duration = Duration::from_secs(10);
const ASKS_EVERY: Duration = Duration::from_millis(500);

pub(super) struct LateJoiner {
    insider: Insider,
    /// What it said that it holds when it held nothing.
    empty_handed: Option<Rc<Wire>>,
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

    fn says(&mut self, _to: &[Node], wire: &Rc<Wire>, _hands: &mut Hands<'_>) -> bool {
        if let Some(PeerMessage::Summary(_)) = wire.message() {
            self.empty_handed.get_or_insert_with(|| Rc::clone(wire));
        }
        true
    }

    fn wakes(&mut self, hands: &mut Hands<'_>) {
        let node = self.insider.node;
        if self.has_left {
            if let Some(summary) = &self.empty_handed {
                let asked = self.insider.somebody(hands.chance);
                hands.send(asked, summary);
            }
            return hands.wake_after(ASKS_EVERY);
        }
        self.has_left = true;
        hands.do_after(Duration::ZERO, Deed::Crash(node));
        hands.do_after(AWAY, Deed::Start(node));
        hands.wake_after(AWAY + ASKS_EVERY);
    }
}
