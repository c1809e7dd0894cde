//! JSON as text: what is read, the one canonical text that is hashed, and the pointers that name places.

pub(crate) mod canonical;
pub(crate) mod error;
pub(crate) mod parse;
pub(crate) mod pointer;
pub(crate) mod scalar;
