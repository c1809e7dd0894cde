//! A list as one author sees it: what shows, and the neighbours that Fugue asks an insertion to name.

use quorate_event::{ElementRef, Target};
use serde_json::Value as Json;

use crate::list::List;
use crate::name::ElementId;
use crate::reading::{Reading, Shown};
use crate::scribe::same_kind;

/// The items that show, and among which elements they stand.
pub(crate) struct Line<'d> {
    /// All elements whose insertion is in the view, removed ones included.
    inserted: Vec<ElementId>,
    pub(crate) items: Vec<Item<'d>>,
}

/// An item that shows.
pub(crate) struct Item<'d> {
    pub(crate) id: ElementId,
    pub(crate) shown: Shown<'d>,
    /// Its place among the elements inserted.
    place: usize,
}

/// The place of a run of new items in a list.
#[derive(Clone, Copy)]
pub(crate) struct Gap {
    pub(crate) list: Target,
    pub(crate) left: Option<ElementRef>,
    pub(crate) right: Option<ElementRef>,
}

impl<'d> Line<'d> {
    pub(crate) fn new(reading: Reading<'d>, list: &'d List) -> Self {
        let (mut inserted, mut items) = (Vec::new(), Vec::new());
        for (place, element) in list.inserted(reading.view).enumerate() {
            inserted.push(element.id);
            items.extend(element.value.map(|value| Item {
                id: element.id,
                shown: reading.written(element.id, value),
                place,
            }));
        }
        Self { inserted, items }
    }

    /// The gap after the item that is number `before`, or at the start.
    ///
    /// Fugue's right origin is the very next element, even a removed one: only then does it tell whether the left one
    /// had anything hanging right of it.
    pub(crate) fn gap(&self, list: Target, before: Option<usize>) -> Gap {
        let left = before.and_then(|before| self.items.get(before));
        let after = left.map_or(0, |item| item.place.saturating_add(1));
        Gap {
            list,
            left: left.map(|item| item.id.reference()),
            right: self.inserted.get(after).map(|id| id.reference()),
        }
    }
}

impl Item<'_> {
    /// Whether `want` is of this container's kind, so that the container may become it.
    pub(crate) fn is_kept_for(&self, want: &Json) -> bool {
        same_kind(self.shown, want)
    }
}
