//! The events of a document as small numbers, in their order of arrival at this node: that order never leaves the process.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use quorate_event::EventId;

use crate::model::causal_order::CausalOrder;
use crate::model::document_view::DocumentView;
use crate::model::id_hash::IdHash;
use crate::model::ids::ElementId;

/// An event of a document. Number 0 is no event: the start of every sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct EventNo(pub(crate) u32);

/// An [`ElementId`], in eight bytes. Keys of one event ascend by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ElementKey {
    pub(crate) event: EventNo,
    pub(crate) index: u32,
}

impl ElementKey {
    /// The start of every sequence.
    pub(crate) const START: Self = Self { event: EventNo(0), index: 0 };

    /// Both numbers as one, so that two keys are compared without a branch.
    fn number(self) -> u64 {
        u64::from(self.event.0) << 32 | u64::from(self.index)
    }

    /// The key `by` indices further on in the same event.
    pub(crate) const fn plus(self, by: u32) -> Self {
        Self { event: self.event, index: self.index.saturating_add(by) }
    }
}

impl Ord for ElementKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number().cmp(&other.number())
    }
}

impl PartialOrd for ElementKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Every event folded into a document.
#[derive(Debug, Clone)]
pub(crate) struct EventTable {
    ids: Vec<EventId>,
    depths: Vec<u64>,
    numbers: HashMap<EventId, EventNo, IdHash>,
}

impl Default for EventTable {
    fn default() -> Self {
        Self { ids: vec![EventId::new([0; 32])], depths: vec![0], numbers: HashMap::default() }
    }
}

impl EventTable {
    /// A number for an event that has none.
    pub(crate) fn add(&mut self, id: EventId, past: &dyn CausalOrder) -> Option<EventNo> {
        let number = EventNo(u32::try_from(self.ids.len()).ok()?);
        let Entry::Vacant(vacant) = self.numbers.entry(id) else {
            return None;
        };
        vacant.insert(number);
        self.ids.push(id);
        self.depths.push(past.depth(&id));
        Some(number)
    }

    pub(crate) fn number(&self, id: &EventId) -> Option<EventNo> {
        self.numbers.get(id).copied()
    }

    pub(crate) fn event(&self, number: EventNo) -> Option<&EventId> {
        self.ids.get(number.0 as usize)
    }

    /// The id of an element by its key; the zero event for a number that was not issued here.
    pub(crate) fn id(&self, key: ElementKey) -> ElementId {
        let event = self.event(key.event).copied().unwrap_or(EventId::new([0; 32]));
        ElementId { event, index: key.index }
    }

    pub(crate) fn depth(&self, number: EventNo) -> u64 {
        self.depths.get(number.0 as usize).copied().unwrap_or(0)
    }

    /// The events that a view shows. The view is asked once for each event.
    pub(crate) fn filter(&self, view: &dyn DocumentView) -> ViewFilter {
        if view.shows_everything() {
            return ViewFilter(None);
        }
        ViewFilter(Some(self.ids.iter().map(|id| view.shows(id)).collect()))
    }
}

/// A view by event number: whether each event is in it. `None` is the view of all events.
#[derive(Debug, Clone)]
pub(crate) struct ViewFilter(Option<Vec<bool>>);

impl ViewFilter {
    pub(crate) fn shows(&self, event: EventNo) -> bool {
        match &self.0 {
            None => true,
            Some(shown) => shown.get(event.0 as usize).copied().unwrap_or(false),
        }
    }

    pub(crate) const fn is_everything(&self) -> bool {
        self.0.is_none()
    }
}
