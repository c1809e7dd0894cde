//! Fragments, in order. The fragments of one run follow each other in it, so a fragment begins where the last fragment of
//! its run ended.

use std::collections::BTreeMap;

use quorate_event::varint;

use crate::model::sequence::{ElementContent, Fragment, FragmentNo, LeafNo, RunNo, RunPosition, Sequence};
use crate::saved::content::MeasuredContent;
use crate::saved::error::OpenError;
use crate::saved::packed::{Packer, Unpacker};
use crate::saved::runs::OpenedRuns;

impl<C: ElementContent> Sequence<C> {
    /// Neighbouring fragments of a run that all show, or are all hidden, are saved as one.
    pub(super) fn save_fragments(&self) -> Vec<u8> {
        let mut packed = Packer::default();
        let mut joined = Fragment::start();
        let mut before = joined.run;
        for fragment in self.order.iter().skip(1) {
            let follows = fragment.run == joined.run && fragment.offset == joined.end();
            if follows && fragment.is_hidden() == joined.is_hidden() {
                joined.len = joined.len.saturating_add(fragment.len);
                continue;
            }
            self.save_fragment(&joined, before, &mut packed);
            (before, joined) = (joined.run, *fragment);
        }
        self.save_fragment(&joined, before, &mut packed);
        packed.0
    }

    /// A fragment that ends its run needs no length. The start's is not saved.
    fn save_fragment(&self, fragment: &Fragment, before: RunNo, packed: &mut Packer) {
        if fragment.run == RunPosition::START.run {
            return;
        }
        let is_last = fragment.end() == self.runs.get(fragment.run).len;
        packed.flagged(varint::difference(before.0, fragment.run.0), [is_last, fragment.is_hidden()]);
        if !is_last {
            packed.number(fragment.len.into());
        }
    }
}

/// The bytes of most fragments.
const USUAL_BYTES: usize = 2;

pub(super) struct OpenedFragments {
    pub(super) in_order: Vec<Fragment>,
    /// The next fragment of the same run, by number; the start's if there is none.
    next: Vec<FragmentNo>,
}

impl OpenedFragments {
    /// Reads the fragments of all runs: they cover each run exactly once.
    pub(super) fn open(bytes: &[u8], rows: &mut OpenedRuns, content: &impl MeasuredContent) -> Result<Self, OpenError> {
        let mut packed = Unpacker::new(bytes, "a fragment");
        let expected = (bytes.len() / USUAL_BYTES).saturating_add(1);
        let mut fragments = Self { in_order: Vec::with_capacity(expected), next: Vec::with_capacity(expected) };
        fragments.push(Fragment::start());
        let mut before = RunPosition::START.run;
        while !packed.is_at_end() {
            let fragment = open_fragment(&mut packed, before, rows, content)?;
            before = fragment.run;
            let number = fragments.push(fragment).ok_or(packed.error())?;
            let row = rows.get_mut(before).ok_or(packed.error())?;
            if fragment.offset == 0 {
                row.first = number;
            } else if let Some(next) = fragments.next.get_mut(row.last.0 as usize) {
                *next = number;
            }
            row.last = number;
        }
        let is_whole = rows.after_start().all(|row| row.reached == row.len);
        if is_whole { Ok(fragments) } else { Err(packed.error()) }
    }

    fn push(&mut self, fragment: Fragment) -> Option<FragmentNo> {
        let number = FragmentNo(u32::try_from(self.in_order.len()).ok()?);
        self.in_order.push(fragment);
        self.next.push(FragmentNo::START);
        Some(number)
    }

    /// The fragments that are not the first of their runs.
    pub(super) fn splits(&self, rows: &OpenedRuns) -> BTreeMap<RunPosition, FragmentNo> {
        let after = |number: &FragmentNo| self.next.get(number.0 as usize).copied().filter(|next| next.0 > 0);
        // Ascending, so that the map is built in one pass.
        let splits = rows.after_start().flat_map(|row| std::iter::successors(after(&row.first), after));
        let placed = |number: FragmentNo| Some((self.in_order.get(number.0 as usize)?.first(), number));
        splits.filter_map(placed).collect()
    }
}

fn open_fragment(
    packed: &mut Unpacker<'_>,
    before: RunNo,
    rows: &mut OpenedRuns,
    content: &impl MeasuredContent,
) -> Result<Fragment, OpenError> {
    let head = packed.number()?;
    let (is_last, is_hidden) = (head & 2 > 0, head & 1 > 0);
    let run = RunNo(varint::differing(before.0, head >> 2).ok_or(packed.error())?);
    let given = if is_last { None } else { Some(packed.u32()?) };
    let row = rows.get_mut(run).ok_or(packed.error())?;
    let left = row.len.saturating_sub(row.reached);
    let len = given.unwrap_or(left);
    if len == 0 || given.is_some_and(|len| len >= left) {
        return Err(packed.error());
    }
    let (offset, begin) = (row.reached, row.content);
    row.reached = offset.saturating_add(len);
    if !is_last {
        row.content = content.advance(begin, len);
    }
    let hidden_until = if is_hidden { row.reached } else { 0 };
    Ok(Fragment { run, offset, len, content: begin, hidden_until, leaf: LeafNo::FIRST })
}
