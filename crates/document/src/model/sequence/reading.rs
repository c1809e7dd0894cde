//! The elements of a sequence that show in a view.

use crate::model::events::{ElementKey, ViewFilter};
use crate::model::sequence::fragment_tree::ScanDirection;
use crate::model::sequence::numbers::{ContentOffset, FragmentNo, RunPosition};
use crate::model::sequence::removal::RemovedRanges;
use crate::model::sequence::state::{ElementContent, Sequence};

/// Neighbouring elements of one run whose insertion is in a view. All of them show, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunSlice {
    pub(crate) first: RunPosition,
    pub(crate) len: u32,
    /// The offset of the first one's content.
    pub(crate) content: ContentOffset,
    pub(crate) shows: bool,
}

impl RunSlice {
    /// The position of its element number `number`, or the one after its last.
    pub(crate) const fn place(&self, number: u32) -> RunPosition {
        RunPosition { offset: self.first.offset.saturating_add(number), ..self.first }
    }
}

impl<C: ElementContent> Sequence<C> {
    /// All elements whose insertion is in a view, in order, removed ones included.
    pub(crate) fn pieces<'s>(&'s self, filter: &'s ViewFilter) -> impl Iterator<Item = RunSlice> + 's {
        let removed = (!filter.is_everything()).then(|| self.removed(filter));
        let fragments = self.order.iter().filter(|it| it.run != RunPosition::START.run);
        fragments.flat_map(move |fragment| {
            let whole = RunSlice {
                first: fragment.first(),
                len: fragment.len,
                content: fragment.content,
                shows: !fragment.is_hidden(),
            };
            let (whole, is_in_view) = match &removed {
                None => (Some(whole), true),
                Some(_) => (None, filter.shows(self.runs.key(fragment.first()).event)),
            };
            let cuts = match (&removed, is_in_view) {
                (Some(removed), true) => self.cut_up(fragment.first(), fragment.len, fragment.content, removed),
                _ => Vec::new(),
            };
            whole.into_iter().chain(cuts)
        })
    }

    /// A fragment, cut where removed elements begin or end.
    fn cut_up(&self, first: RunPosition, len: u32, content: ContentOffset, removed: &RemovedRanges) -> Vec<RunSlice> {
        let mut pieces = Vec::new();
        let (mut at, mut content) = (first, content);
        let end = first.offset.saturating_add(len);
        while at.offset < end {
            let (is_removed, until) = removed.at(at);
            let until = until.min(end);
            let len = until.saturating_sub(at.offset);
            pieces.push(RunSlice { first: at, len, content, shows: !is_removed });
            content = self.content.advance(content, len);
            at.offset = until;
        }
        pieces
    }

    /// The elements that show.
    pub(crate) fn shown<'s>(&'s self, filter: &'s ViewFilter) -> impl Iterator<Item = RunSlice> + 's {
        self.pieces(filter).filter(|piece| piece.shows)
    }

    /// How many elements show in the view of all events.
    pub(crate) const fn len(&self) -> u32 {
        self.order.shown()
    }

    /// The element at `position` among those that show in the view of all events.
    pub(crate) fn at(&self, position: u32) -> Option<RunPosition> {
        let (fragment, offset) = self.order.at(position)?;
        let first = self.order.get(fragment).first();
        Some(RunPosition { offset: first.offset.saturating_add(offset), ..first })
    }

    /// The first of all elements, whether it shows or not.
    pub(crate) fn first(&self) -> Option<RunPosition> {
        self.order.beside(FragmentNo::START, ScanDirection::Forward).map(|first| self.order.get(first).first())
    }

    /// The elements that show from a position on in the view of all events.
    pub(crate) fn from(&self, position: u32) -> impl Iterator<Item = RunSlice> + '_ {
        let start = self.order.at(position);
        let fragments =
            std::iter::successors(start.map(|(no, _)| no), |no| self.order.beside(*no, ScanDirection::Forward));
        let skipped = start.map_or(0, |(_, offset)| offset);
        let shown = fragments.map(|no| self.order.get(no)).filter(|fragment| !fragment.is_hidden());
        shown.enumerate().map(move |(number, fragment)| {
            let skip = if number == 0 { skipped } else { 0 };
            RunSlice {
                first: RunPosition { run: fragment.run, offset: fragment.offset.saturating_add(skip) },
                len: fragment.len.saturating_sub(skip),
                content: self.content.advance(fragment.content, skip),
                shows: true,
            }
        })
    }

    pub(crate) fn key(&self, place: RunPosition) -> ElementKey {
        self.runs.key(place)
    }
}
