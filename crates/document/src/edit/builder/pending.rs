//! The writes of a session so far, by the location that they wrote.

use std::collections::BTreeMap;

use quorate_event::{ElementRef, Target, Value};

use crate::edit::builder::session_value::{ContainerRef, SessionValue};
use crate::edit::piece_table::splice::PendingText;
use crate::edit::piece_table::table::PieceTable;
use crate::view::positions::ShownElements;
use crate::view::sequences::ListView;

/// The writes of a session, which its later writes read. A builder that writes each location once needs the lists alone.
#[derive(Default)]
pub(crate) struct PendingWrites {
    pub(crate) root: Option<PendingValue>,
    /// `None` for a key that was deleted.
    pub(crate) keys: BTreeMap<Target, BTreeMap<String, Option<PendingValue>>>,
    /// The values of registers.
    pub(crate) contents: BTreeMap<Target, PendingValue>,
    /// The amounts that were added to counters.
    pub(crate) amounts: BTreeMap<Target, i128>,
    pub(crate) lists: BTreeMap<Target, PendingList>,
    /// All texts but the one of the open splice.
    pub(crate) texts: BTreeMap<Target, PendingText>,
}

/// A value, and the index of the edit that wrote it.
#[derive(Clone)]
pub(crate) struct PendingValue {
    pub(crate) index: u32,
    pub(crate) value: Value,
}

/// A list as the session changed it.
pub(crate) struct PendingList {
    pub(crate) table: PieceTable,
    /// The items at the places that the session inserted, by index.
    pub(crate) items: BTreeMap<u32, PendingItem>,
}

#[derive(Clone)]
pub(crate) enum PendingItem {
    Inserted(Value),
    /// An element that was moved here, and the source of its value.
    Moved {
        element: ElementRef,
        from: ValueSource,
    },
}

/// The source of an item's value.
#[derive(Clone, Copy)]
pub(crate) enum ValueSource {
    /// A position of the document's list.
    Base(u32),
    /// An index of the session.
    New(u32),
}

impl PendingValue {
    pub(crate) fn seen<'d>(&self) -> SessionValue<'d> {
        SessionValue::new(self.index, &self.value)
    }
}

impl PendingList {
    pub(crate) fn new(base: &impl ShownElements) -> Self {
        Self { table: PieceTable::new(base), items: BTreeMap::new() }
    }

    /// The reference to the element at an index of the session: an element may have been moved there.
    pub(crate) fn name(&self, index: u32) -> ElementRef {
        match self.items.get(&index) {
            Some(PendingItem::Moved { element, .. }) => *element,
            _ => ElementRef::Here(index),
        }
    }
}

impl PendingWrites {
    /// The list as the session changed it.
    pub(crate) fn list(&mut self, list: ContainerRef<ListView<'_>>) -> &mut PendingList {
        self.lists.entry(list.target).or_insert_with(|| PendingList::new(&list.base))
    }
}
