//! Vertices and edits as JSON.

pub(crate) mod container_paths;
pub(crate) mod edits;
pub(crate) mod vertex;
