//! Sequences: runs by arrival, fragments in order, removals by arrival.

use std::collections::BTreeMap;

use quorate_event::cbor::CborWriter;

use crate::model::events::EventTable;
use crate::model::ids::ElementId;
use crate::model::sequence::{ChildSide, FragmentNo, FragmentTree, RunPosition, RunTree, Sequence};
use crate::saved::containers::Opening;
use crate::saved::content::MeasuredContent;
use crate::saved::error::OpenError;
use crate::saved::fragments::OpenedFragments;
use crate::saved::runs::OpenedRuns;

impl<C: MeasuredContent> Sequence<C> {
    pub(super) fn save_sequence(&self, to: &mut CborWriter) {
        to.bytes(&self.save_runs()).bytes(&self.save_fragments()).bytes(&self.save_removals());
    }

    pub(super) fn open_sequence(content: C, opening: &mut Opening<'_>) -> Result<Self, OpenError> {
        let events = opening.events;
        let mut rows = OpenedRuns::open(opening.from.bytes("runs")?, events)?;
        rows.lay(&content).ok_or(OpenError::Malformed { what: "a run's content" })?;
        let fragments = OpenedFragments::open(opening.from.bytes("fragments")?, &mut rows, &content)?;
        let removals = rows.open_removals(opening.from.bytes("removals")?, events)?;
        let (splits, siblings) = (fragments.splits(&rows), rows.siblings(events));
        let numbered = || Some((rows.runs()?, FragmentTree::filled(fragments.in_order)?));
        let (runs, order) = numbered().ok_or(OpenError::Malformed { what: "the number of runs" })?;
        Ok(Self { content, runs, order, removals, splits, siblings, recent: FragmentNo::default() })
    }
}

impl OpenedRuns {
    fn runs(&self) -> Option<RunTree> {
        let mut runs = RunTree::default();
        for row in self.after_start() {
            runs.add(row.key, row.len, row.parent, row.first)?;
        }
        Some(runs)
    }

    /// The children on one side of one element, where there is more than one. The element after their parent in its run is
    /// one of its right children.
    fn siblings(&self, events: &EventTable) -> BTreeMap<(RunPosition, ChildSide, ElementId), RunPosition> {
        let mut siblings = Vec::new();
        for (run, row) in self.numbered() {
            let Some(side) = row.beside else { continue };
            siblings.push(((row.parent, side, events.id(row.key)), RunPosition { run, offset: 0 }));
            let next = RunPosition { offset: row.parent.offset.saturating_add(1), ..row.parent };
            let parent = self.get(row.parent.run).filter(|parent| side == ChildSide::Right && next.offset < parent.len);
            if let Some(parent) = parent {
                siblings.push(((row.parent, side, events.id(parent.key.plus(next.offset))), next));
            }
        }
        siblings.into_iter().collect()
    }
}
