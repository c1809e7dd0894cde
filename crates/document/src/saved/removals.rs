//! Removals: the elements, and the event of each.

use quorate_event::varint;

use crate::model::events::{EventNo, EventTable};
use crate::model::sequence::{ElementContent, RemovedRange, RunNo, RunPosition, Sequence};
use crate::saved::error::OpenError;
use crate::saved::packed::{Packer, Unpacker};
use crate::saved::runs::OpenedRuns;

/// The removal that the first one is encoded relative to.
const NONE: RemovedRange = RemovedRange { run: RunPosition::START.run, from: 0, until: 0, by: EventNo(0) };

impl<C: ElementContent> Sequence<C> {
    pub(super) fn save_removals(&self) -> Vec<u8> {
        let mut packed = Packer::default();
        let mut before = NONE;
        for removal in &self.removals {
            packed.number(removal.by.0.saturating_sub(before.by.0).into());
            packed.number(varint::difference(before.run.0, removal.run.0));
            packed.number(varint::difference(before.from, removal.from));
            packed.number(removal.until.saturating_sub(removal.from).into());
            before = *removal;
        }
        packed.0
    }
}

impl OpenedRuns {
    pub(super) fn open_removals(&self, bytes: &[u8], events: &EventTable) -> Result<Vec<RemovedRange>, OpenError> {
        let mut packed = Unpacker::new(bytes, "a removal");
        let (mut removals, mut before) = (Vec::new(), NONE);
        while !packed.is_at_end() {
            let steps = packed.number()?;
            let by = packed.event_after(before.by, steps, events)?;
            let run = RunNo(varint::differing(before.run.0, packed.number()?).ok_or(packed.error())?);
            let from = varint::differing(before.from, packed.number()?).ok_or(packed.error())?;
            let until = from.checked_add(packed.u32()?).ok_or(packed.error())?;
            let row = self.get(run).filter(|_| run != RunPosition::START.run).ok_or(packed.error())?;
            if until <= from || until > row.len {
                return Err(packed.error());
            }
            before = RemovedRange { run, from, until, by };
            removals.push(before);
        }
        Ok(removals)
    }
}
