//! Lists: elements in Fugue's order, which may be moved.
//!
//! A move makes a new place in the sequence for an element that was inserted elsewhere (Kleppmann, "Moving Elements in
//! List CRDTs", 2020, <https://doi.org/10.1145/3380787.3393677>). An element shows at the place of its greatest move: by
//! depth in the graph, then by id. A move that replaces another is greater, so moves need no comparison of their pasts.

use std::collections::BTreeMap;

use quorate_event::Value;

use crate::model::events::{ElementKey, EventTable, ViewFilter};
use crate::model::outcome::IgnoredReason;
use crate::model::register::Rank;
use crate::model::sequence::{ContentOffset, ElementContent, NewRun, Origins, RemovedRanges, RunPosition, Sequence};

/// The content of a place in a list.
#[derive(Debug, Clone)]
pub(crate) enum ListItem {
    /// An element, where it was inserted.
    Element(Value),
    /// The key of an element that was moved here.
    Moved(ElementKey),
}

/// The content of every place, in the order of arrival.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListItems(pub(crate) Vec<ListItem>);

impl ElementContent for ListItems {
    fn advance(&self, from: ContentOffset, by: u32) -> ContentOffset {
        from.plus(by)
    }
}

impl ListItems {
    fn add(&mut self, items: impl IntoIterator<Item = ListItem>) -> Option<ContentOffset> {
        let start = u32::try_from(self.0.len()).map(ContentOffset).ok()?;
        self.0.extend(items);
        u32::try_from(self.0.len()).is_ok().then_some(start)
    }

    fn get(&self, content: ContentOffset) -> Option<&ListItem> {
        self.0.get(content.index())
    }
}

/// Every element that was inserted, and every move.
#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    pub(crate) sequence: Sequence<ListItems>,
    /// The moves of each element, the greatest last: the key of the place that it moved to.
    pub(crate) moves: BTreeMap<(ElementKey, Rank), ElementKey>,
    /// The elements that were moved and not removed, each with the place where it shows in the view of all events.
    pub(crate) moved_places: BTreeMap<ElementKey, RunPosition>,
}

/// An element that shows.
pub(crate) type VisibleItem<'l> = Option<(ElementKey, &'l Value)>;

/// A list in a view.
pub(crate) struct ListInView<'l> {
    list: &'l List,
    filter: &'l ViewFilter,
    /// Whether each place that is not hidden shows: true without moves, and in the view of all events, where the former
    /// places of moved elements are hidden.
    is_settled: bool,
    /// The removed elements, if the list is not settled.
    removed: Option<RemovedRanges>,
}

/// A place of a list whose insertion is in a view, and the element that shows there, if any.
pub(crate) struct ListSlot<'l> {
    pub(crate) place: ElementKey,
    pub(crate) shown: Option<(ElementKey, &'l Value)>,
}

impl List {
    pub(crate) fn insert(
        &mut self,
        (key, origins): (ElementKey, Origins),
        values: &[Value],
        events: &EventTable,
    ) -> Result<(), IgnoredReason> {
        let len = u32::try_from(values.len()).map_err(|_| IgnoredReason::Full)?;
        let items = values.iter().cloned().map(ListItem::Element);
        self.sequence.insert(NewRun { key, len, origins }, events, |content| content.add(items))
    }

    /// Removes `count` elements of one run, from `first` on, in every view that contains the event of `by`.
    pub(crate) fn remove(&mut self, first: ElementKey, count: u32, by: ElementKey) -> Result<(), IgnoredReason> {
        self.element(first)?;
        self.sequence.remove(first, count, by.event)?;
        let removed: Vec<_> =
            self.moved_places.range(first..first.plus(count)).map(|(key, place)| (*key, *place)).collect();
        for (key, place) in removed {
            self.moved_places.remove(&key);
            self.hide(place)?;
        }
        Ok(())
    }

    /// Gives an element a new place, whose key is `key`.
    pub(crate) fn move_to(
        &mut self,
        (key, origins): (ElementKey, Origins),
        element: ElementKey,
        rank: Rank,
        events: &EventTable,
    ) -> Result<(), IgnoredReason> {
        let home = self.element(element)?;
        let run = NewRun { key, len: 1, origins };
        self.sequence.insert(run, events, |content| content.add([ListItem::Moved(element)]))?;
        let place = self.sequence.find(key)?;
        let first = (element, Rank::LEAST);
        let greatest = self.moves.range(first..=(element, Rank::GREATEST)).next_back().map(|((_, rank), _)| *rank);
        self.moves.insert((element, rank), key);
        let showed = match greatest {
            Some(_) => self.moved_places.get(&element).copied(),
            None => (!self.sequence.is_hidden(home)).then_some(home),
        };
        // A removed element shows nowhere. Otherwise it shows at the place of the greater move, and the other is hidden.
        let Some(showed) = showed else {
            return self.hide(place);
        };
        if greatest.is_some_and(|greatest| greatest > rank) {
            return self.hide(place);
        }
        self.moved_places.insert(element, place);
        self.hide(showed)
    }

    fn hide(&mut self, place: RunPosition) -> Result<(), IgnoredReason> {
        self.sequence.hide(place, place.offset.saturating_add(1)).ok_or(IgnoredReason::Full)
    }

    /// The place where an element was inserted. A place that a move made is not an element.
    pub(crate) fn element(&self, key: ElementKey) -> Result<RunPosition, IgnoredReason> {
        let place = self.sequence.find(key)?;
        match self.sequence.item(place) {
            Some(ListItem::Element(_)) => Ok(place),
            _ => Err(IgnoredReason::UnknownElement),
        }
    }

    /// The place of an element's greatest move in a view.
    fn moved_to(&self, element: ElementKey, filter: &ViewFilter) -> Option<ElementKey> {
        let moves = self.moves.range((element, Rank::LEAST)..=(element, Rank::GREATEST));
        let mut in_view = moves.rev().map(|(_, place)| *place).filter(|place| filter.shows(place.event));
        in_view.next()
    }

    /// Whether one edit inserted both elements.
    pub(crate) fn is_one_run(&self, a: ElementKey, b: ElementKey) -> bool {
        matches!((self.sequence.find(a), self.sequence.find(b)), (Ok(a), Ok(b)) if a.run == b.run)
    }

    /// The elements that show at each place in two views, in order.
    pub(crate) fn compared<'l>(
        &'l self,
        before: &'l ViewFilter,
        after: &'l ViewFilter,
    ) -> Vec<(VisibleItem<'l>, VisibleItem<'l>)> {
        let (was, is) = (self.unsettled(before), self.unsettled(after));
        let parts = self.sequence.compared(before, after);
        let places = parts.flat_map(|part| (0..part.len).map(move |number| (part, number)));
        let finds = places.map(|(part, number)| {
            let place = part.slice().place(number);
            let content = part.content.plus(number);
            let find = |shape: &ListInView<'l>, shows: bool| if shows { shape.shown(place, content) } else { None };
            (find(&was, part.before), find(&is, part.after))
        });
        finds.collect()
    }

    pub(crate) fn through<'l>(&'l self, filter: &'l ViewFilter) -> ListInView<'l> {
        if filter.is_everything() {
            return ListInView { list: self, filter, is_settled: true, removed: None };
        }
        self.unsettled(filter)
    }

    /// A view that is evaluated at each place, whether or not the place is hidden in the view of all events.
    fn unsettled<'l>(&'l self, filter: &'l ViewFilter) -> ListInView<'l> {
        let is_settled = self.moves.is_empty();
        ListInView { list: self, filter, is_settled, removed: (!is_settled).then(|| self.sequence.removed(filter)) }
    }
}

impl Sequence<ListItems> {
    fn item(&self, place: RunPosition) -> Option<&ListItem> {
        let fragment = self.order.get(self.fragment_of(place));
        self.content.get(fragment.content.plus(place.offset.saturating_sub(fragment.offset)))
    }
}

impl<'l> ListInView<'l> {
    /// The places whose insertion is in the view, in order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = ListSlot<'l>> {
        self.list.sequence.pieces(self.filter).flat_map(move |piece| {
            (0..piece.len).map(move |number| {
                let offset = piece.first.offset.saturating_add(number);
                let place = RunPosition { offset, ..piece.first };
                let shown = if piece.shows { self.shown(place, piece.content.plus(number)) } else { None };
                ListSlot { place: self.list.sequence.key(place), shown }
            })
        })
    }

    /// The elements that show, in order.
    pub(crate) fn items(&self) -> impl Iterator<Item = (ElementKey, &'l Value)> {
        self.slots().filter_map(|slot| slot.shown)
    }

    /// The element at `position` among those that show.
    pub(crate) fn at(&self, position: u32) -> Option<(ElementKey, &'l Value)> {
        if !self.filter.is_everything() {
            return self.items().nth(position as usize);
        }
        let place = self.list.sequence.at(position)?;
        let fragment = self.list.sequence.order.get(self.list.sequence.fragment_of(place));
        self.shown(place, fragment.content.plus(place.offset.saturating_sub(fragment.offset)))
    }

    /// The keys of the places around the gap before the item at `at`, if the view needs no counting.
    pub(crate) fn gap(&self, at: u32) -> Option<Origins> {
        if !self.filter.is_everything() {
            return None;
        }
        let sequence = &self.list.sequence;
        let left = at.checked_sub(1).and_then(|before| sequence.at(before));
        let right = left.map_or_else(|| sequence.first(), |left| sequence.following(left));
        Some(Origins { left: left.map(|place| sequence.key(place)), right: right.map(|place| sequence.key(place)) })
    }

    pub(crate) fn len(&self) -> u32 {
        if self.filter.is_everything() {
            return self.list.sequence.len();
        }
        u32::try_from(self.items().count()).unwrap_or(u32::MAX)
    }

    /// The element that shows at a place that is not removed in the view.
    fn shown(&self, place: RunPosition, content: ContentOffset) -> Option<(ElementKey, &'l Value)> {
        let key = self.list.sequence.key(place);
        let item = self.list.sequence.content.get(content)?;
        match item {
            ListItem::Element(value) if self.is_settled || self.list.moved_to(key, self.filter).is_none() => {
                Some((key, value))
            }
            ListItem::Element(_) => None,
            ListItem::Moved(element) => {
                let home = self.list.sequence.find(*element).ok()?;
                let is_here = self.is_settled || self.list.moved_to(*element, self.filter) == Some(key);
                let is_removed = self.removed.as_ref().is_some_and(|removed| removed.at(home).0);
                match self.list.sequence.item(home) {
                    Some(ListItem::Element(value)) if is_here && !is_removed && self.filter.shows(element.event) => {
                        Some((*element, value))
                    }
                    _ => None,
                }
            }
        }
    }
}
