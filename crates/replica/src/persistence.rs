//! The writes that the disk was asked for, its progress, and the outputs that wait for it.

use std::collections::BTreeMap;

use quorate_event::{EventId, VerifiedVertex};

use crate::input::{DiskTicket, Request};
use crate::output::Output;

/// The outputs that follow once a ticket is on disk, in this order.
#[derive(Debug, Default)]
pub(crate) struct HeldOutputs {
    /// Vertices signed here: they must not leave before they are on disk.
    pub(crate) publish: Vec<VerifiedVertex>,
    /// Outputs about what is durable by then.
    pub(crate) others: Vec<Output>,
    /// The requests to acknowledge, each with its events.
    pub(crate) acknowledge: Vec<(Request, Vec<EventId>)>,
}

/// The disk as the replica knows it. Vertices go to disk in the order of their admission, so that one number is its progress.
#[derive(Debug, Default)]
pub(crate) struct Persistence {
    issued: u64,
    /// By ticket: the outputs that wait for it, and the number of vertices that are admitted by then.
    in_flight: BTreeMap<DiskTicket, (HeldOutputs, u32)>,
    /// The number of admitted vertices that are on disk. The others must not be voted on, nor acknowledged.
    stored: u32,
    own_in_flight: usize,
}

impl Persistence {
    /// The first `admitted` vertices came from the disk.
    pub(crate) fn recovered(admitted: u32) -> Self {
        Self { stored: admitted, ..Self::default() }
    }

    /// A new ticket for those of the `admitted` vertices that no earlier ticket covers.
    pub(crate) fn issue(&mut self, admitted: u32, held: HeldOutputs) -> DiskTicket {
        self.issued = self.issued.saturating_add(1);
        let ticket = DiskTicket(self.issued);
        if !held.acknowledge.is_empty() {
            self.own_in_flight = self.own_in_flight.saturating_add(1);
        }
        self.in_flight.insert(ticket, (held, admitted));
        ticket
    }

    /// Everything up to `ticket` is on disk: the outputs that waited for it, by ticket.
    pub(crate) fn stored(&mut self, ticket: DiskTicket) -> Vec<HeldOutputs> {
        let later = self.in_flight.split_off(&DiskTicket(ticket.0.saturating_add(1)));
        let mut released = Vec::new();
        for (held, admitted) in std::mem::replace(&mut self.in_flight, later).into_values() {
            self.stored = self.stored.max(admitted);
            if !held.acknowledge.is_empty() {
                self.own_in_flight = self.own_in_flight.saturating_sub(1);
            }
            released.push(held);
        }
        released
    }

    /// Whether the vertex at this place of the order of admission is on disk.
    pub(crate) const fn holds(&self, order: u32) -> bool {
        order < self.stored
    }

    /// Whether a client's write is on its way to the disk.
    pub(crate) fn is_writing(&self) -> bool {
        self.own_in_flight > 0
    }
}
