//! The checks of vertices from outside, which run on worker threads.

pub(crate) mod committees;
mod history_check;
pub(crate) mod vertex_validator;
