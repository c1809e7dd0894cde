//! The client: sends its request to all members at once, and waits until enough of them report all of it as final.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use quorate_event::Height;

use super::workload::Workload;
use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;
use crate::receipt::Receipt;

/// A client of the members that are nodes 0 and following.
pub(crate) struct EmulationClient {
    workload: Workload,
    /// The receipts of each member: by height, how many events the milestone newly covers.
    receipts: Vec<BTreeMap<Height, usize>>,
    /// How many members must report all events as final.
    needed: usize,
    /// The time at which enough members have.
    answered: Rc<Cell<Option<Duration>>>,
}

impl EmulationClient {
    pub(crate) fn new(workload: Workload, members: usize, needed: usize, answered: Rc<Cell<Option<Duration>>>) -> Self {
        Self { workload, receipts: vec![BTreeMap::new(); members], needed, answered }
    }

    fn satisfied(&self) -> usize {
        let all = |receipts: &&BTreeMap<Height, usize>| receipts.values().sum::<usize>() >= self.workload.events;
        self.receipts.iter().filter(all).count()
    }
}

impl Actor for EmulationClient {
    fn name(&self) -> &'static str {
        "client"
    }

    fn on_receive(&mut self, from: NodeId, packet: &Packet, context: &mut ActorContext<'_>) -> bool {
        if let (Some(receipt), Some(receipts)) = (Receipt::from_bytes(packet.bytes()), self.receipts.get_mut(from.0)) {
            receipts.insert(receipt.height, receipt.covered);
            if self.answered.get().is_none() && self.satisfied() >= self.needed {
                self.answered.set(Some(context.now.elapsed));
            }
        }
        false
    }

    fn on_wake(&mut self, context: &mut ActorContext<'_>) {
        for packet in &self.workload.messages {
            for member in (0..self.receipts.len()).map(NodeId) {
                context.send(member, packet);
            }
        }
    }
}
