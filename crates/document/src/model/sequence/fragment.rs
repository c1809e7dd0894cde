//! Fragments: parts of runs between whose elements no other element stands.

use crate::model::sequence::numbers::{ContentOffset, LeafNo, RunNo, RunPosition};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Fragment {
    pub(crate) run: RunNo,
    /// The offset of its first element within the run.
    pub(crate) offset: u32,
    pub(crate) len: u32,
    /// The offset of its first element's content.
    pub(crate) content: ContentOffset,
    /// In the view of all events no element of the run shows from `offset` up to this offset; 0 if the fragment shows.
    pub(crate) hidden_until: u32,
    pub(crate) leaf: LeafNo,
}

impl Fragment {
    pub(crate) const fn start() -> Self {
        Self {
            run: RunPosition::START.run,
            offset: 0,
            len: 1,
            content: ContentOffset(0),
            hidden_until: 1,
            leaf: LeafNo::FIRST,
        }
    }

    pub(crate) const fn first(&self) -> RunPosition {
        RunPosition { run: self.run, offset: self.offset }
    }

    pub(crate) const fn last(&self) -> RunPosition {
        RunPosition { run: self.run, offset: self.end().saturating_sub(1) }
    }

    /// The offset after its last element.
    pub(crate) const fn end(&self) -> u32 {
        self.offset.saturating_add(self.len)
    }

    pub(crate) const fn is_hidden(&self) -> bool {
        self.hidden_until > 0
    }

    /// How many of its elements show in the view of all events.
    pub(crate) const fn shown(&self) -> u32 {
        if self.is_hidden() { 0 } else { self.len }
    }
}
