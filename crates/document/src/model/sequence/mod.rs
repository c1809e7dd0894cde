//! Sequences: elements in Fugue's order, each placed once, none ever taken out.
//!
//! ```text
//!   insertion (key, left, right) --> tree: where does it hang? --> order: where does it stand? --> fragments, counted
//!   removal (key, count) ----------> removals, kept for every view; fragments that no longer show
//! ```
//!
//! A *run* is what one edit inserted, a *fragment* a piece of a run that nothing stands between. Everything costs
//! O(log n) in the number of runs or fragments, whatever the graph looks like; only a view that is not everything is read
//! element by element.

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
pub(crate) use numbers::{FragmentNo, LeafNo, RunNo, RunPosition};
pub(crate) use reading::RunSlice;
pub(crate) use removal::{RemovedRange, RemovedRanges};
pub(crate) use runs::{ChildSide, RunTree};
pub(crate) use state::{ElementContent, Sequence};
