//! The world alone: actors that do nothing but answer each other.

use std::rc::Rc;
use std::time::Duration;

use quorate_event::Parameters;

use crate::actor::{Actor, ActorContext};
use crate::node_id::NodeId;
use crate::packet::Packet;
use crate::world::{Setup, World};

/// Sends back whatever it hears.
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

/// Lets so many things happen in a world in which a hundred messages are always on their way; how long they took there.
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
