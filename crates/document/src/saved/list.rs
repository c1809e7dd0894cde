//! Lists: their items and their order.

use quorate_event::cbor::CborWriter;
use quorate_event::{Canonical, Value};

use crate::model::events::ElementKey;
use crate::model::list::{List, ListItem, ListItems};
use crate::model::register::Rank;
use crate::model::sequence::{ContentOffset, RunNo, RunPosition, Sequence};
use crate::saved::containers::Opening;
use crate::saved::content::MeasuredContent;
use crate::saved::error::OpenError;

/// Precedes an element. An event's number, which is greater, begins the key of a moved element.
const ELEMENT: u64 = 0;

const ITEM: OpenError = OpenError::Malformed { what: "an item" };

impl List {
    pub(super) fn save(&self, to: &mut CborWriter) {
        to.uint(self.sequence.content.0.len() as u64);
        for item in &self.sequence.content.0 {
            match item {
                ListItem::Element(value) => value.encode(to.uint(ELEMENT)),
                ListItem::Moved(element) => {
                    to.uint(element.event.0.into()).uint(element.index.into());
                }
            }
        }
        self.sequence.save_sequence(to);
    }
}

impl MeasuredContent for ListItems {
    fn skip(&self, from: ContentOffset, len: u32) -> Option<ContentOffset> {
        from.0.checked_add(len).map(ContentOffset).filter(|end| end.index() <= self.0.len())
    }

    fn end(&self) -> Option<ContentOffset> {
        u32::try_from(self.0.len()).map(ContentOffset).ok()
    }
}

/// A place that a move made.
struct MovedPlace {
    element: ElementKey,
    place: RunPosition,
}

impl Opening<'_> {
    /// A list whose elements make containers at `depth`.
    pub(super) fn list(&mut self, depth: usize) -> Result<List, OpenError> {
        let items = self.items()?;
        let sequence = Sequence::open_sequence(items, self)?;
        let mut moved = Vec::new();
        for (place, item) in places(&sequence).zip(&sequence.content.0) {
            match item {
                ListItem::Element(value) => self.make(sequence.key(place), value, depth)?,
                ListItem::Moved(element) => moved.push(MovedPlace { element: *element, place }),
            }
        }
        let mut list = List { sequence, ..List::default() };
        moved.into_iter().try_for_each(|moved| self.move_back(&mut list, &moved))?;
        Ok(list)
    }

    fn items(&mut self) -> Result<ListItems, OpenError> {
        let mut items = Vec::new();
        for _ in 0..self.from.uint("items")? {
            items.push(match self.from.uint("item")? {
                ELEMENT => ListItem::Element(Value::decode(&mut self.from)?),
                number => ListItem::Moved(ElementKey { event: self.event(number)?, index: self.from.u32("item")? }),
            });
        }
        Ok(ListItems(items))
    }

    /// Restores a move. An element that shows at the place of a move shows nowhere else.
    fn move_back(&self, list: &mut List, moved: &MovedPlace) -> Result<(), OpenError> {
        let home = list.element(moved.element).map_err(|_| ITEM)?;
        let key = list.sequence.key(moved.place);
        let rank = Rank { depth: self.events.depth(key.event), id: self.events.id(key) };
        list.moves.insert((moved.element, rank), key);
        if list.sequence.is_hidden(moved.place) {
            return Ok(());
        }
        let is_only = list.moved_places.insert(moved.element, moved.place).is_none() && list.sequence.is_hidden(home);
        if is_only { Ok(()) } else { Err(ITEM) }
    }
}

/// The places of a list's items, in the order of arrival.
fn places(sequence: &Sequence<ListItems>) -> impl Iterator<Item = RunPosition> {
    let runs = (1..sequence.runs.next().0).map(RunNo);
    runs.flat_map(|run| (0..sequence.runs.get(run).len).map(move |offset| RunPosition { run, offset }))
}
