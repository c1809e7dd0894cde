//! What a session wrote so far, where its later writes look for it.

use std::collections::BTreeMap;

use quorate_event::{ElementRef, Target, Value};

use crate::edit::builder::session_value::{ContainerRef, SessionValue};
use crate::edit::piece_table::splice::PendingText;
use crate::edit::piece_table::table::PieceTable;
use crate::view::positions::ShownElements;
use crate::view::sequences::ListView;

/// What a session wrote, where its later writes look for it. Without [`EditBuilder::sees_own_writes`] it is only how the lists stand.
#[derive(Default)]
pub(crate) struct PendingWrites {
    pub(crate) root: Option<PendingValue>,
    /// Nothing for a key that was deleted.
    pub(crate) keys: BTreeMap<Target, BTreeMap<String, Option<PendingValue>>>,
    /// What registers hold.
    pub(crate) contents: BTreeMap<Target, PendingValue>,
    /// What was added to counters.
    pub(crate) amounts: BTreeMap<Target, i128>,
    pub(crate) lists: BTreeMap<Target, PendingList>,
    /// Those but the one of the open splice.
    pub(crate) texts: BTreeMap<Target, PendingText>,
}

/// A value, written at an index.
#[derive(Clone)]
pub(crate) struct PendingValue {
    pub(crate) index: u32,
    pub(crate) value: Value,
}

/// A list as the session left it.
pub(crate) struct PendingList {
    pub(crate) table: PieceTable,
    /// The items at the places that the session made, by index.
    pub(crate) items: BTreeMap<u32, PendingItem>,
}

#[derive(Clone)]
pub(crate) enum PendingItem {
    Inserted(Value),
    /// An element that was moved here: its name, and the place where its value is found.
    Moved {
        element: ElementRef,
        from: ValueSource,
    },
}

/// Where an item's value is found.
#[derive(Clone, Copy)]
pub(crate) enum ValueSource {
    /// At a position of the document's list.
    Base(u32),
    /// At an index of the session.
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

    /// How the element at a session's index is named, which may have been moved there.
    pub(crate) fn name(&self, index: u32) -> ElementRef {
        match self.items.get(&index) {
            Some(PendingItem::Moved { element, .. }) => *element,
            _ => ElementRef::Here(index),
        }
    }
}

impl PendingWrites {
    /// The list as the session left it.
    pub(crate) fn list(&mut self, list: ContainerRef<ListView<'_>>) -> &mut PendingList {
        self.lists.entry(list.target).or_insert_with(|| PendingList::new(&list.base))
    }
}
