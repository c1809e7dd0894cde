//! Removing elements: the removal is kept for every view, and applied to the count of what shows.

use crate::model::events::{ElementKey, EventNo, ViewFilter};
use crate::model::outcome::IgnoredReason;
use crate::model::sequence::numbers::RunPosition;
use crate::model::sequence::removal::{RemovedRange, RemovedRanges};
use crate::model::sequence::state::{ElementContent, Sequence};

impl<C: ElementContent> Sequence<C> {
    /// Removes `count` elements of one run in every view that contains `by`.
    pub(crate) fn remove(&mut self, first: ElementKey, count: u32, by: EventNo) -> Result<(), IgnoredReason> {
        let place = self.find_again(first)?;
        let until = place.offset.checked_add(count).ok_or(IgnoredReason::UnknownElement)?;
        if count == 0 {
            return Err(IgnoredReason::Empty);
        }
        if until > self.runs.get(place.run).len {
            return Err(IgnoredReason::UnknownElement);
        }
        self.removals.push(RemovedRange { run: place.run, from: place.offset, until, by });
        self.hide(place, until).ok_or(IgnoredReason::Full)
    }

    /// Hides a run's elements from `place` on up to the offset `until` in the view of all events.
    ///
    /// An element is hidden once; fragments that were hidden before are skipped in jumps that grow with use, as in a
    /// union-find. So the cost of all removals is bounded by the number of insertions, however often an element is removed.
    pub(crate) fn hide(&mut self, place: RunPosition, until: u32) -> Option<()> {
        let mut at = place.offset;
        let mut passed = Vec::new();
        while at < until {
            let no = self.fragment_of(RunPosition { offset: at, ..place });
            let found = self.order.get(no);
            if found.is_hidden() {
                passed.push(no);
                at = found.hidden_until.max(found.end());
                continue;
            }
            let no = self.cut(no, at)?;
            if self.order.get(no).end() > until {
                self.cut(no, until)?;
            }
            at = self.order.get(no).end();
            self.order.hide(no, at);
            self.recent = no;
        }
        for no in passed {
            self.order.hide(no, at);
        }
        Some(())
    }

    /// Whether an element is hidden in the view of all events.
    pub(crate) fn is_hidden(&self, place: RunPosition) -> bool {
        self.order.get(self.fragment_of(place)).is_hidden()
    }

    /// The elements that are removed in a view.
    pub(crate) fn removed(&self, filter: &ViewFilter) -> RemovedRanges {
        RemovedRanges::new(&self.removals, filter)
    }
}
