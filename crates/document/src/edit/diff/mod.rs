//! The difference of two sequences, and of two texts.

pub(crate) mod sequence;
pub(crate) mod text;
