//! Synchronization: what peers lack, and what is lacking here.

pub(crate) mod exchange;
pub(crate) mod fetch;
pub(crate) mod future_heights;
pub(crate) mod respond;
