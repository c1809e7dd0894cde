//! Two machines with one key: a copied home of which both copies run.
//!
//! Both run the production replica honestly, without knowledge of each other. As leader they make two proposals, in a view each
//! votes by its own state, and both continue the same lane. They leave evidence once both have written, or voted differently.

use crate::node_id::NodeId;
use crate::world::World;

/// Starts the second machine.
pub(super) fn install(world: &mut World, node: NodeId) {
    world.twin(node);
}
