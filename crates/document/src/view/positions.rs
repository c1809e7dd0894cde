//! What an editor asks of a list or a text: its length, and the elements around a position.

use crate::model::ids::ElementId;

/// A list or a text as it shows in a view.
pub(crate) trait ShownElements {
    /// How many elements show.
    fn len(&self) -> u32;
    /// The neighbours of whatever is inserted before the element at `at`, or at the end.
    fn gap(&self, at: u32) -> Gap;
    /// The elements that show at [at, at + count), as runs of consecutive indices, each written by one insertion.
    fn range(&self, at: u32, count: u32, each: &mut dyn FnMut(ElementId, u32));
}

/// A place between two neighbours of a [`ShownElements`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The one that shows to the left; none at the start.
    pub(crate) left: Option<ElementId>,
    /// The very next after it among all that were inserted in the view, removed or not; none at the end.
    ///
    /// Only then does it tell whether the left one had anything hanging right of it, which is what Fugue asks.
    pub(crate) right: Option<ElementId>,
}

/// What stands where nothing stood: a container that the session made.
impl<B: ShownElements> ShownElements for Option<B> {
    fn len(&self) -> u32 {
        self.as_ref().map_or(0, ShownElements::len)
    }

    fn gap(&self, at: u32) -> Gap {
        self.as_ref().map(|base| base.gap(at)).unwrap_or_default()
    }

    fn range(&self, at: u32, count: u32, each: &mut dyn FnMut(ElementId, u32)) {
        if let Some(base) = self {
            base.range(at, count, each);
        }
    }
}
