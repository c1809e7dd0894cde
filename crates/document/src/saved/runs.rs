//! Runs: each with its key, its length and its parent.

use crate::model::events::{ElementKey, EventTable};
use crate::model::sequence::{ChildSide, ContentOffset, ElementContent, FragmentNo, RunNo, RunPosition, Sequence};
use crate::saved::content::MeasuredContent;
use crate::saved::error::OpenError;
use crate::saved::packed::{Packer, Unpacker};

/// The fewest bytes of a run: its key relative to the last one's, its length, its parent's run and the offset in it.
const LEAST_BYTES: usize = 4;

/// A run that is being opened.
pub(super) struct OpenedRun {
    pub(super) key: ElementKey,
    pub(super) len: u32,
    pub(super) parent: RunPosition,
    /// The side of its parent, if the parent has other children on that side.
    pub(super) beside: Option<ChildSide>,
    /// How many of its elements are in a fragment so far.
    pub(super) reached: u32,
    /// The offset of the next element's content.
    pub(super) content: ContentOffset,
    /// The fragment of its first element.
    pub(super) first: FragmentNo,
    /// The fragment of the last element that was reached.
    pub(super) last: FragmentNo,
}

/// Every run. The first is the start's.
pub(super) struct OpenedRuns(Vec<OpenedRun>);

impl<C: ElementContent> Sequence<C> {
    pub(super) fn save_runs(&self) -> Vec<u8> {
        let beside = self.beside();
        let mut packed = Packer::default();
        let mut end = ElementKey::START;
        for (run, beside) in (1..self.runs.next().0).map(RunNo).zip(beside) {
            let (ElementKey { event, index }, saved) = (self.key(RunPosition { run, offset: 0 }), self.runs.get(run));
            let expected = if event == end.event { end.index } else { 0 };
            let gap = index.saturating_sub(expected);
            packed.flagged(event.0.saturating_sub(end.event.0).into(), [gap > 0, beside.is_some()]);
            if gap > 0 {
                packed.number(gap.into());
            }
            packed.number(saved.len.into());
            packed.number(run.0.saturating_sub(saved.parent.run.0).into());
            let from_end = self.runs.get(saved.parent.run).len.saturating_sub(saved.parent.offset).saturating_sub(1);
            match beside {
                None => packed.number(from_end.into()),
                Some(side) => packed.flagged(from_end.into(), [side == ChildSide::Left]),
            }
            end = ElementKey { event, index: index.saturating_add(saved.len) };
        }
        packed.0
    }

    /// For each run after the start, its side of its parent, if the parent has other children on that side.
    fn beside(&self) -> Vec<Option<ChildSide>> {
        let mut beside = vec![None; self.runs.next().0.saturating_sub(1) as usize];
        for ((_, side, _), place) in self.siblings.iter().filter(|(_, place)| place.offset == 0) {
            let row = place.run.0.checked_sub(1).and_then(|at| beside.get_mut(at as usize));
            row.into_iter().for_each(|row| *row = Some(*side));
        }
        beside
    }
}

impl OpenedRuns {
    pub(super) fn open(bytes: &[u8], events: &EventTable) -> Result<Self, OpenError> {
        let mut packed = Unpacker::new(bytes, "a run");
        let mut rows = Vec::with_capacity((bytes.len() / LEAST_BYTES).saturating_add(1));
        rows.push(OpenedRun::new(ElementKey::START, 1, RunPosition::START, None));
        let mut rows = Self(rows);
        let mut end = ElementKey::START;
        while !packed.is_at_end() {
            let row = rows.next(&mut packed, end, events)?;
            end = ElementKey { index: row.key.index.checked_add(row.len).ok_or(packed.error())?, ..row.key };
            rows.0.push(row);
        }
        Ok(rows)
    }

    /// The next run. `end` is the key after the last run's.
    fn next(&self, packed: &mut Unpacker<'_>, end: ElementKey, events: &EventTable) -> Result<OpenedRun, OpenError> {
        let head = packed.number()?;
        let (has_gap, is_beside) = (head & 2 > 0, head & 1 > 0);
        let event = packed.event_after(end.event, head >> 2, events)?;
        let expected = if event == end.event { end.index } else { 0 };
        let gap = if has_gap { packed.u32()? } else { 0 };
        let index = expected.checked_add(gap).ok_or(packed.error())?;
        let len = packed.u32()?;
        let up = packed.u32()? as usize;
        let above = self.0.len().checked_sub(up).filter(|_| up > 0).ok_or(packed.error())?;
        let place = packed.number()?;
        let (from_end, side) = match (is_beside, place & 1) {
            (false, _) => (place, None),
            (true, 0) => (place >> 1, Some(ChildSide::Right)),
            (true, _) => (place >> 1, Some(ChildSide::Left)),
        };
        let parent = self.0.get(above).and_then(|parent| {
            let from_end = u32::try_from(from_end).ok()?.checked_add(1)?;
            Some(RunPosition { run: RunNo(u32::try_from(above).ok()?), offset: parent.len.checked_sub(from_end)? })
        });
        let parent = parent.filter(|_| len > 0).ok_or(packed.error())?;
        Ok(OpenedRun::new(ElementKey { event, index }, len, parent, side))
    }

    /// Assigns the content to the runs, in the order of arrival; `None` if it does not match their lengths.
    pub(super) fn lay(&mut self, content: &impl MeasuredContent) -> Option<()> {
        let mut at = ContentOffset(0);
        for row in self.0.iter_mut().skip(1) {
            row.content = at;
            at = content.skip(at, row.len)?;
        }
        (Some(at) == content.end()).then_some(())
    }

    pub(super) fn get(&self, run: RunNo) -> Option<&OpenedRun> {
        self.0.get(run.0 as usize)
    }

    pub(super) fn get_mut(&mut self, run: RunNo) -> Option<&mut OpenedRun> {
        self.0.get_mut(run.0 as usize).filter(|_| run != RunPosition::START.run)
    }

    pub(super) fn after_start(&self) -> impl Iterator<Item = &OpenedRun> {
        self.0.iter().skip(1)
    }

    pub(super) fn numbered(&self) -> impl Iterator<Item = (RunNo, &OpenedRun)> {
        (1..=u32::MAX).map(RunNo).zip(self.after_start())
    }
}

impl OpenedRun {
    const fn new(key: ElementKey, len: u32, parent: RunPosition, beside: Option<ChildSide>) -> Self {
        let fragment = FragmentNo::START;
        Self { key, len, parent, beside, reached: 0, content: ContentOffset(0), first: fragment, last: fragment }
    }
}
