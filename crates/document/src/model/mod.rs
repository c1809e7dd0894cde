//! The documents themselves: every write that was folded, in any causal order.
//!
//! ```text
//!   documents -> document -> fold -> containers -> list, text -> sequence/
//!                                               -> register, counter
//!   all of them -> events -> id_hash; causal_order, document_view, outcome, ids
//! ```

pub(crate) mod causal_order;
pub(crate) mod document_view;
pub(crate) mod ids;
pub(crate) mod outcome;

pub(crate) mod events;
pub(crate) mod id_hash;

pub(crate) mod counter;
pub(crate) mod list;
pub(crate) mod register;
pub(crate) mod sequence;
pub(crate) mod text;

pub(crate) mod containers;
pub(crate) mod document;
pub(crate) mod documents;
pub(crate) mod fold;
