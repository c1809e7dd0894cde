//! Content of a sequence that can be measured while it is opened.

use crate::model::sequence::{ContentOffset, ElementContent};

/// Content with a known length.
pub(crate) trait MeasuredContent: ElementContent {
    /// The offset after the content of `len` elements, at least one, whose content begins at `from`; `None` if there are
    /// fewer.
    fn skip(&self, from: ContentOffset, len: u32) -> Option<ContentOffset>;

    /// The offset after all content; `None` if it exceeds 32 bits.
    fn end(&self) -> Option<ContentOffset>;
}
