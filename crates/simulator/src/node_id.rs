//! The name of a node in a world.

/// A node of a world, by its index from 0. Members come first, then followers, then twins and actors in the order in which
/// they were added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);
