//! Evidence against keys.

pub(crate) mod pool;
