//! Lists: elements in Fugue's order, which may be moved.
//!
//! A move makes a new place in the sequence for an element that was inserted elsewhere (Kleppmann, "Moving Elements in
//! List CRDTs", 2020, <https://doi.org/10.1145/3380787.3393677>). Of an element's places the one of the greatest move
//! shows: deeper in the graph, then by name. Whatever replaces a move is greater than it, so no move in a view needs to be
//! compared with its past.

use std::collections::BTreeMap;

use quorate_event::Value;

use crate::model::events::{Events, Key, Lens};
use crate::model::outcome::Reason;
use crate::model::register::Rank;
use crate::model::sequence::{Content, NewRun, Origins, Place, Removed, Sequence};

/// What stands at a place of a list.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    /// An element, where it was inserted.
    Element(Value),
    /// An element, where it was moved to: its name.
    Moved(Key),
}

/// Every item, in the order of arrival.
#[derive(Debug, Clone, Default)]
pub(crate) struct Items(pub(crate) Vec<Item>);

impl Content for Items {
    fn advance(&self, from: u32, by: u32) -> u32 {
        from.saturating_add(by)
    }
}

impl Items {
    fn add(&mut self, items: impl IntoIterator<Item = Item>) -> Option<u32> {
        let start = u32::try_from(self.0.len()).ok()?;
        self.0.extend(items);
        u32::try_from(self.0.len()).is_ok().then_some(start)
    }

    fn get(&self, content: u32) -> Option<&Item> {
        self.0.get(content as usize)
    }
}

/// Every element ever inserted.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    pub(crate) sequence: Sequence<Items>,
    /// The moves of each element, the greatest last: the place that it moved to.
    pub(crate) moves: BTreeMap<(Key, Rank), Key>,
    /// The elements that were moved and not removed, each with the place where it shows in the view of everything.
    pub(crate) afoot: BTreeMap<Key, Place>,
}

/// An element that shows.
pub(crate) type Find<'l> = Option<(Key, &'l Value)>;

/// A list in a view.
pub(crate) struct Shape<'l> {
    list: &'l List,
    lens: &'l Lens,
    /// Whether what may show at a place does: nothing was moved, or what was is hidden.
    is_settled: bool,
    /// What is removed, where it is not settled.
    removed: Option<Removed>,
}

/// A place of a list whose making is in a view: the element that shows there, if one does.
pub(crate) struct Slot<'l> {
    pub(crate) place: Key,
    pub(crate) shown: Option<(Key, &'l Value)>,
}

impl List {
    pub(crate) fn insert(
        &mut self,
        (key, origins): (Key, Origins),
        values: &[Value],
        events: &Events,
    ) -> Result<(), Reason> {
        let len = u32::try_from(values.len()).map_err(|_| Reason::Full)?;
        let items = values.iter().cloned().map(Item::Element);
        self.sequence.insert(NewRun { key, len, origins }, events, |content| content.add(items))
    }

    /// Removes elements of one run in every view that contains the event of `by`.
    pub(crate) fn remove(&mut self, first: Key, count: u32, by: Key) -> Result<(), Reason> {
        self.element(first)?;
        self.sequence.remove(first, count, by.event)?;
        let removed: Vec<_> = self.afoot.range(first..first.plus(count)).map(|(key, place)| (*key, *place)).collect();
        for (key, place) in removed {
            self.afoot.remove(&key);
            self.hide(place)?;
        }
        Ok(())
    }

    /// Gives an element a new place, called `key`.
    pub(crate) fn move_to(
        &mut self,
        (key, origins): (Key, Origins),
        element: Key,
        rank: Rank,
        events: &Events,
    ) -> Result<(), Reason> {
        let home = self.element(element)?;
        let run = NewRun { key, len: 1, origins };
        self.sequence.insert(run, events, |content| content.add([Item::Moved(element)]))?;
        let place = self.sequence.find(key)?;
        let first = (element, Rank::LEAST);
        let greatest = self.moves.range(first..=(element, Rank::GREATEST)).next_back().map(|((_, rank), _)| *rank);
        self.moves.insert((element, rank), key);
        let showed = match greatest {
            Some(_) => self.afoot.get(&element).copied(),
            None => (!self.sequence.is_hidden(home)).then_some(home),
        };
        // A removed element shows nowhere; else one of the two places steps back.
        let Some(showed) = showed else {
            return self.hide(place);
        };
        if greatest.is_some_and(|greatest| greatest > rank) {
            return self.hide(place);
        }
        self.afoot.insert(element, place);
        self.hide(showed)
    }

    fn hide(&mut self, place: Place) -> Result<(), Reason> {
        self.sequence.hide(place, place.offset.saturating_add(1)).ok_or(Reason::Full)
    }

    /// Where an element was inserted; a place that a move made is none.
    pub(crate) fn element(&self, key: Key) -> Result<Place, Reason> {
        let place = self.sequence.find(key)?;
        match self.sequence.item(place) {
            Some(Item::Element(_)) => Ok(place),
            _ => Err(Reason::UnknownElement),
        }
    }

    /// Where the greatest move in a view has put an element.
    fn moved_to(&self, element: Key, lens: &Lens) -> Option<Key> {
        let moves = self.moves.range((element, Rank::LEAST)..=(element, Rank::GREATEST));
        let mut in_view = moves.rev().map(|(_, place)| *place).filter(|place| lens.shows(place.event));
        in_view.next()
    }

    /// Whether one edit inserted both.
    pub(crate) fn is_one_run(&self, a: Key, b: Key) -> bool {
        matches!((self.sequence.find(a), self.sequence.find(b)), (Ok(a), Ok(b)) if a.run == b.run)
    }

    /// What shows at each place in two views, in order.
    pub(crate) fn compared<'l>(&'l self, before: &'l Lens, after: &'l Lens) -> Vec<(Find<'l>, Find<'l>)> {
        let (was, is) = (self.unsettled(before), self.unsettled(after));
        let parts = self.sequence.compared(before, after);
        let places = parts.flat_map(|part| (0..part.len).map(move |number| (part, number)));
        let finds = places.map(|(part, number)| {
            let place = part.piece().place(number);
            let content = part.content.saturating_add(number);
            let find = |shape: &Shape<'l>, shows: bool| if shows { shape.shown(place, content) } else { None };
            (find(&was, part.before), find(&is, part.after))
        });
        finds.collect()
    }

    pub(crate) fn through<'l>(&'l self, lens: &'l Lens) -> Shape<'l> {
        if lens.is_everything() {
            return Shape { list: self, lens, is_settled: true, removed: None };
        }
        self.unsettled(lens)
    }

    /// A view that is asked about each place, whether it is hidden in the view of everything or not.
    fn unsettled<'l>(&'l self, lens: &'l Lens) -> Shape<'l> {
        let is_settled = self.moves.is_empty();
        Shape { list: self, lens, is_settled, removed: (!is_settled).then(|| self.sequence.removed(lens)) }
    }
}

impl Sequence<Items> {
    fn item(&self, place: Place) -> Option<&Item> {
        let fragment = self.order.get(self.fragment_of(place));
        self.content.get(fragment.content.saturating_add(place.offset.saturating_sub(fragment.offset)))
    }
}

impl<'l> Shape<'l> {
    /// The places whose making is in the view, in order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot<'l>> {
        self.list.sequence.pieces(self.lens).flat_map(move |piece| {
            (0..piece.len).map(move |number| {
                let offset = piece.first.offset.saturating_add(number);
                let place = Place { offset, ..piece.first };
                let shown = if piece.shows { self.shown(place, piece.content.saturating_add(number)) } else { None };
                Slot { place: self.list.sequence.key(place), shown }
            })
        })
    }

    /// The elements that show, in order.
    pub(crate) fn items(&self) -> impl Iterator<Item = (Key, &'l Value)> {
        self.slots().filter_map(|slot| slot.shown)
    }

    /// The element at `position` among those that show.
    pub(crate) fn at(&self, position: u32) -> Option<(Key, &'l Value)> {
        if !self.lens.is_everything() {
            return self.items().nth(position as usize);
        }
        let place = self.list.sequence.at(position)?;
        let fragment = self.list.sequence.order.get(self.list.sequence.fragment_of(place));
        self.shown(place, fragment.content.saturating_add(place.offset.saturating_sub(fragment.offset)))
    }

    /// The places around the gap before the item at `at`, where that is known without counting.
    pub(crate) fn gap(&self, at: u32) -> Option<(Option<Key>, Option<Key>)> {
        if !self.lens.is_everything() {
            return None;
        }
        let sequence = &self.list.sequence;
        let left = at.checked_sub(1).and_then(|before| sequence.at(before));
        let right = left.map_or_else(|| sequence.first(), |left| sequence.following(left));
        Some((left.map(|place| sequence.key(place)), right.map(|place| sequence.key(place))))
    }

    pub(crate) fn len(&self) -> u32 {
        if self.lens.is_everything() {
            return self.list.sequence.len();
        }
        u32::try_from(self.items().count()).unwrap_or(u32::MAX)
    }

    /// What shows at a place that nothing in the view has removed.
    fn shown(&self, place: Place, content: u32) -> Option<(Key, &'l Value)> {
        let key = self.list.sequence.key(place);
        let item = self.list.sequence.content.get(content)?;
        match item {
            Item::Element(value) if self.is_settled || self.list.moved_to(key, self.lens).is_none() => {
                Some((key, value))
            }
            Item::Element(_) => None,
            Item::Moved(element) => {
                let home = self.list.sequence.find(*element).ok()?;
                let is_here = self.is_settled || self.list.moved_to(*element, self.lens) == Some(key);
                let is_removed = self.removed.as_ref().is_some_and(|removed| removed.at(home).0);
                match self.list.sequence.item(home) {
                    Some(Item::Element(value)) if is_here && !is_removed && self.lens.shows(element.event) => {
                        Some((*element, value))
                    }
                    _ => None,
                }
            }
        }
    }
}
