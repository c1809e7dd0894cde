//! Somebody who plays by rules of their own: a client, or a liar with a member's key.

use std::rc::Rc;
use std::time::Duration;

use quorate_replica::Now;

use crate::fault::Fault;
use crate::node_id::NodeId;
use crate::packet::Packet;
use crate::rng::Rng;

/// Stands between a replica and the network, or in a replica's place.
pub trait Actor {
    /// What it is called in reports.
    fn name(&self) -> &'static str;

    /// Upon a message that arrives. False: the replica behind it does not hear of it.
    fn on_receive(&mut self, _from: NodeId, _packet: &Packet, _context: &mut ActorContext<'_>) -> bool {
        true
    }

    /// Upon a message that the replica behind it sends to each of `to`. False: it does not leave.
    fn on_send(&mut self, _to: &[NodeId], _packet: &Rc<Packet>, _context: &mut ActorContext<'_>) -> bool {
        true
    }

    /// Upon a time that it asked for, and once at the start.
    fn on_wake(&mut self, _context: &mut ActorContext<'_>) {}
}

/// What an actor can do: send, ask to be woken, and whatever the owner of a machine can do to it.
pub struct ActorContext<'w> {
    /// Its clock.
    pub now: Now,
    /// Its own draws.
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

    /// Asks to be woken after some time.
    pub fn wake_after(&mut self, after: Duration) {
        self.wakes.push(after);
    }

    /// Does something to its own machine after some time.
    pub fn inject_after(&mut self, after: Duration, fault: Fault) {
        self.faults.push((after, fault));
    }
}
