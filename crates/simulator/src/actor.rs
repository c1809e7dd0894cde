//! Code that takes part in a world without being an honest replica: a client, or a Byzantine member.

use std::rc::Rc;
use std::time::Duration;

use quorate_replica::Now;

use crate::fault::Fault;
use crate::node_id::NodeId;
use crate::packet::Packet;
use crate::rng::Rng;

/// Stands between a replica and the network, or in a replica's place.
pub trait Actor {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// Upon a message that arrives. False drops the message: the replica behind the actor does not receive it.
    fn on_receive(&mut self, _from: NodeId, _packet: &Packet, _context: &mut ActorContext<'_>) -> bool {
        true
    }

    /// Upon a message that the replica behind the actor sends to each of `to`. False drops the message.
    fn on_send(&mut self, _to: &[NodeId], _packet: &Rc<Packet>, _context: &mut ActorContext<'_>) -> bool {
        true
    }

    /// Upon a time that it asked for with [`ActorContext::wake_after`], and once at the start.
    fn on_wake(&mut self, _context: &mut ActorContext<'_>) {}
}

/// The actions of an actor: send messages, ask for a later call, inject faults into its own machine.
pub struct ActorContext<'w> {
    /// The time by the node's own clock.
    pub now: Now,
    /// The actors' random numbers.
    pub rng: &'w mut Rng,
    pub(crate) sent: Vec<(NodeId, Rc<Packet>)>,
    pub(crate) wakes: Vec<Duration>,
    pub(crate) faults: Vec<(Duration, Fault)>,
}

impl<'w> ActorContext<'w> {
    pub(crate) const fn new(now: Now, rng: &'w mut Rng) -> Self {
        Self { now, rng, sent: Vec::new(), wakes: Vec::new(), faults: Vec::new() }
    }

    /// Sends a message.
    pub fn send(&mut self, to: NodeId, packet: &Rc<Packet>) {
        self.sent.push((to, Rc::clone(packet)));
    }

    /// Asks for a call of [`Actor::on_wake`] after some time.
    pub fn wake_after(&mut self, after: Duration) {
        self.wakes.push(after);
    }

    /// Injects a fault into its own machine after some time.
    pub fn inject_after(&mut self, after: Duration, fault: Fault) {
        self.faults.push((after, fault));
    }
}
