//! The events that no milestone covers yet.

pub(crate) mod backlog;
pub(crate) mod finality;
