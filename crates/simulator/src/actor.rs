//! Somebody who plays by rules of their own: a client, or a liar with a member's key.

use std::rc::Rc;
use std::time::Duration;

use quorate_replica::Now;

use crate::fault::Deed;
use crate::packet::Wire;
use crate::rng::Chance;
use crate::world::Node;

/// Stands between a replica and the network, or in a replica's place.
pub trait Actor {
    /// What it is called in reports.
    fn name(&self) -> &'static str;

    /// Upon a message that arrives. False: the replica behind it does not hear of it.
    fn hears(&mut self, _from: Node, _wire: &Wire, _hands: &mut Hands<'_>) -> bool {
        true
    }

    /// Upon a message that the replica behind it sends to each of `to`. False: it does not leave.
    fn says(&mut self, _to: &[Node], _wire: &Rc<Wire>, _hands: &mut Hands<'_>) -> bool {
        true
    }

    /// Upon a time that it asked for, and once at the start.
    fn wakes(&mut self, _hands: &mut Hands<'_>) {}
}

/// What an actor can do: send, ask to be woken, and whatever the owner of a machine can do to it.
pub struct Hands<'w> {
    /// Its clock.
    pub now: Now,
    /// Its own draws.
    pub chance: &'w mut Chance,
    pub(crate) sent: Vec<(Node, Rc<Wire>)>,
    pub(crate) wakes: Vec<Duration>,
    pub(crate) deeds: Vec<(Duration, Deed)>,
}

impl<'w> Hands<'w> {
    pub(crate) const fn new(now: Now, chance: &'w mut Chance) -> Self {
        Self { now, chance, sent: Vec::new(), wakes: Vec::new(), deeds: Vec::new() }
    }

    /// Sends a message.
    pub fn send(&mut self, to: Node, wire: &Rc<Wire>) {
        self.sent.push((to, Rc::clone(wire)));
    }

    /// Asks to be woken after some time.
    pub fn wake_after(&mut self, after: Duration) {
        self.wakes.push(after);
    }

    /// Does something to its own machine after some time.
    pub fn do_after(&mut self, after: Duration, deed: Deed) {
        self.deeds.push((after, deed));
    }
}
