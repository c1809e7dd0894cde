//! Sequences: runs as they came, fragments in order, removals as they came.

use std::collections::BTreeMap;

use quorate_event::cbor::Writer;

use crate::model::events::Events;
use crate::model::ids::ElementId;
use crate::model::sequence::{Content, FragmentNo, Order, Place, Runs, Sequence, Side};
use crate::saved::OpenError;
use crate::saved::containers::Opening;
use crate::saved::fragments::Fragments;
use crate::saved::runs::Rows;

/// Content whose parts can be measured.
pub(crate) trait Measured: Content {
    /// Where the content ends of `len` elements, at least one, whose content begins at `from`; nothing if there are not
    /// so many.
    fn skip(&self, from: u32, len: u32) -> Option<u32>;

    /// Where the content of all elements ends; nothing if there is more than can be.
    fn end(&self) -> Option<u32>;
}

impl<C: Measured> Sequence<C> {
    pub(super) fn save_sequence(&self, to: &mut Writer) {
        to.bytes(&self.save_runs()).bytes(&self.save_fragments()).bytes(&self.save_removals());
    }

    pub(super) fn open_sequence(content: C, opening: &mut Opening<'_>) -> Result<Self, OpenError> {
        let events = opening.events;
        let mut rows = Rows::open(opening.from.bytes("runs")?, events)?;
        rows.lay(&content).ok_or(OpenError::Malformed { what: "a run's content" })?;
        let fragments = Fragments::open(opening.from.bytes("fragments")?, &mut rows, &content)?;
        let removals = rows.open_removals(opening.from.bytes("removals")?, events)?;
        let (splits, siblings) = (fragments.splits(&rows), rows.siblings(events));
        let numbered = || Some((rows.runs()?, Order::filled(fragments.in_order)?));
        let (runs, order) = numbered().ok_or(OpenError::Malformed { what: "more runs" })?;
        Ok(Self { content, runs, order, removals, splits, siblings, recent: FragmentNo::default() })
    }
}

impl Rows {
    fn runs(&self) -> Option<Runs> {
        let mut runs = Runs::default();
        for row in self.after_start() {
            runs.add(row.key, row.len, row.parent, row.first)?;
        }
        Some(runs)
    }

    /// All that hang on one side of one element, where that is more than one. The element after their parent in its run
    /// is one of them.
    fn siblings(&self, events: &Events) -> BTreeMap<(Place, Side, ElementId), Place> {
        let mut siblings = Vec::new();
        for (run, row) in self.numbered() {
            let Some(side) = row.beside else { continue };
            siblings.push(((row.parent, side, events.id(row.key)), Place { run, offset: 0 }));
            let next = Place { offset: row.parent.offset.saturating_add(1), ..row.parent };
            let parent = self.get(row.parent.run).filter(|parent| side == Side::Right && next.offset < parent.len);
            if let Some(parent) = parent {
                siblings.push(((row.parent, side, events.id(parent.key.plus(next.offset))), next));
            }
        }
        siblings.into_iter().collect()
    }
}
