//! The numbers by which a sequence refers to its runs, their elements, its fragments and the leaves of its tree.
//!
//! Each counts from 0 in the order of arrival at this node, and never leaves the process.

use std::cmp::Ordering;

/// A run. Run 0 is the start; the keys of the others ascend with their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RunNo(pub(crate) u32);

/// A fragment. Fragment 0 is the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FragmentNo(pub(crate) u32);

/// A leaf of the tree of fragments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeafNo(pub(crate) u32);

/// An element: its run, and its offset within the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunPosition {
    pub(crate) run: RunNo,
    pub(crate) offset: u32,
}

/// The offset of an element's content within the content of its sequence: a byte of a text, an item of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ContentOffset(pub(crate) u32);

impl FragmentNo {
    /// The start, which never shows.
    pub(crate) const START: Self = Self(0);
}

impl LeafNo {
    pub(crate) const FIRST: Self = Self(0);
}

impl ContentOffset {
    /// The offset `by` bytes or items further on.
    pub(crate) const fn plus(self, by: u32) -> Self {
        Self(self.0.saturating_add(by))
    }

    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Default for FragmentNo {
    fn default() -> Self {
        Self::START
    }
}

impl RunPosition {
    /// Before every element.
    pub(crate) const START: Self = Self { run: RunNo(0), offset: 0 };

    /// Both numbers as one, so that two positions are compared without a branch.
    fn number(self) -> u64 {
        u64::from(self.run.0) << 32 | u64::from(self.offset)
    }
}

impl Ord for RunPosition {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number().cmp(&other.number())
    }
}

impl PartialOrd for RunPosition {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
