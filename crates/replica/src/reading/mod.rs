//! Queries, which change nothing.

pub(crate) mod follow;
pub(crate) mod history;
pub(crate) mod look;
pub(crate) mod status;
pub(crate) mod vertex;
