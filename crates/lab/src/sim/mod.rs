//! Commands that simulate production replicas in virtual time.

pub(crate) mod emulate;
pub(crate) mod fuzz;
pub(crate) mod play;
pub(crate) mod plots;
pub(crate) mod replay;
pub(crate) mod speed;
