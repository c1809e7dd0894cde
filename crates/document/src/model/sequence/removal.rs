//! Removals: kept for every view, and applied to the count of what shows.

use std::collections::BTreeMap;

use crate::model::events::{EventNo, Key, Lens};
use crate::model::outcome::Reason;
use crate::model::sequence::insertion::{Content, Sequence};
use crate::model::sequence::runs::{Place, RunNo};

/// Elements of one run that an event removed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Removal {
    pub(crate) run: RunNo,
    pub(crate) from: u32,
    pub(crate) until: u32,
    pub(crate) by: EventNo,
}

impl<C: Content> Sequence<C> {
    /// Removes `count` elements of one run in every view that contains `by`.
    pub(crate) fn remove(&mut self, first: Key, count: u32, by: EventNo) -> Result<(), Reason> {
        let place = self.find_again(first)?;
        let until = place.offset.checked_add(count).ok_or(Reason::UnknownElement)?;
        if count == 0 {
            return Err(Reason::Empty);
        }
        if until > self.runs.get(place.run).len {
            return Err(Reason::UnknownElement);
        }
        self.removals.push(Removal { run: place.run, from: place.offset, until, by });
        self.hide(place, until).ok_or(Reason::Full)
    }

    /// Hides a run's elements from `place` on up to the offset `until` in the view of everything.
    ///
    /// An element is hidden once; fragments that were hidden before are passed over in leaps that grow with use, as in a
    /// union-find. So however often the same is removed, the cost is that of what was inserted.
    pub(crate) fn hide(&mut self, place: Place, until: u32) -> Option<()> {
        let mut at = place.offset;
        let mut passed = Vec::new();
        while at < until {
            let no = self.fragment_of(Place { offset: at, ..place });
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

    /// Whether an element is hidden in the view of everything.
    pub(crate) fn is_hidden(&self, place: Place) -> bool {
        self.order.get(self.fragment_of(place)).is_hidden()
    }

    /// What is removed in a view that is not everything.
    pub(crate) fn removed(&self, lens: &Lens) -> Removed {
        let mut removed: BTreeMap<RunNo, Vec<(u32, u32)>> = BTreeMap::new();
        for removal in self.removals.iter().filter(|removal| lens.shows(removal.by)) {
            removed.entry(removal.run).or_default().push((removal.from, removal.until));
        }
        removed.values_mut().for_each(join);
        Removed(removed)
    }
}

/// The removed elements of each run, as ascending ranges that do not touch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Removed(BTreeMap<RunNo, Vec<(u32, u32)>>);

impl Removed {
    /// Whether the element at a place is removed, and up to which offset that stays so.
    pub(crate) fn at(&self, place: Place) -> (bool, u32) {
        let Some(ranges) = self.0.get(&place.run) else {
            return (false, u32::MAX);
        };
        let next = ranges.partition_point(|(_, until)| *until <= place.offset);
        match ranges.get(next) {
            Some((from, until)) if *from <= place.offset => (true, *until),
            Some((from, _)) => (false, *from),
            None => (false, u32::MAX),
        }
    }
}

/// Sorts ranges and joins those that touch.
fn join(ranges: &mut Vec<(u32, u32)>) {
    ranges.sort_unstable();
    ranges.dedup_by(|next, range| {
        let touches = next.0 <= range.1;
        if touches {
            range.1 = range.1.max(next.1);
        }
        touches
    });
}
