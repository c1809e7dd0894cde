//! Positions in a list or a text as a view shows it, and the elements around them.

use crate::model::ids::ElementId;

/// The positions [at, at + count) in a list or a text: items, characters or UTF-16 units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PositionRange {
    /// The first position, from 0.
    pub at: u32,
    /// How many positions.
    pub count: u32,
}

/// A move of one item of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemMove {
    /// The position of the item, from 0.
    pub from: u32,
    /// Its position afterwards.
    pub to: u32,
}

impl PositionRange {
    /// The position after the last.
    pub(crate) fn end(self) -> u64 {
        u64::from(self.at).saturating_add(u64::from(self.count))
    }
}

/// A list or a text as it shows in a view.
pub(crate) trait ShownElements {
    /// How many elements show.
    fn len(&self) -> u32;
    /// The neighbours of an insertion before the element at `at`, or at the end.
    fn gap(&self, at: u32) -> Gap;
    /// Calls `each` with the elements that show in a range: runs of consecutive indices, each of one insertion, as the first
    /// element and the number of elements.
    fn runs_in(&self, range: PositionRange, each: &mut dyn FnMut(ElementId, u32));
}

/// A place between two neighbours of a [`ShownElements`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The one that shows to the left; none at the start.
    pub(crate) left: Option<ElementId>,
    /// The very next after it among all that were inserted in the view, removed or not; none at the end.
    ///
    /// Fugue needs to know whether the left one had right children, and only the very next element shows that.
    pub(crate) right: Option<ElementId>,
}

/// A container that the session made has no elements in the document.
impl<B: ShownElements> ShownElements for Option<B> {
    fn len(&self) -> u32 {
        self.as_ref().map_or(0, ShownElements::len)
    }

    fn gap(&self, at: u32) -> Gap {
        self.as_ref().map(|base| base.gap(at)).unwrap_or_default()
    }

    fn runs_in(&self, range: PositionRange, each: &mut dyn FnMut(ElementId, u32)) {
        if let Some(base) = self {
            base.runs_in(range, each);
        }
    }
}
