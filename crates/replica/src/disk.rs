//! What the disk was asked to keep, and what it has kept.

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::{EventId, VerifiedVertex};

use crate::input::{Request, Ticket};
use crate::output::Output;

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

/// The disk as the replica knows it.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    issued: u64,
    promises: BTreeMap<Ticket, (Promise, Vec<EventId>)>,
    /// Admitted but not on disk yet: must not be voted on, nor acknowledged.
    volatile: BTreeSet<EventId>,
    own_in_flight: usize,
}

impl Disk {
    /// A new ticket for `vertices`, and what is to follow.
    pub(crate) fn issue(&mut self, vertices: &[VerifiedVertex], promise: Promise) -> Ticket {
        self.issued = self.issued.saturating_add(1);
        let ticket = Ticket(self.issued);
        let ids: Vec<EventId> = vertices.iter().map(VerifiedVertex::id).collect();
        self.volatile.extend(ids.iter().copied());
        if !promise.acknowledge.is_empty() {
            self.own_in_flight = self.own_in_flight.saturating_add(1);
        }
        self.promises.insert(ticket, (promise, ids));
        ticket
    }

    /// All up to `ticket` is on disk: what was promised for then, in order.
    pub(crate) fn stored(&mut self, ticket: Ticket) -> Vec<Promise> {
        let later = self.promises.split_off(&Ticket(ticket.0.saturating_add(1)));
        let mut kept = Vec::new();
        for (promise, ids) in std::mem::replace(&mut self.promises, later).into_values() {
            for id in &ids {
                self.volatile.remove(id);
            }
            if !promise.acknowledge.is_empty() {
                self.own_in_flight = self.own_in_flight.saturating_sub(1);
            }
            kept.push(promise);
        }
        kept
    }

    /// Whether `id`, which is admitted, is on disk.
    pub(crate) fn holds(&self, id: &EventId) -> bool {
        !self.volatile.contains(id)
    }

    /// Whether a client's write is on its way to the disk.
    pub(crate) fn is_writing(&self) -> bool {
        self.own_in_flight > 0
    }
}
