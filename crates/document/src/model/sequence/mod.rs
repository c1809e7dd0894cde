//! Sequences: elements in Fugue's order. Each is placed once, and none is ever taken out.
//!
//! ```text
//!   insertion (key, left, right) --> runs: its parent in the tree --> placement: its gap --> fragment_tree: counted
//!   removal (key, count) ----------> removals, stored for every view; hiding: fragments that no longer show
//!
//!   insertion, hiding, reading, comparison -> state -> fragment_tree, runs, removal -> fragment -> numbers
//! ```
//!
//! A *run* is the elements of one insertion, a *fragment* the part of a run between whose elements no other element stands.
//! Every operation costs O(log n) in the number of runs or fragments, whatever the shape of the graph; only a view that
//! does not show everything is read element by element.

mod comparison;
mod fragment;
mod fragment_tree;
mod hiding;
mod insertion;
mod numbers;
mod placement;
mod reading;
mod removal;
mod runs;
mod state;

pub(crate) use fragment::Fragment;
pub(crate) use fragment_tree::FragmentTree;
pub(crate) use insertion::{NewRun, Origins};
pub(crate) use numbers::{ContentOffset, FragmentNo, LeafNo, RunNo, RunPosition};
pub(crate) use reading::RunSlice;
pub(crate) use removal::{RemovedRange, RemovedRanges};
pub(crate) use runs::{ChildSide, RunTree};
pub(crate) use state::{ElementContent, Sequence};
