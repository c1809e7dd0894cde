//! Queries that change nothing.

pub(crate) mod follow;
pub(crate) mod look;
pub(crate) mod status;
