//! The records of the vote log: those on their way to disk, and the size of the log.

use std::collections::BTreeMap;

use quorate_agreement::{AgreementInput, VoteRecord, VoteTicket};
use quorate_event::Height;

use crate::input::DiskTicket;

/// The vote log grows to this size before old records are dropped, since that takes more than one sync of the file.
const LOG_BYTES: usize = 1 << 20;

/// The vote log as the replica knows it.
#[derive(Debug, Default)]
pub(crate) struct VoteLog {
    /// The height of the last record.
    height: Height,
    bytes: usize,
    issued: u64,
    in_flight: BTreeMap<DiskTicket, (VoteTicket, VoteRecord)>,
}

/// A record to append.
pub(super) struct Append {
    pub(super) ticket: DiskTicket,
    /// Whether all earlier records are worthless.
    pub(super) supersedes: bool,
}

impl VoteLog {
    /// A log of so many bytes, the last record of this height.
    pub(crate) fn recovered(height: Height, bytes: usize) -> Self {
        Self { height, bytes, ..Self::default() }
    }

    /// Takes in a record of `height` and of so many bytes. It supersedes all earlier ones if it is the first of its height
    /// and the milestone before it is on disk: a vote at an earlier height can then never be asked for again.
    pub(super) fn append(&mut self, height: Height, bytes: usize, milestone_is_stored: bool) -> Append {
        let supersedes = height > self.height && milestone_is_stored && self.bytes >= LOG_BYTES;
        self.height = height.max(self.height);
        self.bytes = if supersedes { bytes } else { self.bytes.saturating_add(bytes) };
        self.issued = self.issued.saturating_add(1);
        Append { ticket: DiskTicket(self.issued), supersedes }
    }

    /// A record is on its way to disk.
    pub(super) fn await_disk(&mut self, own: DiskTicket, ticket: VoteTicket, record: VoteRecord) {
        self.in_flight.insert(own, (ticket, record));
    }

    /// Every record up to `ticket` is on disk: agreement may send these votes.
    pub(super) fn recorded(&mut self, ticket: DiskTicket) -> impl Iterator<Item = AgreementInput> + use<> {
        let later = self.in_flight.split_off(&DiskTicket(ticket.0.saturating_add(1)));
        let durable = std::mem::replace(&mut self.in_flight, later).into_values();
        durable.map(|(ticket, record)| AgreementInput::Durable { ticket, record })
    }
}
