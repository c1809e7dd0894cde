//! The difference of a sequence between two views.

use crate::model::events::ViewFilter;
use crate::model::sequence::numbers::{ContentOffset, RunPosition};
use crate::model::sequence::reading::RunSlice;
use crate::model::sequence::removal::RemovedRanges;
use crate::model::sequence::state::{ElementContent, Sequence};

/// Neighbouring elements of one run that show alike in each of two views.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ComparedSlice {
    pub(crate) first: RunPosition,
    pub(crate) len: u32,
    /// The offset of the first one's content.
    pub(crate) content: ContentOffset,
    pub(crate) before: bool,
    pub(crate) after: bool,
}

impl ComparedSlice {
    pub(crate) const fn slice(&self) -> RunSlice {
        RunSlice { first: self.first, len: self.len, content: self.content, shows: self.after }
    }
}

/// A view of a sequence, with the elements that are removed in it.
struct ComparedView<'l> {
    filter: &'l ViewFilter,
    removed: RemovedRanges,
}

impl<C: ElementContent> Sequence<C> {
    /// The elements that show in one of two views or in both, in order.
    pub(crate) fn compared<'s>(
        &'s self,
        before: &'s ViewFilter,
        after: &'s ViewFilter,
    ) -> impl Iterator<Item = ComparedSlice> + 's {
        let sight = |filter| ComparedView { filter, removed: self.removed(filter) };
        let (before, after) = (sight(before), sight(after));
        self.order.iter().filter(|it| it.run != RunPosition::START.run).flat_map(move |fragment| {
            let event = self.key(fragment.first()).event;
            let (was_made, is_made) = (before.filter.shows(event), after.filter.shows(event));
            let mut parts = Vec::new();
            let (mut at, mut content) = (fragment.first(), fragment.content);
            while (was_made || is_made) && at.offset < fragment.end() {
                let ((was_removed, one), (is_removed, other)) = (before.removed.at(at), after.removed.at(at));
                let len = one.min(other).min(fragment.end()).saturating_sub(at.offset);
                let (before, after) = (was_made && !was_removed, is_made && !is_removed);
                if before || after {
                    parts.push(ComparedSlice { first: at, len, content, before, after });
                }
                content = self.content.advance(content, len);
                at.offset = at.offset.saturating_add(len);
            }
            parts
        })
    }
}
