//! The checks of vertices and milestones from outside.

pub(crate) mod committees;
pub(crate) mod vertex_validator;
