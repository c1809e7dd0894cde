//! The events of a document, in the order of arrival.

use quorate_event::cbor::{CborReader, CborWriter};
use quorate_event::{Address, EventId};

use crate::model::causal_order::CausalOrder;
use crate::model::events::{EventNo, EventTable};
use crate::saved::error::OpenError;
use crate::saved::packed::{Packer, Unpacker};

const ID_BYTES: usize = 32;
/// An id and a depth.
const ROW_BYTES: usize = 40;

impl EventTable {
    pub(super) fn save(&self, to: &mut CborWriter) {
        let mut rows = Vec::new();
        for number in (1..).map(EventNo) {
            let Some(id) = self.event(number) else { break };
            rows.extend(id.as_bytes());
            rows.extend(self.depth(number).to_be_bytes());
        }
        to.bytes(&rows);
    }

    pub(super) fn open(from: &mut CborReader<'_>) -> Result<Self, OpenError> {
        let (rows, rest) = from.bytes("events")?.as_chunks::<ROW_BYTES>();
        let mut events = Self::default();
        for row in rows {
            let (id, depth) = row.split_first_chunk::<ID_BYTES>().ok_or(EVENTS)?;
            let depth = depth.try_into().map(u64::from_be_bytes).map_err(|_| EVENTS)?;
            events.add(EventId::new(*id), &SavedEvent { depth }).ok_or(EVENTS)?;
        }
        if rest.is_empty() { Ok(events) } else { Err(EVENTS) }
    }
}

const EVENTS: OpenError = OpenError::Malformed { what: "an event" };

/// The depth of an event, as known when it was folded.
struct SavedEvent {
    depth: u64,
}

impl CausalOrder for SavedEvent {
    fn precedes(&self, _: &EventId, _: &EventId) -> bool {
        false
    }

    fn depth(&self, _: &EventId) -> u64 {
        self.depth
    }

    fn author(&self, _: &EventId) -> Option<Address> {
        None
    }
}

pub(super) fn save_applied(applied: &[EventNo], to: &mut CborWriter) {
    let mut packed = Packer::default();
    let mut before = EventNo(0);
    for event in applied {
        packed.number(event.0.saturating_sub(before.0).into());
        before = *event;
    }
    to.bytes(&packed.0);
}

pub(super) fn open_applied(events: &EventTable, from: &mut CborReader<'_>) -> Result<Vec<EventNo>, OpenError> {
    let mut packed = Unpacker::new(from.bytes("applied events")?, "an applied event");
    let (mut applied, mut before) = (Vec::new(), EventNo(0));
    while !packed.is_at_end() {
        let steps = packed.number()?;
        let event = packed.event_after(before, steps, events)?;
        if event <= before {
            return Err(packed.error());
        }
        applied.push(event);
        before = event;
    }
    Ok(applied)
}
