//! A sequence: where each insertion stands, and what was removed.

use std::collections::BTreeMap;

use crate::model::events::{Events, Key};
use crate::model::ids::ElementId;
use crate::model::outcome::Reason;
use crate::model::sequence::fragment::{Fragment, FragmentNo};
use crate::model::sequence::order::{Direction, LeafNo, Order};
use crate::model::sequence::removal::Removal;
use crate::model::sequence::runs::{Place, Runs, Side};

/// What the elements of a sequence hold, one after the other in the order of arrival.
pub(crate) trait Content {
    /// Where the content of the element lies that stands `by` elements after the one whose content lies at `from`, in
    /// the same run.
    fn advance(&self, from: u32, by: u32) -> u32;
}

/// The elements that an author saw around a run it inserts; nothing is the sequence's start or its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origins {
    pub(crate) left: Option<Key>,
    pub(crate) right: Option<Key>,
}

/// A run to insert: its first name, the names after it following by index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewRun {
    pub(crate) key: Key,
    pub(crate) len: u32,
    pub(crate) origins: Origins,
}

/// Every element ever inserted, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sequence<C> {
    pub(crate) content: C,
    pub(crate) runs: Runs,
    pub(crate) order: Order,
    pub(crate) removals: Vec<Removal>,
    /// The fragments that are not the first of their runs.
    pub(crate) splits: BTreeMap<Place, FragmentNo>,
    /// All that hangs on one side of one element, where that is more than one: by name.
    pub(crate) siblings: BTreeMap<(Place, Side, ElementId), Place>,
    /// What was worked on last: most work goes on there.
    pub(crate) recent: FragmentNo,
}

impl Default for FragmentNo {
    fn default() -> Self {
        Self::START
    }
}

impl<C: Content> Sequence<C> {
    /// Inserts a run; `add` puts its content down and says where.
    pub(crate) fn insert(
        &mut self,
        run: NewRun,
        events: &Events,
        add: impl FnOnce(&mut C) -> Option<u32>,
    ) -> Result<(), Reason> {
        let left = self.find_optional(run.origins.left)?.unwrap_or(Place::START);
        let right = self.find_optional(run.origins.right)?;
        let content = add(&mut self.content).ok_or(Reason::Full)?;
        self.place(run, (left, right), content, events).ok_or(Reason::Full)
    }

    fn place(
        &mut self,
        run: NewRun,
        (left, right): (Place, Option<Place>),
        content: u32,
        events: &Events,
    ) -> Option<()> {
        let (parent, side) = self.hang(left, right);
        let number = self.runs.next();
        let spot = self.spot((parent, side), Place { run: number, offset: 0 }, events.id(run.key), events);
        let (beside, direction) = self.open(spot)?;
        let leaf = LeafNo::FIRST;
        let fragment = Fragment { run: number, offset: 0, len: run.len, content, hidden_until: 0, leaf };
        let fragment = self.order.insert(fragment, beside, direction)?;
        self.runs.add(run.key, run.len, parent, fragment)?;
        self.recent = fragment;
        Some(())
    }

    pub(crate) fn find(&self, key: Key) -> Result<Place, Reason> {
        self.runs.find(key).ok_or(Reason::UnknownElement)
    }

    /// As [`Self::find`], for who goes on where they were.
    pub(crate) fn find_again(&mut self, key: Key) -> Result<Place, Reason> {
        let recent = self.order.get(self.recent).run;
        self.runs.find_again(key, recent).ok_or(Reason::UnknownElement)
    }

    fn find_optional(&mut self, key: Option<Key>) -> Result<Option<Place>, Reason> {
        key.map(|key| self.find_again(key)).transpose()
    }

    /// The fragment that an element is in.
    pub(crate) fn fragment_of(&self, place: Place) -> FragmentNo {
        let holds = |fragment: &FragmentNo| {
            let found = self.order.get(*fragment);
            found.run == place.run && found.offset <= place.offset && place.offset < found.end()
        };
        if holds(&self.recent) {
            return self.recent;
        }
        let first = self.runs.get(place.run).first;
        if holds(&first) {
            return first;
        }
        let cut = self.splits.range(..=place).next_back();
        cut.filter(|(start, _)| start.run == place.run).map_or(first, |(_, fragment)| *fragment)
    }

    /// The element after another, in order.
    pub(crate) fn following(&self, place: Place) -> Option<Place> {
        let no = self.fragment_of(place);
        let next = place.offset.saturating_add(1);
        if next < self.order.get(no).end() {
            return Some(Place { offset: next, ..place });
        }
        self.order.beside(no, Direction::Forth).map(|next| self.order.get(next).first())
    }

    /// Cuts a fragment before the element at `offset` of its run; the part that begins there.
    pub(crate) fn cut(&mut self, fragment: FragmentNo, offset: u32) -> Option<FragmentNo> {
        let whole = self.order.get(fragment);
        let len = offset.saturating_sub(whole.offset);
        if len == 0 {
            return Some(fragment);
        }
        let place = Place { run: whole.run, offset };
        let content = self.content.advance(whole.content, len);
        let rest = self.order.split(fragment, len, content)?;
        self.splits.insert(place, rest);
        Some(rest)
    }
}
