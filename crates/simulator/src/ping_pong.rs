//! The world alone: actors that do nothing but answer each other.

use std::rc::Rc;
use std::time::Duration;

use quorate_event::Parameters;

use crate::actor::{Actor, Hands};
use crate::packet::Wire;
use crate::world::{Node, Setup, World};

/// Sends back whatever it hears.
struct Echo {
    first: Option<Node>,
    wire: Rc<Wire>,
}

impl Actor for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn hears(&mut self, from: Node, _: &Wire, hands: &mut Hands<'_>) -> bool {
        hands.send(from, &self.wire);
        false
    }

    fn wakes(&mut self, hands: &mut Hands<'_>) {
        if let Some(first) = self.first.take() {
            hands.send(first, &self.wire);
        }
    }
}

/// Lets so many things happen in a world in which a hundred messages are always on their way; how long they took there.
pub fn echoes(events: u64) -> Duration {
    const PAIRS: usize = 100;
    let mut world = World::new(1, Setup::equal(1, Parameters::default()));
    let wire = Rc::new(Wire::of_bytes(vec![7; 200]));
    for _ in 0..PAIRS {
        let one = world.join(Box::new(Echo { first: None, wire: Rc::clone(&wire) }));
        world.join(Box::new(Echo { first: Some(one), wire: Rc::clone(&wire) }));
    }
    world.run_until(Duration::MAX / 2, |world| world.happened() >= events);
    world.elapsed()
}
