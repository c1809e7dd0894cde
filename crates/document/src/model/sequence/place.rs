//! Where an insertion hangs in the tree, and where it therefore stands.

use quorate_event::EventId;

use crate::model::events::Events;
use crate::model::ids::ElementId;
use crate::model::sequence::fragment::{Fragment, FragmentNo};
use crate::model::sequence::insertion::{Content, Sequence};
use crate::model::sequence::order::Direction;
use crate::model::sequence::runs::{Place, Side};

/// A place between elements.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Spot {
    After(Place),
    Before(Place),
}

impl<C: Content> Sequence<C> {
    /// What an element hangs on whose author saw it between `left` and `right` (or the end).
    ///
    /// An author's neighbours tell whether `left` had right children: exactly then `right` is below `left`. A liar's
    /// pair names some place too, the same at every node.
    pub(crate) fn hang(&self, left: Place, right: Option<Place>) -> (Place, Side) {
        match right {
            Some(right) if self.runs.is_below(right, left) => (right, Side::Left),
            _ => (left, Side::Right),
        }
    }

    /// Where a new child of an element stands. Alone on its side, it stands directly beside its parent; else between
    /// its siblings and all that is below them.
    pub(crate) fn spot(
        &mut self,
        (parent, side): (Place, Side),
        child: Place,
        name: ElementId,
        events: &Events,
    ) -> Spot {
        let neighbour = match side {
            Side::Left => self.preceding(parent),
            Side::Right => self.following(parent),
        };
        let sibling = neighbour.and_then(|neighbour| self.runs.child_towards(neighbour, parent));
        if let Some(sibling) = sibling {
            let known = self.nearest_sibling(parent, side, name);
            let known = known.or_else(|| {
                // The only child so far was not noted; if any was, all were.
                let first_name = events.id(self.runs.key(sibling));
                self.siblings.entry((parent, side, first_name)).or_insert(sibling);
                self.nearest_sibling(parent, side, name)
            });
            self.siblings.insert((parent, side, name), child);
            if let Some(sibling) = known {
                return self.beyond(sibling, side);
            }
        }
        match side {
            Side::Left => Spot::Before(parent),
            Side::Right => Spot::After(parent),
        }
    }

    /// The sibling that stands between a child of that name and its parent, next to the child.
    fn nearest_sibling(&self, parent: Place, side: Side, name: ElementId) -> Option<Place> {
        let bound = |byte, index| (parent, side, ElementId { event: EventId::new([byte; 32]), index });
        let key = (parent, side, name);
        let found = match side {
            Side::Left => self.siblings.range(key..=bound(0xff, u32::MAX)).next(),
            Side::Right => self.siblings.range(bound(0, 0)..key).next_back(),
        };
        found.map(|(_, sibling)| *sibling)
    }

    /// The far end of all that is below an element, away from its parent's side.
    fn beyond(&self, node: Place, side: Side) -> Spot {
        let home = self.fragment_of(node);
        let is_below = |fragment: &Fragment| self.runs.is_below(fragment.first(), node);
        match side {
            Side::Right => {
                let last = self.order.furthest(home, Direction::Forth, is_below);
                Spot::After(self.order.get(last).last())
            }
            Side::Left => {
                let first = self.order.furthest(home, Direction::Back, is_below);
                Spot::Before(if first == home { node } else { self.order.get(first).first() })
            }
        }
    }

    fn preceding(&self, place: Place) -> Option<Place> {
        let no = self.fragment_of(place);
        if place.offset > self.order.get(no).offset {
            return Some(Place { offset: place.offset.saturating_sub(1), ..place });
        }
        self.order.beside(no, Direction::Back).map(|previous| self.order.get(previous).last())
    }

    /// Makes a spot lie between two fragments: beside which one, and on which side of it.
    pub(crate) fn open(&mut self, spot: Spot) -> Option<(FragmentNo, Direction)> {
        match spot {
            Spot::After(place) => {
                let fragment = self.fragment_of(place);
                let next = place.offset.saturating_add(1);
                if next < self.order.get(fragment).end() {
                    self.cut(fragment, next)?;
                }
                Some((fragment, Direction::Forth))
            }
            Spot::Before(place) => {
                let fragment = self.fragment_of(place);
                let is_first = place.offset == self.order.get(fragment).offset;
                let rest = if is_first { fragment } else { self.cut(fragment, place.offset)? };
                Some((rest, Direction::Back))
            }
        }
    }
}
