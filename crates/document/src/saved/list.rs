//! Lists: their items, and where each stands.

use quorate_event::cbor::Writer;
use quorate_event::{Canonical, Value};

use crate::model::events::Key;
use crate::model::list::{Item, Items, List};
use crate::model::register::Rank;
use crate::model::sequence::{Place, RunNo, Sequence};
use crate::saved::OpenError;
use crate::saved::containers::Opening;
use crate::saved::sequence::Measured;

/// Stands before an element; an event's number, which is greater, before the name of what was moved.
const ELEMENT: u64 = 0;

const ITEM: OpenError = OpenError::Malformed { what: "an item" };

impl List {
    pub(super) fn save(&self, to: &mut Writer) {
        to.uint(self.sequence.content.0.len() as u64);
        for item in &self.sequence.content.0 {
            match item {
                Item::Element(value) => value.encode(to.uint(ELEMENT)),
                Item::Moved(element) => {
                    to.uint(element.event.0.into()).uint(element.index.into());
                }
            }
        }
        self.sequence.save_sequence(to);
    }
}

impl Measured for Items {
    fn skip(&self, from: u32, len: u32) -> Option<u32> {
        from.checked_add(len).filter(|end| *end as usize <= self.0.len())
    }

    fn end(&self) -> Option<u32> {
        u32::try_from(self.0.len()).ok()
    }
}

/// An element's place that a move made.
struct Moved {
    element: Key,
    place: Place,
}

impl Opening<'_> {
    /// A list whose elements make containers at `depth`.
    pub(super) fn list(&mut self, depth: usize) -> Result<List, OpenError> {
        let items = self.items()?;
        let sequence = Sequence::open_sequence(items, self)?;
        let mut moved = Vec::new();
        for (place, item) in places(&sequence).zip(&sequence.content.0) {
            match item {
                Item::Element(value) => self.make(sequence.key(place), value, depth)?,
                Item::Moved(element) => moved.push(Moved { element: *element, place }),
            }
        }
        let mut list = List { sequence, ..List::default() };
        moved.into_iter().try_for_each(|moved| self.move_back(&mut list, &moved))?;
        Ok(list)
    }

    fn items(&mut self) -> Result<Items, OpenError> {
        let mut items = Vec::new();
        for _ in 0..self.from.uint("items")? {
            items.push(match self.from.uint("item")? {
                ELEMENT => Item::Element(Value::decode(&mut self.from)?),
                number => Item::Moved(Key { event: self.event(number)?, index: self.from.u32("item")? }),
            });
        }
        Ok(Items(items))
    }

    /// Notes a move. Whatever shows at the place to which it moved shows nowhere else.
    fn move_back(&self, list: &mut List, moved: &Moved) -> Result<(), OpenError> {
        let home = list.element(moved.element).map_err(|_| ITEM)?;
        let key = list.sequence.key(moved.place);
        let rank = Rank { depth: self.events.depth(key.event), id: self.events.id(key) };
        list.moves.insert((moved.element, rank), key);
        if list.sequence.is_hidden(moved.place) {
            return Ok(());
        }
        let is_only = list.afoot.insert(moved.element, moved.place).is_none() && list.sequence.is_hidden(home);
        if is_only { Ok(()) } else { Err(ITEM) }
    }
}

/// The places of a list's items, as these came.
fn places(sequence: &Sequence<Items>) -> impl Iterator<Item = Place> {
    let runs = (1..sequence.runs.next().0).map(RunNo);
    runs.flat_map(|run| (0..sequence.runs.get(run).len).map(move |offset| Place { run, offset }))
}
