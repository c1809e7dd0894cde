//! The order of a sequence: its fragments in the leaves of a B+ tree that counts the elements that show.

mod filled;
mod growing;
mod search;
mod tree;

pub(crate) use search::ScanDirection;
pub(crate) use tree::FragmentTree;
