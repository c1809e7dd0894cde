//! Discovery of peers: the address book, Kademlia as a directory, and the anchors of the last run.

pub(crate) mod address_book;
pub(crate) mod anchors;
pub(crate) mod kademlia;
