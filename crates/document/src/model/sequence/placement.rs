//! Where an insertion belongs in Fugue's tree, and where it therefore stands in the sequence.

use quorate_event::EventId;

use crate::model::events::EventTable;
use crate::model::ids::ElementId;
use crate::model::sequence::fragment::Fragment;
use crate::model::sequence::fragment_tree::ScanDirection;
use crate::model::sequence::numbers::{FragmentNo, RunPosition};
use crate::model::sequence::runs::ChildSide;
use crate::model::sequence::state::{ElementContent, Sequence};

/// A gap between elements.
#[derive(Debug, Clone, Copy)]
pub(crate) enum InsertionPoint {
    After(RunPosition),
    Before(RunPosition),
}

impl<C: ElementContent> Sequence<C> {
    /// The parent, and the side, of an element that was inserted between `left` and `right` (or the end).
    ///
    /// For an honest author `right` is a descendant of `left` if and only if `left` had right children. A Byzantine author's
    /// pair also yields a parent, the same at every node.
    pub(crate) fn hang(&self, left: RunPosition, right: Option<RunPosition>) -> (RunPosition, ChildSide) {
        match right {
            Some(right) if self.runs.is_below(right, left) => (right, ChildSide::Left),
            _ => (left, ChildSide::Right),
        }
    }

    /// Where a new child of an element stands: if it is alone on its side, directly beside its parent; otherwise between its
    /// siblings with their descendants.
    pub(crate) fn spot(
        &mut self,
        (parent, side): (RunPosition, ChildSide),
        child: RunPosition,
        name: ElementId,
        events: &EventTable,
    ) -> InsertionPoint {
        let neighbour = match side {
            ChildSide::Left => self.preceding(parent),
            ChildSide::Right => self.following(parent),
        };
        let sibling = neighbour.and_then(|neighbour| self.runs.child_towards(neighbour, parent));
        if let Some(sibling) = sibling {
            let known = self.nearest_sibling(parent, side, name);
            let known = known.or_else(|| {
                // An only child is not in `siblings`; if one child is, all are.
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
            ChildSide::Left => InsertionPoint::Before(parent),
            ChildSide::Right => InsertionPoint::After(parent),
        }
    }

    /// The nearest sibling between a child of that id and its parent.
    fn nearest_sibling(&self, parent: RunPosition, side: ChildSide, name: ElementId) -> Option<RunPosition> {
        let bound = |byte, index| (parent, side, ElementId { event: EventId::new([byte; 32]), index });
        let key = (parent, side, name);
        let found = match side {
            ChildSide::Left => self.siblings.range(key..=bound(0xff, u32::MAX)).next(),
            ChildSide::Right => self.siblings.range(bound(0, 0)..key).next_back(),
        };
        found.map(|(_, sibling)| *sibling)
    }

    /// The far end of an element's descendants, on the side away from its parent.
    fn beyond(&self, node: RunPosition, side: ChildSide) -> InsertionPoint {
        let home = self.fragment_of(node);
        let is_below = |fragment: &Fragment| self.runs.is_below(fragment.first(), node);
        match side {
            ChildSide::Right => {
                let last = self.order.furthest(home, ScanDirection::Forward, is_below);
                InsertionPoint::After(self.order.get(last).last())
            }
            ChildSide::Left => {
                let first = self.order.furthest(home, ScanDirection::Backward, is_below);
                InsertionPoint::Before(if first == home { node } else { self.order.get(first).first() })
            }
        }
    }

    fn preceding(&self, place: RunPosition) -> Option<RunPosition> {
        let no = self.fragment_of(place);
        if place.offset > self.order.get(no).offset {
            return Some(RunPosition { offset: place.offset.saturating_sub(1), ..place });
        }
        self.order.beside(no, ScanDirection::Backward).map(|previous| self.order.get(previous).last())
    }

    /// Splits a fragment if needed, so that the gap lies between two fragments: beside which one, and on which side of it.
    pub(crate) fn open(&mut self, spot: InsertionPoint) -> Option<(FragmentNo, ScanDirection)> {
        match spot {
            InsertionPoint::After(place) => {
                let fragment = self.fragment_of(place);
                let next = place.offset.saturating_add(1);
                if next < self.order.get(fragment).end() {
                    self.cut(fragment, next)?;
                }
                Some((fragment, ScanDirection::Forward))
            }
            InsertionPoint::Before(place) => {
                let fragment = self.fragment_of(place);
                let is_first = place.offset == self.order.get(fragment).offset;
                let rest = if is_first { fragment } else { self.cut(fragment, place.offset)? };
                Some((rest, ScanDirection::Backward))
            }
        }
    }
}
