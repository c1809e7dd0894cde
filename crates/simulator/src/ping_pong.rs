//! A benchmark of the world without replicas: pairs of actors that answer each other.

use std::rc::Rc;
use std::time::Duration;

use quorate_event::Parameters;

use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;
use crate::world::{Setup, World};

/// Answers each message with one of its own.
struct PingPong {
    first: Option<NodeId>,
    packet: Rc<Packet>,
}

impl Actor for PingPong {
    fn name(&self) -> &'static str {
        "ping-pong"
    }

    fn on_receive(&mut self, from: NodeId, _: &Packet, context: &mut ActorContext<'_>) -> bool {
        context.send(from, &self.packet);
        false
    }

    fn on_wake(&mut self, context: &mut ActorContext<'_>) {
        if let Some(first) = self.first.take() {
            context.send(first, &self.packet);
        }
    }
}

/// Processes this many events in a world with a hundred messages in flight at any time. Returns the virtual time they took.
pub fn ping_pong(events: u64) -> Duration {
    const PAIRS: usize = 100;
    let mut world = World::new(1, Setup::equal(1, Parameters::default()));
    let packet = Rc::new(Packet::of_bytes(vec![7; 200]));
    for _ in 0..PAIRS {
        let one = world.join(Box::new(PingPong { first: None, packet: Rc::clone(&packet) }));
        world.join(Box::new(PingPong { first: Some(one), packet: Rc::clone(&packet) }));
    }
    world.run_until(Duration::MAX / 2, |world| world.event_count() >= events);
    world.elapsed()
}
