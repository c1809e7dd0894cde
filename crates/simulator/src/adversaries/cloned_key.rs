//! Two machines with one key: a home that was copied, and both copies started.
//!
//! Both run the production replica, honestly, and neither knows of the other. As a leader they offer two proposals, in a
//! view they vote as each saw it, and both continue one lane. They leave evidence once both have written, or voted apart.

use crate::node_id::NodeId;
use crate::world::World;

/// Starts the second machine.
pub(super) fn install(world: &mut World, node: NodeId) {
    world.twin(node);
}
