//! Content of a sequence that can be measured while it is opened.

use crate::model::sequence::ElementContent;

/// Content whose parts can be measured.
pub(crate) trait MeasuredContent: ElementContent {
    /// Where the content ends of `len` elements, at least one, whose content begins at `from`; nothing if there are not
    /// so many.
    fn skip(&self, from: u32, len: u32) -> Option<u32>;

    /// Where the content of all elements ends; nothing if there is more than can be.
    fn end(&self) -> Option<u32>;
}
