//! JSON text: the parser, the canonical text that is hashed, and pointers to values.

pub(crate) mod canonical;
pub(crate) mod error;
pub(crate) mod parse;
pub(crate) mod pointer;
pub(crate) mod scalar;
