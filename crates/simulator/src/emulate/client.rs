//! The client: sends its request to all members at once, and waits until enough of them say that all of it is final.

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
    /// What each member has told: by height, how many events it newly covers.
    told: Vec<BTreeMap<Height, usize>>,
    /// How many members must have told of all events.
    needed: usize,
    /// When they had.
    answered: Rc<Cell<Option<Duration>>>,
}

impl EmulationClient {
    pub(crate) fn new(workload: Workload, members: usize, needed: usize, answered: Rc<Cell<Option<Duration>>>) -> Self {
        Self { workload, told: vec![BTreeMap::new(); members], needed, answered }
    }

    fn satisfied(&self) -> usize {
        let all = |told: &&BTreeMap<Height, usize>| told.values().sum::<usize>() >= self.workload.events;
        self.told.iter().filter(all).count()
    }
}

impl Actor for EmulationClient {
    fn name(&self) -> &'static str {
        "client"
    }

    fn on_receive(&mut self, from: NodeId, packet: &Packet, context: &mut ActorContext<'_>) -> bool {
        if let (Some(receipt), Some(told)) = (Receipt::from_bytes(packet.bytes()), self.told.get_mut(from.0)) {
            told.insert(receipt.height, receipt.covered);
            if self.answered.get().is_none() && self.satisfied() >= self.needed {
                self.answered.set(Some(context.now.elapsed));
            }
        }
        false
    }

    fn on_wake(&mut self, context: &mut ActorContext<'_>) {
        for packet in &self.workload.messages {
            for member in (0..self.told.len()).map(NodeId) {
                context.send(member, packet);
            }
        }
    }
}
