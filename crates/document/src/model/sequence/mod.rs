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
mod insertion;
mod order;
mod place;
mod reading;
mod removal;
mod runs;

pub(crate) use fragment::{Fragment, FragmentNo};
pub(crate) use insertion::{Content, NewRun, Origins, Sequence};
pub(crate) use order::{LeafNo, Order};
pub(crate) use reading::Piece;
pub(crate) use removal::{Removal, Removed};
pub(crate) use runs::{Place, RunNo, Runs, Side};
