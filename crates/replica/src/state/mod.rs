//! The state that follows from the admitted vertices.

pub(crate) mod admission;
pub(crate) mod checkpoint;
pub(crate) mod derive;
