//! What the disk was asked to keep, and what it has kept.

use std::collections::BTreeMap;

use quorate_event::{EventId, VerifiedVertex};

use crate::input::{DiskTicket, Request};
use crate::output::Output;
use crate::replica::Replica;

/// What happens once a ticket is on disk.
#[derive(Debug, Default)]
pub(crate) struct Promise {
    /// Signed by us: may leave only then.
    pub(crate) publish: Vec<VerifiedVertex>,
    /// Whom to tell, and of which events.
    pub(crate) acknowledge: Vec<(Request, Vec<EventId>)>,
    /// What else may be said only then.
    pub(crate) say: Vec<Output>,
}

/// The disk as the replica knows it. Vertices go there in the order of their admission, so one number tells how far it is.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    issued: u64,
    /// By ticket: what is promised, and how many vertices are admitted by then.
    promises: BTreeMap<DiskTicket, (Promise, u32)>,
    /// How many of the admitted vertices are on disk. The others must not be voted on, nor acknowledged.
    stored: u32,
    own_in_flight: usize,
}

impl Disk {
    /// All of so many admitted vertices came from the disk.
    pub(crate) fn recovered(&mut self, admitted: u32) {
        self.stored = admitted;
    }

    /// A new ticket for what is not on its way yet of so many admitted vertices, and what is to follow.
    pub(crate) fn issue(&mut self, admitted: u32, promise: Promise) -> DiskTicket {
        self.issued = self.issued.saturating_add(1);
        let ticket = DiskTicket(self.issued);
        if !promise.acknowledge.is_empty() {
            self.own_in_flight = self.own_in_flight.saturating_add(1);
        }
        self.promises.insert(ticket, (promise, admitted));
        ticket
    }

    /// All up to `ticket` is on disk: what was promised for then, in order.
    pub(crate) fn stored(&mut self, ticket: DiskTicket) -> Vec<Promise> {
        let later = self.promises.split_off(&DiskTicket(ticket.0.saturating_add(1)));
        let mut kept = Vec::new();
        for (promise, admitted) in std::mem::replace(&mut self.promises, later).into_values() {
            self.stored = self.stored.max(admitted);
            if !promise.acknowledge.is_empty() {
                self.own_in_flight = self.own_in_flight.saturating_sub(1);
            }
            kept.push(promise);
        }
        kept
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

impl Replica {
    /// How many vertices are admitted.
    pub(crate) fn admitted(&self) -> u32 {
        u32::try_from(self.graph.len()).unwrap_or(u32::MAX)
    }

    /// Whether `id` is admitted and on disk.
    pub(crate) fn is_stored(&self, id: EventId) -> bool {
        self.graph.order(id).is_some_and(|order| self.disk.holds(order))
    }
}
