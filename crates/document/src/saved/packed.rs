//! Rows of small numbers, each in as few bytes as it needs.

use quorate_event::varint;

use crate::model::events::{EventNo, EventTable};
use crate::saved::error::OpenError;

#[derive(Default)]
pub(super) struct Packer(pub(super) Vec<u8>);

impl Packer {
    /// Appends a number of at most 35 bits.
    pub(super) fn number(&mut self, value: u64) {
        varint::write(value, &mut self.0);
    }

    /// Appends a number and flags; the last flag is the lowest bit.
    pub(super) fn flagged<const N: usize>(&mut self, value: u64, flags: [bool; N]) {
        self.number(flags.iter().fold(value, |value, flag| value << 1 | u64::from(*flag)));
    }
}

/// Rows that are read until the bytes end: so there are at most as many rows as bytes.
pub(super) struct Unpacker<'b> {
    rest: &'b [u8],
    what: &'static str,
}

impl<'b> Unpacker<'b> {
    /// A reader of rows; `what` names them in errors.
    pub(super) const fn new(bytes: &'b [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) const fn error(&self) -> OpenError {
        OpenError::Malformed { what: self.what }
    }

    pub(super) fn number(&mut self) -> Result<u64, OpenError> {
        varint::read(&mut self.rest).ok_or(self.error())
    }

    pub(super) fn u32(&mut self) -> Result<u32, OpenError> {
        u32::try_from(self.number()?).map_err(|_| self.error())
    }

    /// The event `steps` numbers after `from`.
    pub(super) fn event_after(&self, from: EventNo, steps: u64, events: &EventTable) -> Result<EventNo, OpenError> {
        let number = u32::try_from(steps).ok().and_then(|steps| from.0.checked_add(steps)).map(EventNo);
        number.filter(|number| is_event(*number, events)).ok_or(self.error())
    }
}

pub(super) fn is_event(number: EventNo, events: &EventTable) -> bool {
    number.0 > 0 && events.event(number).is_some()
}
