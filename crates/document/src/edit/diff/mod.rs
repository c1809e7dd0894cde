//! What differs between two sequences and between two texts.

pub(crate) mod sequence;
pub(crate) mod text;
