//! A document: every write to it, and the fold that adds the edits of an event.

use quorate_event::{Edit, EventId};

use crate::model::causal_order::CausalOrder;
use crate::model::containers::Containers;
use crate::model::document_view::DocumentView;
use crate::model::events::{ElementKey, EventNo, EventTable, ViewFilter};
use crate::model::fold::EditContext;
use crate::model::outcome::{EditOutcome, IgnoredReason};

/// A JSON value folded from the edits addressed to its name. It holds every write, and is read through a [`DocumentView`].
#[derive(Debug, Clone, Default)]
pub struct Document {
    pub(crate) events: EventTable,
    pub(crate) containers: Containers,
    /// The events of which at least one edit was applied, in the order of arrival: the earliest are in most views.
    pub(crate) applied: Vec<EventNo>,
}

impl Document {
    /// Adds the edits of `event` that are addressed to this document; the first has index `first_index`.
    ///
    /// Events may come in any order in which each follows its past. There is one outcome for each edit, and for a splice
    /// one for each of its changes. An event that was folded before changes nothing.
    pub fn fold(
        &mut self,
        event: EventId,
        first_index: u32,
        edits: &[Edit],
        past: &impl CausalOrder,
    ) -> Vec<EditOutcome> {
        let mut outcomes = Vec::with_capacity(edits.len());
        let Some(number) = self.events.add(event, past) else {
            let count = edits.iter().map(Edit::count).sum();
            outcomes.resize(count, EditOutcome::Ignored(IgnoredReason::Repeated));
            return outcomes;
        };
        let mut next = Some(first_index);
        for edit in edits {
            let index = next;
            next = index.and_then(|index| index.checked_add(edit.width()));
            let (Some(index), Some(_)) = (index, next) else {
                outcomes.extend(std::iter::repeat_n(EditOutcome::Ignored(IgnoredReason::NoIndexLeft), edit.count()));
                continue;
            };
            let context =
                EditContext { key: ElementKey { event: number, index }, id: event, events: &self.events, past };
            self.containers.apply(edit, &context, &mut outcomes);
        }
        if outcomes.contains(&EditOutcome::Applied) {
            self.applied.push(number);
        }
        outcomes
    }

    /// Whether an edit in `view` was applied to this document. A document without edits shows `{}`, as an empty one does.
    pub fn known(&self, view: &impl DocumentView) -> bool {
        self.events().any(|event| view.shows(event))
    }

    /// The events that wrote to this document, in the order of arrival at this node.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &EventId> {
        self.applied.iter().filter_map(|number| self.events.event(*number))
    }

    pub(crate) fn view_filter(&self, view: &dyn DocumentView) -> ViewFilter {
        self.events.filter(view)
    }
}

/// How many indices edits take.
pub(crate) fn width(edits: &[Edit]) -> u32 {
    edits.iter().fold(0, |width, edit| width.saturating_add(edit.width()))
}
