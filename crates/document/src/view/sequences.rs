//! Lists and texts as a view shows them.

use std::fmt;

use quorate_event::Value;

use crate::model::events::{ElementKey, EventTable, ViewFilter};
use crate::model::ids::ElementId;
use crate::model::list::{List, ListInView, VisibleItem};
use crate::model::sequence::{Origins, RunSlice};
use crate::model::text::Text;
use crate::view::positions::{Gap, PositionRange, ShownElements};

/// Neighbouring characters that show alike in each of two views.
pub(crate) struct ComparedText<'d> {
    pub(crate) characters: &'d str,
    pub(crate) count: u32,
    /// Whether they show in the first view.
    pub(crate) before: bool,
    /// Whether they show in the second view.
    pub(crate) after: bool,
}

/// A text in a view.
#[derive(Clone, Copy)]
pub(crate) struct TextView<'d> {
    text: &'d Text,
    filter: &'d ViewFilter,
    events: &'d EventTable,
}

impl<'d> TextView<'d> {
    pub(crate) fn new(text: &'d Text, filter: &'d ViewFilter, events: &'d EventTable) -> Self {
        Self { text, filter, events }
    }

    /// The characters that show here or in another view of the same text, in order.
    pub(crate) fn compared(self, other: Self) -> impl Iterator<Item = ComparedText<'d>> {
        let compared = self.text.compared(self.filter, other.filter);
        compared.map(move |part| ComparedText {
            characters: self.text.content.of(&part.slice()),
            count: part.len,
            before: part.before,
            after: part.after,
        })
    }

    fn name(self, piece: &RunSlice) -> ElementId {
        self.events.id(self.text.key(piece.first))
    }

    fn shown_from(self, at: u32) -> Box<dyn Iterator<Item = RunSlice> + 'd> {
        if self.filter.is_everything() {
            return Box::new(self.text.from(at));
        }
        let mut skip = at;
        Box::new(self.text.shown(self.filter).filter_map(move |piece| {
            let skipped = skip.min(piece.len);
            skip = skip.saturating_sub(skipped);
            let len = piece.len.saturating_sub(skipped);
            (len > 0).then(|| RunSlice { first: piece.place(skipped), len, ..piece })
        }))
    }
}

impl ShownElements for TextView<'_> {
    fn len(&self) -> u32 {
        if self.filter.is_everything() {
            return self.text.len();
        }
        self.text.shown(self.filter).fold(0, |sum, piece| sum.saturating_add(piece.len))
    }

    fn gap(&self, at: u32) -> Gap {
        let name = |place| self.events.id(self.text.key(place));
        if self.filter.is_everything() {
            let left = at.checked_sub(1).and_then(|before| self.text.at(before));
            let right = left.map_or_else(|| self.text.first(), |left| self.text.following(left));
            return Gap { left: left.map(name), right: right.map(name) };
        }
        let (mut rest, mut left) = (at, None);
        for piece in self.text.pieces(self.filter) {
            let place = |number: u32| name(piece.place(number));
            if rest == 0 {
                return Gap { left, right: Some(place(0)) };
            }
            if !piece.shows {
                continue;
            }
            if rest < piece.len {
                return Gap { left: Some(place(rest.saturating_sub(1))), right: Some(place(rest)) };
            }
            rest = rest.saturating_sub(piece.len);
            left = Some(place(piece.len.saturating_sub(1)));
        }
        Gap { left, right: None }
    }

    fn runs_in(&self, range: PositionRange, each: &mut dyn FnMut(ElementId, u32)) {
        let PositionRange { at, count } = range;
        let (mut rest, mut open) = (count, None::<RunSlice>);
        for piece in self.shown_from(at) {
            let taken = rest.min(piece.len);
            rest = rest.saturating_sub(taken);
            open = match open {
                Some(before) if before.place(before.len) == piece.first => {
                    Some(RunSlice { len: before.len.saturating_add(taken), ..before })
                }
                before => {
                    before.inspect(|before| each(self.name(before), before.len));
                    Some(RunSlice { len: taken, ..piece })
                }
            };
            if rest == 0 {
                break;
            }
        }
        open.filter(|open| open.len > 0).inspect(|open| each(self.name(open), open.len));
    }
}

/// A list in a view.
#[derive(Clone, Copy)]
pub(crate) struct ListView<'d> {
    list: &'d List,
    filter: &'d ViewFilter,
    events: &'d EventTable,
}

impl<'d> ListView<'d> {
    pub(crate) const fn new(list: &'d List, filter: &'d ViewFilter, events: &'d EventTable) -> Self {
        Self { list, filter, events }
    }

    /// The item at a position.
    pub(crate) fn item(self, at: u32) -> VisibleItem<'d> {
        self.shown().at(at)
    }

    /// The items that show, in order.
    pub(crate) fn items(self) -> Vec<(ElementKey, &'d Value)> {
        self.shown().items().collect()
    }

    /// The items that show at each place, here and in another view of the same list.
    pub(crate) fn compared(self, other: Self) -> Vec<(VisibleItem<'d>, VisibleItem<'d>)> {
        self.list.compared(self.filter, other.filter)
    }

    fn shown(self) -> ListInView<'d> {
        self.list.through(self.filter)
    }
}

impl ShownElements for ListView<'_> {
    fn len(&self) -> u32 {
        self.shown().len()
    }

    fn gap(&self, at: u32) -> Gap {
        let shown = self.shown();
        let name = |key| self.events.id(key);
        if let Some(Origins { left, right }) = shown.gap(at) {
            return Gap { left: left.map(name), right: right.map(name) };
        }
        let (mut rest, mut left) = (at, None);
        for slot in shown.slots() {
            if rest == 0 {
                return Gap { left, right: Some(name(slot.place)) };
            }
            if slot.shown.is_some() {
                rest = rest.saturating_sub(1);
                left = Some(name(slot.place));
            }
        }
        Gap { left, right: None }
    }

    fn runs_in(&self, range: PositionRange, each: &mut dyn FnMut(ElementId, u32)) {
        let PositionRange { at, count } = range;
        let shown = self.shown();
        let found = (at..at.saturating_add(count)).map_while(|at| shown.at(at)).map(|(key, _)| key);
        let found: Vec<ElementKey> = if self.filter.is_everything() {
            found.collect()
        } else {
            shown.items().skip(at as usize).take(count as usize).map(|(key, _)| key).collect()
        };
        for run in found.chunk_by(|a, b| a.plus(1) == *b && self.list.is_one_run(*a, *b)) {
            if let (Some(first), Ok(len)) = (run.first(), u32::try_from(run.len())) {
                each(self.events.id(*first), len);
            }
        }
    }
}

impl fmt::Display for TextView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.shown(self.filter).try_for_each(|piece| f.write_str(self.text.content.of(&piece)))
    }
}
