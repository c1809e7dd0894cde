//! Work for agreement: cuts, checks, signatures.

pub(crate) mod agreement;
pub(crate) mod cut;
