//! The value of a document in a view, and the difference between two views.
//!
//! ```text
//!   patches, conflicts, root -> reading -> sequences -> positions
//! ```

pub(crate) mod conflicts;
pub(crate) mod patches;
pub(crate) mod positions;
pub(crate) mod reading;
pub(crate) mod root;
pub(crate) mod sequences;
