//! A sequence: its runs, their order, what was removed, and how an element is found.

use std::collections::BTreeMap;

use crate::model::events::ElementKey;
use crate::model::ids::ElementId;
use crate::model::outcome::IgnoredReason;
use crate::model::sequence::fragment_tree::{FragmentTree, ScanDirection};
use crate::model::sequence::numbers::{ContentOffset, FragmentNo, RunPosition};
use crate::model::sequence::removal::RemovedRange;
use crate::model::sequence::runs::{ChildSide, RunTree};

/// The content of a sequence's elements, one after the other in the order of arrival.
pub(crate) trait ElementContent {
    /// The offset of the content of the element that follows `by` elements after the one whose content is at `from`, in the
    /// same run.
    fn advance(&self, from: ContentOffset, by: u32) -> ContentOffset;
}

/// Every element that was inserted, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sequence<C> {
    pub(crate) content: C,
    pub(crate) runs: RunTree,
    pub(crate) order: FragmentTree,
    pub(crate) removals: Vec<RemovedRange>,
    /// The fragments that are not the first of their runs.
    pub(crate) splits: BTreeMap<RunPosition, FragmentNo>,
    /// The children on one side of one element, by id, where there is more than one.
    pub(crate) siblings: BTreeMap<(RunPosition, ChildSide, ElementId), RunPosition>,
    /// The fragment that was changed last: most changes continue there.
    pub(crate) recent: FragmentNo,
}

impl<C: ElementContent> Sequence<C> {
    pub(crate) fn find(&self, key: ElementKey) -> Result<RunPosition, IgnoredReason> {
        self.runs.find(key).ok_or(IgnoredReason::UnknownElement)
    }

    /// As [`Self::find`], and faster for an author who continues where the last change was.
    pub(crate) fn find_again(&mut self, key: ElementKey) -> Result<RunPosition, IgnoredReason> {
        let recent = self.order.get(self.recent).run;
        self.runs.find_again(key, recent).ok_or(IgnoredReason::UnknownElement)
    }

    /// The fragment that an element is in.
    pub(crate) fn fragment_of(&self, place: RunPosition) -> FragmentNo {
        let holds = |fragment: &FragmentNo| {
            let found = self.order.get(*fragment);
            found.run == place.run && found.offset <= place.offset && place.offset < found.end()
        };
        if holds(&self.recent) {
            return self.recent;
        }
        let first = self.runs.get(place.run).first;
        if holds(&first) {
            return first;
        }
        let cut = self.splits.range(..=place).next_back();
        cut.filter(|(start, _)| start.run == place.run).map_or(first, |(_, fragment)| *fragment)
    }

    /// The element after another, in order.
    pub(crate) fn following(&self, place: RunPosition) -> Option<RunPosition> {
        let no = self.fragment_of(place);
        let next = place.offset.saturating_add(1);
        if next < self.order.get(no).end() {
            return Some(RunPosition { offset: next, ..place });
        }
        self.order.beside(no, ScanDirection::Forward).map(|next| self.order.get(next).first())
    }

    /// Cuts a fragment before the element at `offset` of its run; the part that begins there.
    pub(crate) fn cut(&mut self, fragment: FragmentNo, offset: u32) -> Option<FragmentNo> {
        let whole = self.order.get(fragment);
        let len = offset.saturating_sub(whole.offset);
        if len == 0 {
            return Some(fragment);
        }
        let place = RunPosition { run: whole.run, offset };
        let content = self.content.advance(whole.content, len);
        let rest = self.order.split(fragment, len, content)?;
        self.splits.insert(place, rest);
        Some(rest)
    }
}
