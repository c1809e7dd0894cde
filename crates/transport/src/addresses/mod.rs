//! Multiaddresses: their forms, how far they reach, and the lookup of names in them.

pub(crate) mod multiaddr;
pub(crate) mod name_lookup;
pub(crate) mod reachability;
