//! Lists and texts as a view shows them.

use std::fmt;

use quorate_event::Value;

use crate::edit::piece_table::table::{Base, Gap};
use crate::model::events::{Events, Key, Lens};
use crate::model::ids::ElementId;
use crate::model::list::{List, Shape};
use crate::model::sequence::Piece;
use crate::model::text::Text;
use crate::view::reading::{Reading, Shown};

/// A text in a view.
#[derive(Clone, Copy)]
pub(crate) struct TextView<'d> {
    text: &'d Text,
    lens: &'d Lens,
    events: &'d Events,
}

impl<'d> TextView<'d> {
    pub(crate) fn new(text: &'d Text, lens: &'d Lens, events: &'d Events) -> Self {
        Self { text, lens, events }
    }

    /// The parts of what shows here or in another view of the same text: whether here, whether there, the characters,
    /// and how many.
    pub(crate) fn compared(self, other: Self) -> impl Iterator<Item = (bool, bool, &'d str, u32)> {
        let compared = self.text.compared(self.lens, other.lens);
        compared.map(move |part| (part.before, part.after, self.text.content.of(&part.piece()), part.len))
    }

    fn name(self, piece: &Piece) -> ElementId {
        self.events.id(self.text.key(piece.first))
    }

    fn shown_from(self, at: u32) -> Box<dyn Iterator<Item = Piece> + 'd> {
        if self.lens.is_everything() {
            return Box::new(self.text.from(at));
        }
        let mut skip = at;
        Box::new(self.text.shown(self.lens).filter_map(move |piece| {
            let skipped = skip.min(piece.len);
            skip = skip.saturating_sub(skipped);
            let len = piece.len.saturating_sub(skipped);
            (len > 0).then(|| Piece { first: piece.place(skipped), len, ..piece })
        }))
    }
}

impl Base for TextView<'_> {
    fn len(&self) -> u32 {
        if self.lens.is_everything() {
            return self.text.len();
        }
        self.text.shown(self.lens).fold(0, |sum, piece| sum.saturating_add(piece.len))
    }

    fn gap(&self, at: u32) -> Gap {
        let name = |place| self.events.id(self.text.key(place));
        if self.lens.is_everything() {
            let left = at.checked_sub(1).and_then(|before| self.text.at(before));
            let right = left.map_or_else(|| self.text.first(), |left| self.text.following(left));
            return Gap { left: left.map(name), right: right.map(name) };
        }
        let (mut rest, mut left) = (at, None);
        for piece in self.text.pieces(self.lens) {
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

    fn range(&self, at: u32, count: u32, each: &mut dyn FnMut(ElementId, u32)) {
        let (mut rest, mut open) = (count, None::<Piece>);
        for piece in self.shown_from(at) {
            let told = rest.min(piece.len);
            rest = rest.saturating_sub(told);
            open = match open {
                Some(before) if before.place(before.len) == piece.first => {
                    Some(Piece { len: before.len.saturating_add(told), ..before })
                }
                before => {
                    before.inspect(|before| each(self.name(before), before.len));
                    Some(Piece { len: told, ..piece })
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
    reading: Reading<'d>,
}

impl<'d> ListView<'d> {
    pub(crate) const fn new(list: &'d List, reading: Reading<'d>) -> Self {
        Self { list, reading }
    }

    /// The item at `at`.
    pub(crate) fn item(self, at: u32) -> Option<(ElementId, Shown<'d>)> {
        self.shape().at(at).map(|item| self.named(item))
    }

    /// The items that show, in order.
    pub(crate) fn items(self) -> impl Iterator<Item = (ElementId, Shown<'d>)> {
        self.found().into_iter().map(move |item| self.named(item))
    }

    /// The items that show at each place, here and in another view of the same list.
    pub(crate) fn compared(self, other: Self) -> impl Iterator<Item = (Option<Shown<'d>>, Option<Shown<'d>>)> {
        let (was, is) = (self.reading, other.reading);
        let places = self.list.compared(was.lens, is.lens).into_iter();
        places.map(move |(before, after)| {
            let shown = |reading: Reading<'d>, item: Option<(Key, &'d Value)>| {
                item.map(|(key, value)| reading.written(key, value))
            };
            (shown(was, before), shown(is, after))
        })
    }

    fn found(self) -> Vec<(Key, &'d Value)> {
        self.shape().items().collect()
    }

    fn shape(self) -> Shape<'d> {
        self.list.through(self.reading.lens)
    }

    fn named(self, (key, value): (Key, &'d Value)) -> (ElementId, Shown<'d>) {
        (self.reading.events().id(key), self.reading.written(key, value))
    }
}

impl Base for ListView<'_> {
    fn len(&self) -> u32 {
        self.shape().len()
    }

    fn gap(&self, at: u32) -> Gap {
        let shape = self.shape();
        let name = |key| self.reading.events().id(key);
        if let Some((left, right)) = shape.gap(at) {
            return Gap { left: left.map(name), right: right.map(name) };
        }
        let (mut rest, mut left) = (at, None);
        for slot in shape.slots() {
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

    fn range(&self, at: u32, count: u32, each: &mut dyn FnMut(ElementId, u32)) {
        let shape = self.shape();
        let found = (at..at.saturating_add(count)).map_while(|at| shape.at(at)).map(|(key, _)| key);
        let found: Vec<Key> = if self.reading.lens.is_everything() {
            found.collect()
        } else {
            shape.items().skip(at as usize).take(count as usize).map(|(key, _)| key).collect()
        };
        for run in found.chunk_by(|a, b| a.plus(1) == *b && self.list.is_one_run(*a, *b)) {
            if let (Some(first), Ok(len)) = (run.first(), u32::try_from(run.len())) {
                each(self.reading.events().id(*first), len);
            }
        }
    }
}

impl fmt::Display for TextView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.shown(self.lens).try_for_each(|piece| f.write_str(self.text.content.of(&piece)))
    }
}
