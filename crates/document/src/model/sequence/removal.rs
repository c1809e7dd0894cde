//! Removed elements.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::events::{EventNo, ViewFilter};
use crate::model::sequence::numbers::{RunNo, RunPosition};

/// Elements of one run that an event removed: those at the offsets [from, until).
#[derive(Debug, Clone, Copy)]
pub(crate) struct RemovedRange {
    pub(crate) run: RunNo,
    pub(crate) from: u32,
    pub(crate) until: u32,
    pub(crate) by: EventNo,
}

/// The removed elements of each run, as ascending ranges of offsets that do not touch.
#[derive(Debug, Clone, Default)]
pub(crate) struct RemovedRanges(BTreeMap<RunNo, Vec<Range<u32>>>);

impl RemovedRanges {
    /// What the events of a view removed.
    pub(crate) fn new(removals: &[RemovedRange], filter: &ViewFilter) -> Self {
        let mut removed: BTreeMap<RunNo, Vec<Range<u32>>> = BTreeMap::new();
        for removal in removals.iter().filter(|removal| filter.shows(removal.by)) {
            removed.entry(removal.run).or_default().push(removal.from..removal.until);
        }
        removed.values_mut().for_each(join);
        Self(removed)
    }

    /// Whether the element at a position is removed, and up to which offset of its run the answer is the same.
    pub(crate) fn at(&self, position: RunPosition) -> (bool, u32) {
        let Some(ranges) = self.0.get(&position.run) else {
            return (false, u32::MAX);
        };
        let next = ranges.partition_point(|range| range.end <= position.offset);
        match ranges.get(next) {
            Some(range) if range.start <= position.offset => (true, range.end),
            Some(range) => (false, range.start),
            None => (false, u32::MAX),
        }
    }
}

/// Sorts ranges and joins those that touch.
fn join(ranges: &mut Vec<Range<u32>>) {
    ranges.sort_unstable_by_key(|range| (range.start, range.end));
    ranges.dedup_by(|next, range| {
        let touches = next.start <= range.end;
        if touches {
            range.end = range.end.max(next.end);
        }
        touches
    });
}
