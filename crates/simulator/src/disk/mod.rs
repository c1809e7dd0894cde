//! Simulated disks: synced data survives a crash, unsynced data is lost or kept in part at random.

mod model;
mod vote_log;

use std::collections::{BTreeMap, BTreeSet};

use quorate_event::{EventId, VerifiedVertex};
use quorate_replica::DiskTicket;

pub use self::model::{DiskModel, UnsyncedWrites};
pub(crate) use self::vote_log::SimulatedVoteLog;
use crate::rng::Rng;

/// The synced data of one node and its writes in progress.
#[derive(Debug, Clone, Default)]
pub(crate) struct SimulatedDisk {
    pub(crate) log: SimulatedVoteLog,
    stored: Vec<VerifiedVertex>,
    places: BTreeMap<EventId, usize>,
    storing: Vec<(DiskTicket, Vec<VerifiedVertex>)>,
    /// Vertices with a flipped bit: their checksums do not match.
    rotten: BTreeSet<EventId>,
}

impl SimulatedDisk {
    pub(crate) fn store(&mut self, ticket: DiskTicket, vertices: Vec<VerifiedVertex>) {
        self.storing.push((ticket, vertices));
    }

    /// Completes the writes up to `ticket`. False if a crash lost them.
    pub(crate) fn finish_store(&mut self, ticket: DiskTicket) -> bool {
        let done = self.storing.iter().take_while(|(waiting, _)| *waiting <= ticket).count();
        self.keep_stored(done);
        done > 0
    }

    fn keep_stored(&mut self, first: usize) {
        for (_, vertices) in self.storing.drain(..first) {
            for vertex in vertices {
                self.places.insert(vertex.id(), self.stored.len());
                self.stored.push(vertex);
            }
        }
    }

    /// Drops the unsynced writes, or some of them.
    pub(crate) fn crash(&mut self, unsynced: UnsyncedWrites, rng: &mut Rng) {
        if unsynced == UnsyncedWrites::SomeKept {
            self.keep_stored(rng.up_to(self.storing.len()));
        }
        self.storing.clear();
        self.log.crash(unsynced, rng);
    }

    /// A copy of the synced data.
    pub(crate) fn backup(&self) -> Self {
        let mut copy = self.clone();
        copy.storing.clear();
        copy.log.crash(UnsyncedWrites::Lost, &mut Rng::new(0, "backup"));
        copy
    }

    /// Flips one bit, in the vote log or in a stored vertex.
    pub(crate) fn rot(&mut self, rng: &mut Rng) {
        let is_log = rng.below(2) == 0;
        if is_log && self.log.rot(rng) || self.stored.is_empty() {
            return;
        }
        let at = rng.below(self.stored.len() as u64) as usize;
        self.rotten.insert(self.stored[at].id());
    }

    /// A damaged vertex, if there is one. The store keeps a checksum over each key and value, so it detects every flipped bit.
    pub(crate) fn unreadable(&self) -> Option<EventId> {
        self.rotten.first().copied()
    }

    /// The operator moves the store away and leaves the vote log.
    pub(crate) fn move_store_away(&mut self) {
        *self = Self { log: std::mem::take(&mut self.log), ..Self::default() };
    }

    /// Every vertex, in the order in which they were written.
    pub(crate) fn stored(&self) -> &[VerifiedVertex] {
        &self.stored
    }

    /// A vertex, if it is stored and undamaged.
    pub(crate) fn vertex(&self, id: &EventId) -> Option<&VerifiedVertex> {
        let place = self.places.get(id).filter(|_| !self.rotten.contains(id));
        place.and_then(|place| self.stored.get(*place))
    }
}
