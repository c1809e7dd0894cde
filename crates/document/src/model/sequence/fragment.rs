//! Fragments: pieces of runs that nothing stands between.

use crate::model::sequence::numbers::{LeafNo, RunNo, RunPosition};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Fragment {
    pub(crate) run: RunNo,
    /// Which of the run's elements is its first.
    pub(crate) offset: u32,
    pub(crate) len: u32,
    /// Where its first element's content lies.
    pub(crate) content: u32,
    /// Nothing of the run shows from `offset` up to here in the view of everything; 0 if it does show.
    pub(crate) hidden_until: u32,
    pub(crate) leaf: LeafNo,
}

impl Fragment {
    pub(crate) const fn start() -> Self {
        Self { run: RunPosition::START.run, offset: 0, len: 1, content: 0, hidden_until: 1, leaf: LeafNo::FIRST }
    }

    pub(crate) const fn first(&self) -> RunPosition {
        RunPosition { run: self.run, offset: self.offset }
    }

    pub(crate) const fn last(&self) -> RunPosition {
        RunPosition { run: self.run, offset: self.end().saturating_sub(1) }
    }

    /// The offset after its last element's.
    pub(crate) const fn end(&self) -> u32 {
        self.offset.saturating_add(self.len)
    }

    pub(crate) const fn is_hidden(&self) -> bool {
        self.hidden_until > 0
    }

    /// How many of its elements show in the view of everything.
    pub(crate) const fn shown(&self) -> u32 {
        if self.is_hidden() { 0 } else { self.len }
    }
}
