//! The name of a node in a scenario.

/// A node of a scenario, by its index from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeIndex(pub usize);
